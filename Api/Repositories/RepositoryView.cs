using Microsoft.AspNetCore.Http;
using Squad.Repositories;

namespace Squad.Api.Repositories;

/// <summary>A repository as the API shows it.</summary>
public sealed record RepositoryView(
    string Id,
    string Owner,
    string Name,
    string FullName,
    string? Description,
    string CloneUrl,
    string DefaultBranch,
    bool Empty,
    bool Private,
    RepositoryPhase State,
    string? Error,
    DateTimeOffset CreatedAt)
{
    /// <param name="r">The repository.</param>
    /// <param name="request">Tells the address under which the client reached us, and so the one it can clone from.</param>
    public static RepositoryView Of(RepositoryInfo r, HttpRequest request) => new(
        r.Id, r.Owner, r.Name, r.FullName, r.Description, $"{request.Scheme}://{request.Host}/{r.FullName}.git",
        r.DefaultBranch, r.Empty, r.Private, r.State, r.Error?.Message, r.CreatedAt);
}

/// <summary>Body of <c>POST /v1/repos</c>.</summary>
public sealed record CreateRepositoryRequest(string? Name, string? Description, bool? Private, string? ImportUrl);

/// <summary>Body of <c>PATCH /v1/repos/{owner}/{name}</c>; what is left out stays.</summary>
public sealed record UpdateRepositoryRequest(string? Description, bool? Private, string? DefaultBranch);
