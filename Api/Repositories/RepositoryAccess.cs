using Orleans;
using Squad.Api.Git;
using Squad.Platform.Accounts;
using Squad.Platform.Git;
using Squad.Repositories;

namespace Squad.Api.Repositories;

/// <summary>Who may read and write a repository: its owner and administrators both; everybody signed in reads one that is not private.</summary>
public sealed class RepositoryAccess(IGrainFactory grains) : IRepositoryAccess, IRepositoryEvents
{
    /// <summary>The repository, or null when there is none for this user.</summary>
    public async Task<RepositoryInfo?> FindAsync(UserIdentity user, string owner, string name, bool write)
    {
        if (!RepositoryName.TryParse(owner, name, out var parsed) || await grains.GetGrain<IRepositoryGrain>(parsed.Key).Get() is not { } found)
            return null;
        var mayWrite = found.OwnerId == user.Id || user.IsAdmin;
        return mayWrite || (!write && !found.Private) ? found : null;
    }

    public async Task<Result<RepositoryName>> ResolveAsync(UserIdentity user, string owner, string name, bool write, CancellationToken cancellation = default)
    {
        if (await FindAsync(user, owner, name, write) is not { } found)
        {
            return write && await FindAsync(user, owner, name, write: false) is not null
                ? SquadError.Forbidden("repo.forbidden", $"You may read '{owner}/{name}', but not push to it.")
                : SquadError.NotFound("repo.notFound", $"There is no repository '{owner}/{name}'.");
        }

        return found.State == RepositoryPhase.Ready
            ? RepositoryName.Parse(found.Owner, found.Name)
            : SquadError.Conflict("repo.notReady", $"The repository '{owner}/{name}' is still being imported, or its import failed.");
    }

    public Task RefsChangedAsync(string owner, string name) => grains.GetGrain<IRepositoryGrain>(RepositoryInfo.KeyOf(owner, name)).RefsChanged();
}
