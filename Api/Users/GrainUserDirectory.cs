using Microsoft.EntityFrameworkCore;
using Orleans;
using Squad.Platform.Accounts;
using Squad.Platform.Storage;
using Squad.Users;

namespace Squad.Api.Users;

/// <summary>The users as sign-in sees them: grains by id, found by name in their table.</summary>
public sealed class GrainUserDirectory(IGrainFactory grains, IDbContextFactory<SquadDb> databases) : IUserDirectory
{
    public async Task<Result<UserIdentity>> CreateAsync(string username, IReadOnlyList<string> roles, CancellationToken cancellation = default)
    {
        if (await FindByNameAsync(username, cancellation) is not null)
            return SquadError.Conflict("user.exists", $"A user '{username}' exists already.");
        var created = await grains.GetGrain<IUserGrain>(Guid.CreateVersion7().ToString("n")).Create(new CreateUser(username, [.. roles]));
        return created.IsOk ? Identity(created.Value) : created.Error;
    }

    public async Task<UserIdentity?> FindAsync(string id, CancellationToken cancellation = default) =>
        await grains.GetGrain<IUserGrain>(id).Get() is { } user ? Identity(user) : null;

    public async Task<UserIdentity?> FindByNameAsync(string username, CancellationToken cancellation = default)
    {
        var name = username.ToLowerInvariant();
        await using var db = await databases.CreateDbContextAsync(cancellation);
        // CA1862 would have us compare in memory; here the database compares.
#pragma warning disable CA1862, CA1304, CA1311
        var id = await db.Users.AsNoTracking().Where(u => u.Username.ToLower() == name).Select(u => u.Id).FirstOrDefaultAsync(cancellation);
#pragma warning restore CA1862, CA1304, CA1311
        return id is null ? null : await FindAsync(id, cancellation);
    }

    private static UserIdentity Identity(UserProfile user) => new(user.Id, user.Username, user.Roles);
}
