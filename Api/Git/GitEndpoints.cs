using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Squad.Api.Errors;
using Squad.Platform.Git;

namespace Squad.Api.Git;

/// <summary>Git's smart HTTP protocol, versions 0 to 2, at <c>/{owner}/{name}.git</c>. Errors are plain text: git shows them after <c>remote:</c>.</summary>
public static class GitEndpoints
{
    private const string Base = "/{owner}/{name}.git";

    /// <summary>Repositories and smart HTTP. <see cref="IRepositoryAccess"/> and <see cref="IRepositoryEvents"/> are to be registered beside it, and <c>AddSquadAuth</c>.</summary>
    public static IServiceCollection AddSquadGit(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddGitRepositories(configuration);
        services.TryAddSingleton<GitAuthentication>();
        services.TryAddSingleton<GitTransfer>();
        return services;
    }

    public static IEndpointConventionBuilder MapGit(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup(Base).ExcludeFromDescription().AllowAnonymous();
        group.MapGet("/info/refs", AdvertiseAsync);
        group.MapPost("/git-upload-pack", (HttpContext context, string owner, string name) => ServeAsync(context, owner, name, GitService.UploadPack));
        group.MapPost("/git-receive-pack", (HttpContext context, string owner, string name) => ServeAsync(context, owner, name, GitService.ReceivePack));
        // What a dumb client asks for next: HEAD, objects/info/packs, objects/ab/cdef…
        group.MapGet("/{**path}", (HttpContext context) => Refuse(context, StatusCodes.Status404NotFound, Dumb));
        return group;
    }

    private const string Dumb = "This server speaks git's smart HTTP protocol only; use a git client of version 1.6.6 or newer.";

    private static async Task AdvertiseAsync(HttpContext context, string owner, string name)
    {
        var asked = context.Request.Query["service"];
        if (GitService.Named(asked) is not { } service)
        {
            await Refuse(context, StatusCodes.Status403Forbidden, asked.Count == 0 ? Dumb : "The services are git-upload-pack and git-receive-pack.");
            return;
        }
        if (await AdmitAsync(context, owner, name, service) is { } repository)
            await context.RequestServices.GetRequiredService<GitTransfer>().AdvertiseAsync(context, repository, service);
    }

    private static async Task ServeAsync(HttpContext context, string owner, string name, GitService service)
    {
        // Before any of the body is read: the limit is git's own (Squad:Git:PushBytesMax), and a big push is streamed.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = null;
        if (!string.Equals(context.Request.ContentType, service.RequestType, StringComparison.OrdinalIgnoreCase))
        {
            await Refuse(context, StatusCodes.Status415UnsupportedMediaType, $"The body's type is to be {service.RequestType}.");
            return;
        }
        if (await AdmitAsync(context, owner, name, service) is not { } repository)
            return;
        var done = await context.RequestServices.GetRequiredService<GitTransfer>().ServeAsync(context, repository, service);
        if (done && service.Writes)
            await AnnounceAsync(context.RequestServices, repository);
    }

    /// <summary>The repository, or null when the refusal is written.</summary>
    private static async Task<RepositoryName?> AdmitAsync(HttpContext context, string owner, string name, GitService service)
    {
        var user = await context.RequestServices.GetRequiredService<GitAuthentication>().AuthenticateAsync(context);
        if (!user.IsOk)
        {
            await RefuseAsync(context, user.Error);
            return null;
        }
        var access = context.RequestServices.GetRequiredService<IRepositoryAccess>();
        var found = RepositoryName.TryParse(owner, name, out _)
            ? await access.ResolveAsync(user.Value, owner, name, service.Writes, context.RequestAborted)
            : SquadError.NotFound("repo.notFound", "There is no such repository.");
        if (found.IsOk && context.RequestServices.GetRequiredService<GitRepositories>().Exists(found.Value))
            return found.Value;
        await RefuseAsync(context, found.Error ?? GitErrors.NotFound(found.Value!));
        return null;
    }

    // The push is done and its client may be gone: what follows from it happens in any case.
    private static async Task AnnounceAsync(IServiceProvider services, RepositoryName repository)
    {
        await services.GetRequiredService<GitRepositories>().AdoptDefaultBranchAsync(repository);
        await services.GetRequiredService<IRepositoryEvents>().RefsChangedAsync(repository.Owner, repository.Name);
        services.GetRequiredService<GitMaintenance>().Request(repository);
    }

    private static Task RefuseAsync(HttpContext context, SquadError error)
    {
        if (error.Kind is ErrorKind.Unauthenticated)
            context.Response.Headers.WWWAuthenticate = "Basic realm=\"Squad\", charset=\"UTF-8\"";
        if (error.Facts.TryGetValue(ErrorMapping.RetryAfterFact, out var seconds))
            context.Response.Headers.RetryAfter = seconds;
        return Refuse(context, ErrorMapping.StatusOf(error.Kind), error.Message);
    }

    private static Task Refuse(HttpContext context, int status, string message)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsync(message + "\n", context.RequestAborted);
    }
}
