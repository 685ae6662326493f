using Microsoft.Extensions.Options;

namespace Squad.Platform.Accounts;

/// <summary>How people sign in. Section <c>Squad:Auth</c>.</summary>
public sealed class AuthOptions
{
    public const string Section = "Squad:Auth";

    /// <summary>The configuration key (and environment variable) with the first administrator's password.</summary>
    public const string AdminPasswordKey = "SQUAD_ADMIN_PASSWORD";

    /// <summary>The <c>iss</c> of access tokens. Default: squad.</summary>
    public string Issuer { get; set; } = "squad";

    /// <summary>The <c>aud</c> of access tokens. Default: squad.</summary>
    public string Audience { get; set; } = "squad";

    /// <summary>Default: 15 minutes.</summary>
    public TimeSpan AccessTokenLifetime { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How long a sign-in lasts that is not used. Default: 30 days.</summary>
    public TimeSpan RefreshTokenLifetime { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How long a key signs. Default: 30 days.</summary>
    public TimeSpan SigningKeyPeriod { get; set; } = TimeSpan.FromDays(30);

    /// <summary>Failed attempts for one name from one address in <see cref="FailureWindow"/>, before further ones are refused. Default: 10.</summary>
    public int FailuresMax { get; set; } = 10;

    /// <summary>The same for one address whatever the names. Default: 100.</summary>
    public int FailuresPerAddressMax { get; set; } = 100;

    /// <summary>Default: 15 minutes.</summary>
    public TimeSpan FailureWindow { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>PBKDF2 rounds of new password hashes; older hashes are renewed at the next sign-in. Default: 210000.</summary>
    public int PasswordIterations { get; set; } = 210_000;

    /// <summary>The password of the user <c>admin</c>, set at the first start. Default: none; a setup link is printed.</summary>
    public string? AdminPassword { get; set; }

    /// <summary>Where people reach this server, for the setup link. Default: the address it listens on.</summary>
    public string? PublicUrl { get; set; }
}

/// <summary>Names every wrong key at once, at start.</summary>
internal sealed class AuthOptionsValidator : IValidateOptions<AuthOptions>
{
    public ValidateOptionsResult Validate(string? name, AuthOptions options)
    {
        var problems = new List<string>();
        Check(options.Issuer.Length > 0, nameof(AuthOptions.Issuer), "must not be empty");
        Check(options.Audience.Length > 0, nameof(AuthOptions.Audience), "must not be empty");
        Check(options.AccessTokenLifetime >= TimeSpan.FromMinutes(1), nameof(AuthOptions.AccessTokenLifetime), "must be at least a minute");
        Check(options.RefreshTokenLifetime > options.AccessTokenLifetime, nameof(AuthOptions.RefreshTokenLifetime), "must be longer than AccessTokenLifetime");
        Check(options.SigningKeyPeriod >= TimeSpan.FromDays(2), nameof(AuthOptions.SigningKeyPeriod), "must be at least two days");
        Check(options.FailuresMax >= 1, nameof(AuthOptions.FailuresMax), "must be at least 1");
        Check(options.FailuresPerAddressMax >= 1, nameof(AuthOptions.FailuresPerAddressMax), "must be at least 1");
        Check(options.FailureWindow > TimeSpan.Zero, nameof(AuthOptions.FailureWindow), "must be positive");
        Check(options.PasswordIterations >= 1000, nameof(AuthOptions.PasswordIterations), "must be at least 1000");
        if (!string.IsNullOrEmpty(options.AdminPassword) && PasswordRules.Problem(AuthOptions.AdminPasswordKey, options.AdminPassword) is { } problem)
            problems.Add($"{AuthOptions.AdminPasswordKey}: {problem.Message}");
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);

        void Check(bool good, string key, string what)
        {
            if (!good)
                problems.Add($"{AuthOptions.Section}:{key} {what}.");
        }
    }
}
