using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Squad.Platform.Storage;
using Squad.Platform.Storage.Rows;

namespace Squad.Platform.Accounts;

/// <summary>A refresh token as it is handed out, once; only its hash is kept.</summary>
public sealed record RefreshGrant(string UserId, string Token, DateTimeOffset ExpiresAt);

/// <summary>
/// Long-lived sign-ins. A token is 256 random bits and works once: each use gives its successor in the same family, and a second use of one means that two
/// hold it, so that the whole family is revoked. Two tabs that use the same token within <see cref="Grace"/> each get a successor.
/// Safe to use from several threads and processes.
/// </summary>
public sealed class RefreshTokens(IDbContextFactory<SquadDb> database, IOptions<AuthOptions> options, TimeProvider time, ILogger<RefreshTokens> log)
{
    /// <summary>How long a second use of a token is taken for another tab's.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    private const int UserAgentMax = 200;

    /// <summary>Starts a new family: somebody signed in.</summary>
    public Task<RefreshGrant> IssueAsync(string userId, string? userAgent, CancellationToken cancellation = default)
    {
        var (row, token) = NewRow(userId, NewId(), userAgent);
        return database.WriteAsync(
            async (db, stop) =>
            {
                var now = time.GetUtcNow();
                await db.RefreshTokens.Where(t => t.ExpiresAt < now).ExecuteDeleteAsync(stop);
                db.RefreshTokens.Add(row);
                await db.SaveChangesAsync(stop);
                return new RefreshGrant(userId, token, row.ExpiresAt);
            },
            cancellation);
    }

    /// <summary>Trades a token for its successor. <c>auth.invalid</c> if it is unknown, revoked or was used before; <c>auth.expired</c>.</summary>
    public async Task<Result<RefreshGrant>> RotateAsync(string token, string? userAgent, CancellationToken cancellation = default)
    {
        var hash = HashOf(token);
        var (grant, stolen) = await database.WriteAsync((db, stop) => RotateAsync(db, hash, userAgent, stop), cancellation);
        if (stolen is null)
            return grant;
        log.TokenReused(stolen.UserId);
        await RevokeFamilyAsync(stolen.Family, cancellation);
        return AuthErrors.Invalid;
    }

    /// <summary>Ends the sign-in that the token belongs to. Idempotent; an unknown token ends nothing.</summary>
    public async Task RevokeAsync(string token, CancellationToken cancellation = default)
    {
        var hash = HashOf(token);
        await using var db = await database.CreateDbContextAsync(cancellation);
        var family = await db.RefreshTokens.Where(t => t.TokenHash == hash).Select(t => t.Family).FirstOrDefaultAsync(cancellation);
        if (family is not null)
            await RevokeFamilyAsync(family, cancellation);
    }

    /// <summary>Ends every sign-in of a user. Idempotent.</summary>
    public Task RevokeUserAsync(string userId, CancellationToken cancellation = default) =>
        RevokeAsync(rows => rows.Where(t => t.UserId == userId), cancellation);

    private Task RevokeFamilyAsync(string family, CancellationToken cancellation) => RevokeAsync(rows => rows.Where(t => t.Family == family), cancellation);

    // Until nothing is left: a rotation that was under way holds its row until it commits, and its successor is seen only by a later statement.
    private async Task RevokeAsync(Func<IQueryable<RefreshTokenRow>, IQueryable<RefreshTokenRow>> which, CancellationToken cancellation)
    {
        int revoked;
        do
        {
            DateTimeOffset? now = time.GetUtcNow();
            revoked = await database.WriteAsync(
                (db, stop) => which(db.RefreshTokens).Where(t => t.RevokedAt == null).ExecuteUpdateAsync(set => set.SetProperty(t => t.RevokedAt, now), stop),
                cancellation);
        }
        while (revoked > 0);
    }

    private async Task<(Result<RefreshGrant> Grant, RefreshTokenRow? Stolen)> RotateAsync(SquadDb db, string hash, string? userAgent, CancellationToken stop)
    {
        var row = await db.RefreshTokens.AsNoTracking().FirstOrDefaultAsync(t => t.TokenHash == hash, stop);
        if (row is null || row.RevokedAt is not null)
            return (AuthErrors.Invalid, null);
        var now = time.GetUtcNow();
        if (row.ExpiresAt <= now)
            return (AuthErrors.Expired, null);
        if (row.UsedAt is { } used && now - used > Grace)
            return (AuthErrors.Invalid, row);
        DateTimeOffset? usedAt = row.UsedAt ?? now;
        // Takes the row's lock, so that a revocation comes wholly before or wholly after; the first use's time stays when two tabs race.
        var held = await db.RefreshTokens.Where(t => t.Id == row.Id && t.RevokedAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(t => t.UsedAt, t => t.UsedAt ?? usedAt), stop);
        if (held == 0)
            return (AuthErrors.Invalid, null);
        var (next, token) = NewRow(row.UserId, row.Family, userAgent);
        db.RefreshTokens.Add(next);
        await db.SaveChangesAsync(stop);
        return (new RefreshGrant(row.UserId, token, next.ExpiresAt), null);
    }

    private (RefreshTokenRow Row, string Token) NewRow(string userId, string family, string? userAgent)
    {
        var token = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        var now = time.GetUtcNow();
        var row = new RefreshTokenRow
        {
            Id = NewId(),
            UserId = userId,
            TokenHash = HashOf(token),
            Family = family,
            CreatedAt = now,
            ExpiresAt = now + options.Value.RefreshTokenLifetime,
            UserAgent = userAgent is { Length: > UserAgentMax } ? userAgent[..UserAgentMax] : userAgent,
        };
        return (row, token);
    }

    private static string NewId() => Guid.CreateVersion7().ToString("n");

    // No salt: the token itself has 256 bits of chance.
    private static string HashOf(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
}
