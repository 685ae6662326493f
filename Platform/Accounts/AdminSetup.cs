using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Squad.Platform.Storage;
using Squad.Platform.Storage.Rows;

namespace Squad.Platform.Accounts;

/// <summary>The first user: made from a configured password, or through a link that works once. Safe to use from several threads and processes.</summary>
public sealed class AdminSetup(IDbContextFactory<SquadDb> database, Credentials credentials, IUserDirectory users, ILogger<AdminSetup> log)
{
    /// <summary>The name of the first user.</summary>
    public const string Username = "admin";

    private const string TokenKey = "setup.token";

    private bool _done;

    /// <summary>Whether nobody has a password yet.</summary>
    public async Task<bool> IsRequiredAsync(CancellationToken cancellation = default)
    {
        // Once somebody can sign in, that stays so.
        if (!_done)
            _done = await credentials.AnyAsync(cancellation);
        return !_done;
    }

    /// <summary>A new token for the setup link, which replaces any earlier one. Only its hash is kept.</summary>
    public async Task<string> NewTokenAsync(CancellationToken cancellation = default)
    {
        var token = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        await database.WriteAsync(
            async (db, stop) =>
            {
                await db.Settings.Where(s => s.Key == TokenKey).ExecuteDeleteAsync(stop);
                db.Settings.Add(new SettingRow { Key = TokenKey, Value = HashOf(token) });
                await db.SaveChangesAsync(stop);
            },
            cancellation);
        return token;
    }

    /// <summary>Sets the password through the link. <c>auth.setup</c> if the token is wrong or was used; of two at once one succeeds.</summary>
    public async Task<Result<UserIdentity>> CompleteAsync(string? token, string? password, CancellationToken cancellation = default)
    {
        if (PasswordRules.Problem("password", password) is { } weak)
            return SquadError.Invalid(weak);
        var hash = HashOf(token ?? "");
        if (!await IsRequiredAsync(cancellation) || !await IsCurrentAsync(hash, cancellation))
            return AuthErrors.SetupLink;
        return await CreateAsync(password!, hash, cancellation);
    }

    /// <summary>Sets the configured password, if nobody has one yet.</summary>
    public async Task<Result> ApplyAsync(string password, CancellationToken cancellation = default)
    {
        if (!await IsRequiredAsync(cancellation))
            return Result.Ok;
        var created = await CreateAsync(password, linkHash: null, cancellation);
        return created.IsOk || created.Error == AuthErrors.SetupLink ? Result.Ok : created.Error;
    }

    // The user first, then the password and the end of the link in one transaction: whatever fails in between, the link still works.
    private async Task<Result<UserIdentity>> CreateAsync(string password, string? linkHash, CancellationToken cancellation)
    {
        var user = await users.FindByNameAsync(Username, cancellation);
        if (user is null)
        {
            var created = await users.CreateAsync(Username, [UserIdentity.Admin], cancellation);
            user = created.Value ?? (created.Error!.Kind is ErrorKind.Conflict ? await users.FindByNameAsync(Username, cancellation) : null);
            if (user is null)
                return created.Error!;
        }
        var row = await credentials.NewRowAsync(user, password, cancellation);
        var done = await database.WriteAsync(
            async (db, stop) =>
            {
                var links = await db.Settings.Where(s => s.Key == TokenKey && (linkHash == null || s.Value == linkHash)).ExecuteDeleteAsync(stop);
                if ((linkHash is not null && links == 0) || await db.Credentials.AnyAsync(stop))
                    return false;
                db.Credentials.Add(row);
                await db.SaveChangesAsync(stop);
                return true;
            },
            cancellation);
        if (!done)
            return AuthErrors.SetupLink;
        _done = true;
        log.AdminSetUp(user.Username);
        return user;
    }

    private async Task<bool> IsCurrentAsync(string hash, CancellationToken cancellation)
    {
        await using var db = await database.CreateDbContextAsync(cancellation);
        var kept = await db.Settings.Where(s => s.Key == TokenKey).Select(s => s.Value).FirstOrDefaultAsync(cancellation);
        return kept is not null && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(kept), Encoding.ASCII.GetBytes(hash));
    }

    private static string HashOf(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
}
