using System.Collections.Concurrent;
using Squad.Platform.Accounts;

namespace Squad.Api.Tests;

/// <summary>Users in memory, with the promises of <see cref="IUserDirectory"/>.</summary>
public sealed class FakeUsers : IUserDirectory
{
    private readonly ConcurrentDictionary<string, UserIdentity> _byName = new(StringComparer.OrdinalIgnoreCase);

    public Task<Result<UserIdentity>> CreateAsync(string username, IReadOnlyList<string> roles, CancellationToken cancellation = default)
    {
        var user = new UserIdentity(Guid.NewGuid().ToString("n"), username, [.. roles]);
        return Task.FromResult(_byName.TryAdd(username, user) ? (Result<UserIdentity>)user : SquadError.Conflict("user.exists", $"There is a user '{username}' already."));
    }

    public Task<UserIdentity?> FindAsync(string id, CancellationToken cancellation = default) =>
        Task.FromResult(_byName.Values.FirstOrDefault(user => user.Id == id));

    public Task<UserIdentity?> FindByNameAsync(string username, CancellationToken cancellation = default) =>
        Task.FromResult(_byName.GetValueOrDefault(username));

    public void Remove(string username) => _byName.TryRemove(username, out _);
}
