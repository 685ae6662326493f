using System.Collections.Immutable;
using Orleans;
using Orleans.Concurrency;

namespace Squad.Repositories;

/// <summary>One repository, by <c>owner/name</c> in lower case. Owns its metadata and its bare repository on disk.</summary>
[Alias("squad.repository-grain")]
public interface IRepositoryGrain : IGrainWithStringKey
{
    /// <summary>
    /// Creates it, empty or as an import that goes on after the call (see <see cref="Ready"/>).
    /// Errors: <c>repo.exists</c>, <c>validation</c>, <c>repo.diskFull</c>.
    /// </summary>
    [Alias("create")]
    Task<Result<RepositoryInfo>> Create(CreateRepository command);

    /// <summary>Metadata; null when there is no such repository.</summary>
    [Alias("get")]
    Task<RepositoryInfo?> Get();

    /// <summary>Waits for an import under way, at most <paramref name="patience"/>, and answers what is known then.</summary>
    [Alias("ready"), AlwaysInterleave]
    Task<RepositoryInfo?> Ready(TimeSpan patience);

    /// <summary>Errors: <c>repo.notFound</c>, <c>repo.branchNotFound</c>.</summary>
    [Alias("update")]
    Task<Result<RepositoryInfo>> Update(UpdateRepository command);

    /// <summary>Branches by name. Error: <c>repo.notFound</c>.</summary>
    [Alias("branches")]
    Task<Result<ImmutableArray<BranchInfo>>> Branches();

    /// <summary>A push has changed refs: the metadata that follows from them is read again.</summary>
    [Alias("refs-changed")]
    Task RefsChanged();

    /// <summary>Removes the repository with its content. Idempotent.</summary>
    [Alias("delete")]
    Task<Result> Delete();
}
