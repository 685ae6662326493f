using System.Security.Cryptography;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Squad.Platform.Storage;
using Squad.Platform.Storage.Rows;

namespace Squad.Platform.Accounts;

/// <summary>
/// Passwords: PBKDF2-HMAC-SHA512, checked in the same time whether or not the name exists, as many at once as there are processors (a hash is
/// expensive on purpose, and sign-in is open to everybody). Safe to use from several threads.
/// </summary>
public sealed class Credentials : IDisposable
{
    private readonly IDbContextFactory<SquadDb> _database;
    private readonly IUserDirectory _users;
    private readonly LoginThrottle _throttle;
    private readonly TimeProvider _time;
    private readonly ILogger<Credentials> _log;
    private readonly PasswordHasher<CredentialRow> _hasher;
    private readonly VerifiedPasswords _verified;
    private readonly SemaphoreSlim _hashing = new(Environment.ProcessorCount);
    private readonly Lazy<string> _nobodysHash;

    public Credentials(
        IDbContextFactory<SquadDb> database, IUserDirectory users, LoginThrottle throttle, IOptions<AuthOptions> options, TimeProvider time, ILogger<Credentials> log)
    {
        ArgumentNullException.ThrowIfNull(options);
        _database = database;
        _users = users;
        _throttle = throttle;
        _time = time;
        _log = log;
        _hasher = new(Options.Create(new PasswordHasherOptions { IterationCount = options.Value.PasswordIterations }));
        _verified = new(time);
        _nobodysHash = new(() => _hasher.HashPassword(null!, Convert.ToBase64String(RandomNumberGenerator.GetBytes(24))));
    }

    /// <summary>
    /// The user whose name and password these are. <c>auth.invalid</c> if they are not, <c>auth.throttled</c> after too many failures
    /// for the name from <paramref name="address"/> (<see cref="LoginThrottle.AddressOf"/>).
    /// </summary>
    public async Task<Result<UserIdentity>> VerifyAsync(string username, string password, string address, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(username);
        ArgumentNullException.ThrowIfNull(password);
        var row = await FindAsync(username, cancellation);
        if (row is null || !_verified.Contains(row.PasswordHash, password))
        {
            if (_throttle.Wait(username, address) is { } wait)
                return AuthErrors.Throttled(wait);
            if (password.Length > PasswordRules.LengthMax)
                return AuthErrors.Invalid;
            var refused = await CheckAsync(row, username, password, address, cancellation);
            if (refused is not null)
                return refused;
        }
        return await _users.FindAsync(row!.UserId, cancellation) is { } user ? user : AuthErrors.Invalid;
    }

    /// <summary>Sets a user's password. Whoever must not stay signed in is the caller's business (<see cref="RefreshTokens.RevokeUserAsync"/>).</summary>
    public async Task<Result> SetPasswordAsync(UserIdentity user, string password, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(user);
        if (PasswordRules.Problem("password", password) is { } problem)
            return SquadError.Invalid(problem);
        var fresh = await NewRowAsync(user, password, cancellation);
        await _database.WriteAsync(
            async (db, token) =>
            {
                await db.Credentials.Where(c => c.UserId == fresh.UserId).ExecuteDeleteAsync(token);
                db.Credentials.Add(fresh);
                await db.SaveChangesAsync(token);
            },
            cancellation);
        return Result.Ok;
    }

    /// <summary>Whether anybody has a password.</summary>
    public async Task<bool> AnyAsync(CancellationToken cancellation = default)
    {
        await using var db = await _database.CreateDbContextAsync(cancellation);
        return await db.Credentials.AnyAsync(cancellation);
    }

    public void Dispose() => _hashing.Dispose();

    internal async Task<CredentialRow> NewRowAsync(UserIdentity user, string password, CancellationToken cancellation) => new()
    {
        UserId = user.Id,
        Username = user.Username,
        PasswordHash = await HashingAsync(() => _hasher.HashPassword(null!, password), cancellation),
        SecurityStamp = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)),
        UpdatedAt = _time.GetUtcNow(),
    };

    private async Task<SquadError?> CheckAsync(CredentialRow? row, string username, string password, string address, CancellationToken cancellation)
    {
        var hash = row?.PasswordHash ?? _nobodysHash.Value;
        // Asked again in the queue: many attempts sent at once are counted like those sent one by one.
        var outcome = await HashingAsync(
            () => _throttle.Wait(username, address) is null ? _hasher.VerifyHashedPassword(null!, hash, password) : (PasswordVerificationResult?)null,
            cancellation,
            counted => Count(row is not null && counted is not (null or PasswordVerificationResult.Failed), counted is not null, username, address));
        if (outcome is null)
            return AuthErrors.Throttled(_throttle.Wait(username, address) ?? TimeSpan.FromSeconds(1));
        if (row is null || outcome == PasswordVerificationResult.Failed)
        {
            _log.SignInFailed(address);
            return AuthErrors.Invalid;
        }
        if (outcome == PasswordVerificationResult.SuccessRehashNeeded)
            hash = await RehashAsync(row, password, cancellation);
        _verified.Add(hash, password);
        return null;
    }

    private void Count(bool right, bool checkedAtAll, string username, string address)
    {
        if (right)
            _throttle.Succeeded(username, address);
        else if (checkedAtAll)
            _throttle.Failed(username, address);
    }

    private async Task<string> RehashAsync(CredentialRow row, string password, CancellationToken cancellation)
    {
        var fresh = await HashingAsync(() => _hasher.HashPassword(row, password), cancellation);
        // Only over the hash that was checked: the password may have been changed meanwhile.
        var changed = await _database.WriteAsync(
            (db, token) => db.Credentials.Where(c => c.UserId == row.UserId && c.PasswordHash == row.PasswordHash)
                .ExecuteUpdateAsync(set => set.SetProperty(c => c.PasswordHash, fresh), token),
            cancellation);
        return changed == 1 ? fresh : row.PasswordHash;
    }

    private async Task<T> HashingAsync<T>(Func<T> work, CancellationToken cancellation, Action<T>? after = null)
    {
        await _hashing.WaitAsync(cancellation);
        try
        {
            var result = await Task.Run(work, CancellationToken.None);
            after?.Invoke(result);
            return result;
        }
        finally
        {
            _hashing.Release();
        }
    }

    private async Task<CredentialRow?> FindAsync(string username, CancellationToken cancellation)
    {
        var lower = username.ToLowerInvariant();
        // PostgreSQL text cannot hold NUL, and no name has one.
        if (lower.Length is 0 or > 200 || lower.Contains('\0', StringComparison.Ordinal))
            return null;
        await using var db = await _database.CreateDbContextAsync(cancellation);
#pragma warning disable CA1304, CA1311, CA1862 // Becomes lower(username) in SQL, which has the index.
        return await db.Credentials.AsNoTracking().FirstOrDefaultAsync(c => c.Username.ToLower() == lower, cancellation);
#pragma warning restore CA1304, CA1311, CA1862
    }
}
