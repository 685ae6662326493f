using System.Security.Claims;
using Squad.Platform.Accounts;

namespace Squad.Api.Auth;

/// <summary>The claims of an access token, and back to the user.</summary>
public static class Claims
{
    public const string Subject = "sub";

    public const string Name = "name";

    public const string Roles = "roles";

    /// <summary>The signed-in user of a request; null if nobody is signed in.</summary>
    public static UserIdentity? ToUser(this ClaimsPrincipal principal)
    {
        ArgumentNullException.ThrowIfNull(principal);
        return principal.Identity?.IsAuthenticated == true ? ToUser(principal.Claims) : null;
    }

    /// <summary>The signed-in user of an endpoint that requires one.</summary>
    public static UserIdentity User(this ClaimsPrincipal principal) =>
        principal.ToUser() ?? throw new InvalidOperationException("This endpoint lacks RequireAuthorization.");

    internal static UserIdentity? ToUser(IEnumerable<Claim> claims)
    {
        var list = claims as ICollection<Claim> ?? [.. claims];
        var id = list.FirstOrDefault(c => c.Type == Subject)?.Value;
        var name = list.FirstOrDefault(c => c.Type == Name)?.Value;
        return string.IsNullOrEmpty(id) || string.IsNullOrEmpty(name)
            ? null
            : new UserIdentity(id, name, [.. list.Where(c => c.Type == Roles && c.Value.Length > 0).Select(c => c.Value)]);
    }
}
