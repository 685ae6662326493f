using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using Squad.Api.Sessions;
using Squad.Platform.Sandboxes;

namespace Squad.Api.Endpoints;

/// <summary>What this installation is: <c>/v1/system</c>, <c>/v1/profiles</c>.</summary>
public static class SystemEndpoints
{
    internal static readonly string Version =
        typeof(SystemEndpoints).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    public static void MapSystem(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1").RequireAuthorization().WithTags("System");
        group.MapGet("/system", SystemAsync).WithName("GetSystem");
        group.MapGet("/profiles", (IOptionsSnapshot<ProfileOptions> profiles) => Results.Ok(new { items = profiles.Value.All })).WithName("ListProfiles");
    }

    private static async Task<IResult> SystemAsync(SandboxEngineSelector sandboxes, CancellationToken cancellation)
    {
        var warnings = new List<SystemWarning>();
        var (engine, warning) = await sandboxes.SelectAsync(cancellation);
        if (warning is not null)
            warnings.Add(new SystemWarning(warning.Code, warning.Message));
        if (await engine.CheckAsync(cancellation) is { IsOk: false } check && check.Error.Code != warning?.Code)
            warnings.Add(new SystemWarning(check.Error.Code, check.Error.Message));
        return Results.Ok(new SystemView(Version, engine.Name, engine.Name == "docker", engine.Isolates, warnings));
    }
}

/// <param name="Docker">Sessions run in Docker containers.</param>
/// <param name="Isolated">Sessions are separated from the machine.</param>
public sealed record SystemView(string Version, string Engine, bool Docker, bool Isolated, IReadOnlyList<SystemWarning> Warnings);

/// <summary>Something that people should know about this installation.</summary>
public sealed record SystemWarning(string Code, string Message);
