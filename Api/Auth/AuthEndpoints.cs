using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Squad.Api.Errors;
using Squad.Platform.Accounts;

namespace Squad.Api.Auth;

public sealed record LoginRequest(string? Username, string? Password);

public sealed record SetupRequest(string? Token, string? Password);

/// <param name="SetupRequired">Nobody has a password yet; the setup link is on the server's console.</param>
public sealed record AuthStatus(bool SetupRequired);

/// <summary>Signing in and out. Open to everybody but <c>GET /v1/me</c>.</summary>
public static class AuthEndpoints
{
    public static IEndpointRouteBuilder MapAuth(this IEndpointRouteBuilder routes)
    {
        var auth = routes.MapGroup("/v1/auth").WithTags("Sign-in").AllowAnonymous();
        auth.MapPost("/login", LoginAsync).WithName("Login").Produces<SignedIn>();
        auth.MapPost("/refresh", RefreshAsync).WithName("Refresh").Produces<SignedIn>();
        auth.MapPost("/logout", LogoutAsync).WithName("Logout");
        auth.MapPost("/setup", SetUpAsync).WithName("SetUp").Produces<SignedIn>();
        auth.MapGet("/status", StatusAsync).WithName("AuthStatus");
        routes.MapGet("/v1/me", Me).WithTags("Sign-in").WithName("Me").RequireAuthorization();
        return routes;
    }

    private static async Task<IResult> LoginAsync(LoginRequest request, Credentials credentials, SignIn signIn, HttpContext context)
    {
        var missing = new List<FieldError>(2);
        if (string.IsNullOrEmpty(request.Username))
            missing.Add(new("username", "required", "A user name is required."));
        if (string.IsNullOrEmpty(request.Password))
            missing.Add(new("password", "required", "A password is required."));
        if (missing.Count > 0)
            return SquadError.Invalid([.. missing]).ToHttp();
        var address = LoginThrottle.AddressOf(context.Connection.RemoteIpAddress);
        var user = await credentials.VerifyAsync(request.Username!, request.Password!, address, context.RequestAborted);
        return user.IsOk ? TypedResults.Ok(await signIn.StartAsync(context, user.Value)) : user.Error.ToHttp();
    }

    private static async Task<IResult> RefreshAsync(SignIn signIn, HttpContext context) =>
        (await signIn.ContinueAsync(context)).ToHttp(TypedResults.Ok);

    private static async Task<NoContent> LogoutAsync(SignIn signIn, HttpContext context)
    {
        await signIn.EndAsync(context);
        return TypedResults.NoContent();
    }

    private static async Task<IResult> SetUpAsync(SetupRequest request, AdminSetup setup, SignIn signIn, HttpContext context)
    {
        var user = await setup.CompleteAsync(request.Token, request.Password, context.RequestAborted);
        return user.IsOk ? TypedResults.Ok(await signIn.StartAsync(context, user.Value)) : user.Error.ToHttp();
    }

    private static async Task<Ok<AuthStatus>> StatusAsync(AdminSetup setup, HttpContext context) =>
        TypedResults.Ok(new AuthStatus(await setup.IsRequiredAsync(context.RequestAborted)));

    private static Ok<UserIdentity> Me(ClaimsPrincipal principal) => TypedResults.Ok(principal.User());
}
