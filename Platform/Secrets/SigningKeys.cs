using System.Buffers.Text;
using System.Collections.Immutable;
using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Squad.Platform.Accounts;
using Squad.Platform.Storage;
using Squad.Platform.Storage.Rows;

namespace Squad.Platform.Secrets;

/// <summary>
/// The keys that sign access tokens, shared by all processes through the database; private halves are encrypted by the key ring. A key signs for one
/// period; its successor is stored a day before it signs, and it is accepted until the last token it signed has expired.
/// Keys are read again when an unknown one turns up. Safe to use from several threads and processes: two that make a first key at once make two, both good.
/// </summary>
public sealed class SigningKeys(
    IDbContextFactory<SquadDb> database, IDataProtectionProvider protection, IOptions<AuthOptions> options, TimeProvider time, ILogger<SigningKeys> log) : IDisposable
{
    /// <summary>How long before it signs a key is there for others to see.</summary>
    public static readonly TimeSpan PublishedBefore = TimeSpan.FromDays(1);

    // Over the life of a token, for clocks that differ.
    private static readonly TimeSpan s_margin = TimeSpan.FromHours(1);

    // Whoever sends tokens with invented key ids must not make a query of each.
    private static readonly TimeSpan s_reloadEvery = TimeSpan.FromSeconds(2);

    private readonly IDataProtector _protector = protection.CreateProtector("Squad.SigningKeys.v1");
    private readonly SemaphoreSlim _one = new(1);
    private volatile Loaded _loaded = new([], DateTimeOffset.MinValue);

    private TimeSpan Overlap => options.Value.AccessTokenLifetime + s_margin;

    /// <summary>The key to sign with now; makes it, and its successor, when it is time.</summary>
    public async ValueTask<SigningKey> CurrentAsync(CancellationToken cancellation = default)
    {
        var now = time.GetUtcNow();
        if (Signing(now) is { } ready && !IsDue(ready, now))
            return ready;
        await _one.WaitAsync(cancellation);
        try
        {
            await LoadAsync(cancellation);
            if (Signing(now) is not { } current)
                current = await AddAsync(now, cancellation);
            if (IsDue(current, now))
                await AddAsync(current.ActivatesAt + options.Value.SigningKeyPeriod, cancellation);
            return current;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>The key of that id if tokens it signed are accepted now; looks in the database for one it does not know.</summary>
    public async ValueTask<SigningKey?> FindAsync(string id, CancellationToken cancellation = default)
    {
        if (Find(id) is { } known)
            return known;
        if (time.GetUtcNow() - _loaded.At < s_reloadEvery)
            return null;
        await _one.WaitAsync(cancellation);
        try
        {
            if (time.GetUtcNow() - _loaded.At >= s_reloadEvery)
                await LoadAsync(cancellation);
        }
        finally
        {
            _one.Release();
        }
        return Find(id);
    }

    /// <summary>The same among the keys that are known already.</summary>
    public SigningKey? Find(string id)
    {
        var now = time.GetUtcNow();
        return _loaded.Keys.FirstOrDefault(key => key.Id == id && key.RetiresAt > now);
    }

    public void Dispose() => _one.Dispose();

    /// <summary>The newest key that is active and not past its period; ids decide between two of the same moment.</summary>
    private SigningKey? Signing(DateTimeOffset now) => _loaded.Keys
        .Where(key => key.Private is not null && key.ActivatesAt <= now && now < key.RetiresAt - Overlap)
        .OrderByDescending(key => key.ActivatesAt).ThenBy(key => key.Id, StringComparer.Ordinal)
        .FirstOrDefault();

    private bool IsDue(SigningKey current, DateTimeOffset now) =>
        now >= current.ActivatesAt + options.Value.SigningKeyPeriod - PublishedBefore
        && !_loaded.Keys.Any(key => key.Private is not null && key.ActivatesAt > current.ActivatesAt);

    private async Task<SigningKey> AddAsync(DateTimeOffset activatesAt, CancellationToken cancellation)
    {
        using var rsa = RSA.Create(SigningKey.Bits);
        var id = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(12));
        var key = new SigningKey(id, rsa.ExportParameters(false), rsa.ExportParameters(true), activatesAt, activatesAt + options.Value.SigningKeyPeriod + Overlap);
        var row = new SigningKeyRow
        {
            Id = id,
            Algorithm = SigningKey.Algorithm,
            PrivateKeyProtected = Convert.ToBase64String(_protector.Protect(rsa.ExportPkcs8PrivateKey())),
            PublicJwk = SigningKey.ToJwk(id, key.Public),
            CreatedAt = time.GetUtcNow(),
            ActivatesAt = activatesAt,
            RetiresAt = key.RetiresAt,
        };
        await database.WriteAsync(
            async (db, stop) =>
            {
                var now = time.GetUtcNow();
                await db.SigningKeys.Where(k => k.RetiresAt < now).ExecuteDeleteAsync(stop);
                db.SigningKeys.Add(row);
                await db.SaveChangesAsync(stop);
            },
            cancellation);
        _loaded = _loaded with { Keys = _loaded.Keys.Add(key) };
        log.KeyMade(id, activatesAt);
        return key;
    }

    private async Task LoadAsync(CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        await using var db = await database.CreateDbContextAsync(cancellation);
        var rows = await db.SigningKeys.AsNoTracking().Where(k => k.RetiresAt > now).ToListAsync(cancellation);
        var known = _loaded.Keys.ToDictionary(key => key.Id);
        _loaded = new([.. rows.Select(row => known.TryGetValue(row.Id, out var key) ? key : Read(row))], now);
    }

    private SigningKey Read(SigningKeyRow row)
    {
        RSAParameters? secret = null;
        try
        {
            using var rsa = RSA.Create();
            rsa.ImportPkcs8PrivateKey(_protector.Unprotect(Convert.FromBase64String(row.PrivateKeyProtected)), out _);
            secret = rsa.ExportParameters(true);
        }
        catch (CryptographicException problem)
        {
            // The key ring is another one (a restored database, a lost directory): the tokens out there stay good, a new key signs.
            log.KeyUnreadable(row.Id, problem.Message);
        }
        return new SigningKey(row.Id, SigningKey.FromJwk(row.PublicJwk), secret, row.ActivatesAt, row.RetiresAt);
    }

    private sealed record Loaded(ImmutableArray<SigningKey> Keys, DateTimeOffset At);
}

internal static partial class SigningKeysLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Signing key {Key} made; it signs from {From:u}")]
    public static partial void KeyMade(this ILogger log, string key, DateTimeOffset from);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Signing key {Key} cannot be decrypted by this key ring and only checks: {Reason}")]
    public static partial void KeyUnreadable(this ILogger log, string key, string reason);
}
