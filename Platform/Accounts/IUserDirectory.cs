using System.Collections.Immutable;

namespace Squad.Platform.Accounts;

/// <summary>Who is asking. Carried by the access token.</summary>
/// <param name="Id">Opaque and never reused.</param>
/// <param name="Username">Unique without regard to case.</param>
/// <param name="Roles">E.g. <see cref="Admin"/>; empty for an ordinary user.</param>
public sealed record UserIdentity(string Id, string Username, ImmutableArray<string> Roles)
{
    /// <summary>The role that may everything.</summary>
    public const string Admin = "admin";

    [System.Text.Json.Serialization.JsonIgnore]
    public bool IsAdmin => Roles.Contains(Admin);
}

/// <summary>The users, as sign-in sees them. Safe to use from several threads.</summary>
public interface IUserDirectory
{
    /// <summary>Creates a user. <see cref="ErrorKind.Conflict"/> when the name is taken (without regard to case).</summary>
    Task<Result<UserIdentity>> CreateAsync(string username, IReadOnlyList<string> roles, CancellationToken cancellation = default);

    /// <summary>The user, or null if there is none or he may not sign in.</summary>
    Task<UserIdentity?> FindAsync(string id, CancellationToken cancellation = default);

    /// <summary>The user of that name, without regard to case.</summary>
    Task<UserIdentity?> FindByNameAsync(string username, CancellationToken cancellation = default);
}
