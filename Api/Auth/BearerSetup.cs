using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;
using Squad.Api.Errors;
using Squad.Platform.Accounts;

namespace Squad.Api.Auth;

/// <summary>
/// Makes the JWT bearer handler check by our own keys, take the token from the query where a browser can send no header (hub and socket, nowhere else),
/// and answer 401 and 403 in the API's shape.
/// </summary>
internal sealed class BearerSetup(AccessTokens tokens, TimeProvider time) : IConfigureNamedOptions<JwtBearerOptions>
{
    public void Configure(JwtBearerOptions options) => Configure(JwtBearerDefaults.AuthenticationScheme, options);

    public void Configure(string? name, JwtBearerOptions options)
    {
        if (name != JwtBearerDefaults.AuthenticationScheme)
            return;
        options.MapInboundClaims = false;
        options.TimeProvider = time;
        options.TokenValidationParameters = tokens.Validation;
        options.Events = new JwtBearerEvents
        {
            OnMessageReceived = ReceiveAsync,
            OnChallenge = ChallengeAsync,
            OnForbidden = context => context.Response.WriteAsync(SquadError.Forbidden("forbidden", "You may not do this."), context.HttpContext.RequestAborted),
        };
    }

    private async Task ReceiveAsync(MessageReceivedContext context)
    {
        context.Token = FromHeader(context.Request) ?? FromQuery(context.Request);
        if (context.Token is not null)
            await tokens.PrepareAsync(context.Token, context.HttpContext.RequestAborted);
        else
            context.NoResult();
    }

    private static string? FromHeader(HttpRequest request)
    {
        const string scheme = "Bearer ";
        var header = request.Headers.Authorization.ToString();
        return header.StartsWith(scheme, StringComparison.OrdinalIgnoreCase) && header.Length > scheme.Length ? header[scheme.Length..].Trim() : null;
    }

    private static string? FromQuery(HttpRequest request)
    {
        var key = request.Path.StartsWithSegments("/hubs", StringComparison.OrdinalIgnoreCase) ? "access_token"
            : request.Path.StartsWithSegments("/ws", StringComparison.OrdinalIgnoreCase) ? "token" : null;
        return key is not null && request.Query.TryGetValue(key, out var value) && value is [{ Length: > 0 } token] ? token : null;
    }

    private static Task ChallengeAsync(JwtBearerChallengeContext context)
    {
        context.HandleResponse();
        if (context.Response.HasStarted)
            return Task.CompletedTask;
        var error = context.AuthenticateFailure switch
        {
            SecurityTokenExpiredException => AuthErrors.Expired,
            not null => AuthErrors.Invalid,
            null when context.Request.Headers.Authorization.Count > 0 => AuthErrors.Invalid,
            null => AuthErrors.Missing,
        };
        context.Response.Headers.WWWAuthenticate = error == AuthErrors.Missing ? "Bearer" : "Bearer error=\"invalid_token\"";
        return context.Response.WriteAsync(error, context.HttpContext.RequestAborted);
    }
}
