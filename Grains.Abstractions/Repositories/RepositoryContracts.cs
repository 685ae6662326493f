using Orleans;

namespace Squad.Repositories;

[GenerateSerializer, Alias("squad.repository-phase")]
public enum RepositoryPhase
{
    Ready,
    Importing,
    Failed,
}

/// <param name="ImportUrl">Where to import from; null for an empty repository. Checked by the caller against what the user may import.</param>
[GenerateSerializer, Immutable, Alias("squad.create-repository")]
public sealed record CreateRepository(
    [property: Id(0)] string OwnerId,
    [property: Id(1)] string Owner,
    [property: Id(2)] string Name,
    [property: Id(3)] string? Description,
    [property: Id(4)] bool Private,
    [property: Id(5)] string? ImportUrl);

/// <summary>What to change; null leaves as it is.</summary>
[GenerateSerializer, Immutable, Alias("squad.update-repository")]
public sealed record UpdateRepository(
    [property: Id(0)] string? Description,
    [property: Id(1)] bool? Private,
    [property: Id(2)] string? DefaultBranch);

/// <param name="Error">Why the import failed, when <paramref name="State"/> is Failed.</param>
[GenerateSerializer, Immutable, Alias("squad.repository-info")]
public sealed record RepositoryInfo(
    [property: Id(0)] string Id,
    [property: Id(1)] string OwnerId,
    [property: Id(2)] string Owner,
    [property: Id(3)] string Name,
    [property: Id(4)] string? Description,
    [property: Id(5)] bool Private,
    [property: Id(6)] string DefaultBranch,
    [property: Id(7)] bool Empty,
    [property: Id(8)] RepositoryPhase State,
    [property: Id(9)] SquadError? Error,
    [property: Id(10)] DateTimeOffset CreatedAt)
{
    public string FullName => $"{Owner}/{Name}";

    /// <summary>The grain key of <c>owner/name</c>: names are unique without regard to case.</summary>
    public static string KeyOf(string owner, string name) => $"{owner}/{name}".ToLowerInvariant();
}

/// <param name="Commit">Full object id.</param>
[GenerateSerializer, Immutable, Alias("squad.branch-info")]
public sealed record BranchInfo([property: Id(0)] string Name, [property: Id(1)] string Commit, [property: Id(2)] bool Default);
