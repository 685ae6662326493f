using Orleans;
using Squad.Sessions;

namespace Squad.Users;

/// <summary>One user, by user id. Owns the profile, admission against the quota, and the writing of the stream <c>sessions/{id}</c>.</summary>
[Alias("squad.user-grain")]
public interface IUserGrain : IGrainWithStringKey
{
    /// <summary>Creates the user. Error: <c>user.exists</c>.</summary>
    [Alias("create")]
    Task<Result<UserProfile>> Create(CreateUser command);

    /// <summary>The profile; null when there is no such user.</summary>
    [Alias("get")]
    Task<UserProfile?> Get();

    /// <summary>
    /// Takes one place of the user's quota of live sessions for this session. Idempotent for a session; atomic, so that concurrent asks never over-grant.
    /// Error: <c>quota.sessions</c> with <c>limit</c> and <c>used</c>.
    /// </summary>
    [Alias("admit")]
    Task<Result> Admit(string sessionId);

    /// <summary>Gives the place back. Idempotent.</summary>
    [Alias("release")]
    Task Release(string sessionId);

    /// <summary>Tells the user's boards that a session has changed: appends <c>session.changed</c> or <c>session.deleted</c>.</summary>
    [Alias("session-changed")]
    Task SessionChanged(SessionInfo session, bool deleted);
}
