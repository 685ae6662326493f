using Orleans;
using Squad.Api.Auth;
using Squad.Platform.Accounts;
using Squad.Events;
using Squad.Sessions;

namespace Squad.Api.Live;

/// <summary>Who may see what: a session its owner and administrators, a board its user. What one may not see does not exist for them.</summary>
public sealed class StreamAccess(IGrainFactory grains)
{
    /// <summary>The session, if the user may see it.</summary>
    public async Task<Result<SessionInfo>> SessionAsync(UserIdentity user, string id)
    {
        var session = IsId(id) ? await grains.GetGrain<ISessionGrain>(id).Get() : null;
        return session is not null && (session.OwnerId == user.Id || user.IsAdmin)
            ? session
            : SquadError.NotFound("session.notFound", $"There is no session '{id}'.");
    }

    /// <summary>Checks a stream's name as a client wrote it.</summary>
    public async Task<Result> StreamAsync(UserIdentity user, string stream)
    {
        var slash = stream.IndexOf('/', StringComparison.Ordinal);
        var (kind, id) = slash < 0 ? (stream, "") : (stream[..slash], stream[(slash + 1)..]);
        return kind switch
        {
            "session" => (await SessionAsync(user, id)) is { Error: { } error } ? error : Result.Ok,
            "sessions" when stream == EventStreams.SessionsOf(user.Id) => Result.Ok,
            "sessions" => SquadError.NotFound("stream.notFound", $"There is no stream '{stream}'."),
            _ => SquadError.NotFound("stream.notFound", $"There is no stream '{stream}'. A stream is 'session/<id>' or 'sessions/<your user id>'."),
        };
    }

    /// <summary>An id is short and plain; anything else names no grain, and must not bring one into being.</summary>
    private static bool IsId(string id) => id.Length is > 0 and <= 64 && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
}
