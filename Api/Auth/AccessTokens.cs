using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Squad.Platform.Accounts;
using Squad.Platform.Secrets;

namespace Squad.Api.Auth;

/// <summary>An access token and when it stops working.</summary>
public sealed record AccessToken(string Token, DateTimeOffset ExpiresAt);

/// <summary>Makes and checks access tokens: JWT, RS256 and nothing else, by the keys of <see cref="SigningKeys"/>. Safe to use from several threads.</summary>
public sealed class AccessTokens
{
    private static readonly TimeSpan s_skew = TimeSpan.FromSeconds(30);

    private readonly JsonWebTokenHandler _handler = new() { SetDefaultTimesOnTokenCreation = false, MapInboundClaims = false };
    private readonly SigningKeys _keys;
    private readonly AuthOptions _options;
    private readonly TimeProvider _time;

    public AccessTokens(SigningKeys keys, IOptions<AuthOptions> options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        _keys = keys;
        _options = options.Value;
        _time = time;
        Validation = new TokenValidationParameters
        {
            ValidIssuer = _options.Issuer,
            ValidAudience = _options.Audience,
            ValidAlgorithms = [SecurityAlgorithms.RsaSha256],
            ValidTypes = ["JWT"],
            RequireSignedTokens = true,
            RequireExpirationTime = true,
            TryAllIssuerSigningKeys = false,
            NameClaimType = Claims.Name,
            RoleClaimType = Claims.Roles,
            IssuerSigningKeyResolver = (_, _, kid, _) => kid is not null && _keys.Find(kid) is { } key ? [Verifier(key)] : [],
            LifetimeValidator = (notBefore, expires, _, _) => IsAlive(notBefore, expires),
        };
    }

    /// <summary>What a token must be. Keys are looked up among the known ones: call <see cref="PrepareAsync"/> first.</summary>
    public TokenValidationParameters Validation { get; }

    public async ValueTask<AccessToken> IssueAsync(UserIdentity user, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(user);
        var key = await _keys.CurrentAsync(cancellation);
        // A token's times are whole seconds.
        var now = DateTimeOffset.FromUnixTimeSeconds(_time.GetUtcNow().ToUnixTimeSeconds());
        var expires = now + _options.AccessTokenLifetime;
        var token = _handler.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = _options.Issuer,
            Audience = _options.Audience,
            IssuedAt = now.UtcDateTime,
            NotBefore = now.UtcDateTime,
            Expires = expires.UtcDateTime,
            SigningCredentials = new SigningCredentials(new RsaSecurityKey(key.Private!.Value) { KeyId = key.Id }, SecurityAlgorithms.RsaSha256),
            Claims = new Dictionary<string, object>
            {
                [Claims.Subject] = user.Id,
                [Claims.Name] = user.Username,
                [Claims.Roles] = user.Roles.ToArray(),
                [JwtRegisteredClaimNames.Jti] = Guid.NewGuid().ToString("n"),
            },
        });
        return new AccessToken(token, expires);
    }

    /// <summary>Whose token it is; <c>auth.expired</c> or <c>auth.invalid</c>.</summary>
    public async Task<Result<UserIdentity>> ValidateAsync(string token, CancellationToken cancellation = default)
    {
        await PrepareAsync(token, cancellation);
        var checkedToken = await _handler.ValidateTokenAsync(token, Validation);
        if (!checkedToken.IsValid)
            return checkedToken.Exception is SecurityTokenExpiredException ? AuthErrors.Expired : AuthErrors.Invalid;
        return Claims.ToUser(checkedToken.ClaimsIdentity.Claims) is { } user ? user : AuthErrors.Invalid;
    }

    /// <summary>Makes the key that a token names known, should another process have made it. Any text is good.</summary>
    public async ValueTask PrepareAsync(string token, CancellationToken cancellation = default)
    {
        if (!_handler.CanReadToken(token))
            return;
        string? kid;
        try
        {
            kid = _handler.ReadJsonWebToken(token).Kid;
        }
        catch (Exception problem) when (problem is ArgumentException or SecurityTokenException)
        {
            return;
        }
        if (kid is { Length: > 0 and <= 64 })
            await _keys.FindAsync(kid, cancellation);
    }

    /// <summary>Whether a text has the shape of an access token: three parts, the first a JSON object in base64.</summary>
    public static bool LooksLikeOne(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.StartsWith("eyJ", StringComparison.Ordinal) && text.AsSpan().Count('.') == 2;
    }

    private bool IsAlive(DateTime? notBefore, DateTime? expires)
    {
        var now = _time.GetUtcNow().UtcDateTime;
        if (expires is null)
            throw new SecurityTokenNoExpirationException("The token has no end.");
        if (expires.Value + s_skew <= now)
            throw new SecurityTokenExpiredException("The token has expired.") { Expires = expires.Value };
        return notBefore is null || notBefore.Value - s_skew <= now;
    }

    private static RsaSecurityKey Verifier(SigningKey key) => new(key.Public) { KeyId = key.Id };
}
