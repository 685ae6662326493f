using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Squad.Api.Auth;
using Squad.Platform.Accounts;

namespace Squad.Api.Git;

/// <summary>
/// Who a git client is. Basic with the password or an access token in the password's place (the user name is then the token's or <c>token</c>),
/// or the access token as Bearer.
/// </summary>
public sealed class GitAuthentication(Credentials credentials, AccessTokens tokens)
{
    private const string TokenUser = "token";
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The user; <c>auth.missing</c> without credentials, <c>auth.invalid</c>, <c>auth.expired</c>, <c>auth.throttled</c>.</summary>
    public async Task<Result<UserIdentity>> AuthenticateAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var header = context.Request.Headers.Authorization;
        if (StringValues.IsNullOrEmpty(header))
            return AuthErrors.Missing;
        if (header is not [{ } value] || value.Split(' ', 2, StringSplitOptions.TrimEntries) is not [var scheme, var given])
            return AuthErrors.Invalid;
        if (scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase))
            return await tokens.ValidateAsync(given, context.RequestAborted);
        if (!scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase) || Decode(given) is not (var username, var password))
            return AuthErrors.Invalid;
        if (!AccessTokens.LooksLikeOne(password))
            return await credentials.VerifyAsync(username, password, Caller(context), context.RequestAborted);
        var found = await tokens.ValidateAsync(password, context.RequestAborted);
        return !found.IsOk || username is "" or TokenUser || found.Value.Username.Equals(username, StringComparison.OrdinalIgnoreCase)
            ? found
            : AuthErrors.Invalid;
    }

    private static string Caller(HttpContext context) => LoginThrottle.AddressOf(context.Connection.RemoteIpAddress);

    // YWRtaW46c2VjcmV0 is admin:secret; the password may hold colons.
    private static (string Username, string Password)? Decode(string given)
    {
        try
        {
            var text = s_utf8.GetString(Convert.FromBase64String(given));
            var colon = text.IndexOf(':', StringComparison.Ordinal);
            return colon < 0 ? null : (text[..colon], text[(colon + 1)..]);
        }
        catch (Exception problem) when (problem is FormatException or DecoderFallbackException)
        {
            return null;
        }
    }
}
