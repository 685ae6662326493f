using Microsoft.AspNetCore.Http;
using Squad.Platform.Accounts;

namespace Squad.Api.Auth;

/// <summary>What login, refresh and setup answer.</summary>
public sealed record SignedIn(string AccessToken, DateTimeOffset ExpiresAt, UserIdentity User);

/// <summary>Hands out both tokens: the access token in the answer, the refresh token in a cookie that scripts cannot read and only <c>/v1/auth</c> gets.</summary>
internal sealed class SignIn(AccessTokens access, RefreshTokens refresh, IUserDirectory users)
{
    private const string Cookie = "squad_refresh";
    private const string CookiePath = "/v1/auth";

    /// <summary>Starts a sign-in for a user who has shown who he is.</summary>
    public async Task<SignedIn> StartAsync(HttpContext context, UserIdentity user)
    {
        var grant = await refresh.IssueAsync(user.Id, context.Request.Headers.UserAgent, context.RequestAborted);
        return await AnswerAsync(context, user, grant);
    }

    /// <summary>Goes on with the sign-in of the request's cookie; roles are read anew.</summary>
    public async Task<Result<SignedIn>> ContinueAsync(HttpContext context)
    {
        if (context.Request.Cookies[Cookie] is not { Length: > 0 } token)
            return AuthErrors.Missing;
        var grant = await refresh.RotateAsync(token, context.Request.Headers.UserAgent, context.RequestAborted);
        var user = grant.IsOk ? await users.FindAsync(grant.Value.UserId, context.RequestAborted) : null;
        if (grant.IsOk && user is not null)
            return await AnswerAsync(context, user, grant.Value);
        if (grant.IsOk)
            await refresh.RevokeUserAsync(grant.Value.UserId, context.RequestAborted);
        Forget(context);
        return grant.Error ?? AuthErrors.Invalid;
    }

    /// <summary>Ends the sign-in of the request's cookie. Idempotent.</summary>
    public async Task EndAsync(HttpContext context)
    {
        if (context.Request.Cookies[Cookie] is { Length: > 0 } token)
            await refresh.RevokeAsync(token, context.RequestAborted);
        Forget(context);
    }

    private async Task<SignedIn> AnswerAsync(HttpContext context, UserIdentity user, RefreshGrant grant)
    {
        var token = await access.IssueAsync(user, context.RequestAborted);
        context.Response.Cookies.Append(Cookie, grant.Token, Options(context, grant.ExpiresAt));
        context.Response.Headers.CacheControl = "no-store";
        return new SignedIn(token.Token, token.ExpiresAt, user);
    }

    private static void Forget(HttpContext context) => context.Response.Cookies.Delete(Cookie, Options(context, null));

    private static CookieOptions Options(HttpContext context, DateTimeOffset? expires) => new()
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Strict,
        Secure = context.Request.IsHttps,
        Path = CookiePath,
        Expires = expires,
        IsEssential = true,
    };
}
