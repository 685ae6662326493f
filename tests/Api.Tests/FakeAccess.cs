using System.Collections.Concurrent;
using System.Threading.Channels;
using Squad.Api.Git;
using Squad.Platform.Accounts;
using Squad.Platform.Git;

namespace Squad.Api.Tests;

/// <summary>Everybody signed in may read what was named here; its owner may push. Remembers what changed.</summary>
public sealed class FakeAccess : IRepositoryAccess, IRepositoryEvents
{
    private readonly ConcurrentDictionary<RepositoryName, string> _owners = new();
    private readonly Channel<string> _changes = Channel.CreateUnbounded<string>();

    /// <summary>What <see cref="RefsChangedAsync"/> was told, in order.</summary>
    public ChannelReader<string> Changes => _changes.Reader;

    public void Allow(RepositoryName name, string pusher) => _owners[name] = pusher;

    public Task<Result<RepositoryName>> ResolveAsync(UserIdentity user, string owner, string name, bool write, CancellationToken cancellation = default)
    {
        Result<RepositoryName> answer = SquadError.NotFound("repo.notFound", $"There is no repository '{owner}/{name}'.");
        if (RepositoryName.TryParse(owner, name, out var parsed) && _owners.TryGetValue(parsed, out var pusher))
            answer = write && pusher != user.Username ? SquadError.Forbidden("repo.readOnly", "You may read this repository, but not push to it.") : parsed;
        return Task.FromResult(answer);
    }

    public Task RefsChangedAsync(string owner, string name)
    {
        _changes.Writer.TryWrite($"{owner}/{name}");
        return Task.CompletedTask;
    }
}
