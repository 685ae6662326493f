using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using Orleans;
using Squad.Api.Auth;
using Squad.Api.Errors;
using Squad.Api.Repositories;
using Squad.Platform.Accounts;
using Squad.Platform.Git;
using Squad.Repositories;

namespace Squad.Api.Endpoints;

/// <summary><c>/v1/repos</c>: create, import, look, change, delete.</summary>
public static class RepositoryEndpoints
{
    /// <summary>How long a creating call waits for an import; a longer one goes on, and is shown as <c>importing</c>.</summary>
    private static readonly TimeSpan ImportPatience = TimeSpan.FromSeconds(10);

    private const int DescriptionCharsMax = 1000;

    public static void MapRepositories(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/repos").RequireAuthorization().WithTags("Repositories");
        group.MapPost("/", CreateAsync).WithName("CreateRepository");
        group.MapGet("/", ListAsync).WithName("ListRepositories");
        group.MapGet("/{owner}/{name}", GetAsync).WithName("GetRepository");
        group.MapPatch("/{owner}/{name}", UpdateAsync).WithName("UpdateRepository");
        group.MapDelete("/{owner}/{name}", DeleteAsync).WithName("DeleteRepository");
        group.MapGet("/{owner}/{name}/branches", BranchesAsync).WithName("ListBranches");
    }

    private static async Task<IResult> CreateAsync(
        CreateRepositoryRequest request, HttpContext http, ClaimsPrincipal principal, IGrainFactory grains, IOptions<GitOptions> git)
    {
        var user = principal.User();
        var name = RepositoryName.Parse(user.Username, request.Name);
        if (!name.IsOk)
            return name.Error.ToHttp();
        if (DescriptionProblem(request.Description) is { } wrong)
            return SquadError.Invalid(wrong).ToHttp();
        if (request.ImportUrl is { } url && ImportSource.Parse(url, user.IsAdmin, git.Value) is { IsOk: false } refused)
            return refused.Error.ToHttp();

        var grain = grains.GetGrain<IRepositoryGrain>(name.Value.Key);
        var created = await grain.Create(new CreateRepository(
            user.Id, user.Username, name.Value.Name, request.Description, request.Private ?? true, request.ImportUrl?.Trim()));
        if (!created.IsOk)
            return created.Error.ToHttp();
        var repository = await grain.Ready(ImportPatience) ?? created.Value;
        if (repository.Error is { } failed)
        {
            // The caller is still here to be told, so nothing half done is left.
            await grain.Delete();
            return failed.ToHttp();
        }

        return Results.Created($"/v1/repos/{repository.FullName}", RepositoryView.Of(repository, http.Request));
    }

    private static async Task<IResult> ListAsync(
        HttpContext http, ClaimsPrincipal principal, RepositoryList list, CancellationToken cancellation, string? cursor = null, int limit = 50) =>
        (await list.ReadAsync(principal.User(), http.Request, cursor, limit, cancellation)).ToHttp(Results.Ok);

    private static Task<IResult> GetAsync(string owner, string name, HttpContext http, ClaimsPrincipal principal, RepositoryAccess access) =>
        WithAsync(owner, name, write: false, principal, access, r => Task.FromResult(Results.Ok(RepositoryView.Of(r, http.Request))));

    private static Task<IResult> UpdateAsync(
        string owner, string name, UpdateRepositoryRequest request, HttpContext http, ClaimsPrincipal principal, RepositoryAccess access, IGrainFactory grains) =>
        WithAsync(owner, name, write: true, principal, access, async r => DescriptionProblem(request.Description) is { } wrong
            ? SquadError.Invalid(wrong).ToHttp()
            : (await grains.GetGrain<IRepositoryGrain>(r.Id).Update(new UpdateRepository(request.Description, request.Private, request.DefaultBranch)))
                .ToHttp(updated => Results.Ok(RepositoryView.Of(updated, http.Request))));

    private static Task<IResult> DeleteAsync(string owner, string name, ClaimsPrincipal principal, RepositoryAccess access, IGrainFactory grains) =>
        WithAsync(owner, name, write: true, principal, access, async r => (await grains.GetGrain<IRepositoryGrain>(r.Id).Delete()).ToHttp());

    private static Task<IResult> BranchesAsync(string owner, string name, ClaimsPrincipal principal, RepositoryAccess access, IGrainFactory grains) =>
        WithAsync(owner, name, write: false, principal, access, async r =>
            (await grains.GetGrain<IRepositoryGrain>(r.Id).Branches()).ToHttp(branches => Results.Ok(new { items = branches })));

    private static FieldError? DescriptionProblem(string? description) => description switch
    {
        { Length: > DescriptionCharsMax } => new FieldError("description", "length", $"A description has at most {DescriptionCharsMax} characters."),
        not null when description.Contains('\0', StringComparison.Ordinal) => new FieldError("description", "character", "A description cannot hold a NUL character."),
        _ => null,
    };

    private static async Task<IResult> WithAsync(
        string owner, string name, bool write, ClaimsPrincipal principal, RepositoryAccess access, Func<RepositoryInfo, Task<IResult>> act)
    {
        var user = principal.User();
        if (await access.FindAsync(user, owner, name, write) is { } repository)
            return await act(repository);
        var seen = write && await access.FindAsync(user, owner, name, write: false) is not null;
        return (seen
            ? SquadError.Forbidden("repo.forbidden", $"Only the owner of '{owner}/{name}' may do that.")
            : SquadError.NotFound("repo.notFound", $"There is no repository '{owner}/{name}'.")).ToHttp();
    }
}
