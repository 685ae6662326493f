using System.Collections.Immutable;
using Orleans;

namespace Squad.Users;

/// <param name="Username">Unique without regard to case; the owner part of the user's repositories.</param>
/// <param name="Roles"><c>admin</c> or none.</param>
[GenerateSerializer, Immutable, Alias("squad.create-user")]
public sealed record CreateUser([property: Id(0)] string Username, [property: Id(1)] ImmutableArray<string> Roles);

/// <param name="LiveSessions">How many of the user's sessions hold a place of the quota.</param>
/// <param name="LiveSessionsMax">How many may.</param>
[GenerateSerializer, Immutable, Alias("squad.user-profile")]
public sealed record UserProfile(
    [property: Id(0)] string Id,
    [property: Id(1)] string Username,
    [property: Id(2)] ImmutableArray<string> Roles,
    [property: Id(3)] DateTimeOffset CreatedAt,
    [property: Id(4)] int LiveSessions,
    [property: Id(5)] int LiveSessionsMax);
