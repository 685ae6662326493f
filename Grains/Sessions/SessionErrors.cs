using System.Collections.Immutable;
using System.Text.Json;
using Squad.Cluster;
using Squad.Sessions;

namespace Squad.Grains.Sessions;

internal static class SessionErrors
{
    public static SquadError NotFound(string id) =>
        SquadError.NotFound("session.notFound", $"There is no session '{id}'.");

    public static SquadError Exists(string id) =>
        SquadError.Conflict("session.exists", $"A session '{id}' exists already.");

    public const string NodeAwayCode = "node.away";

    public static SquadError NodeAway(string node) =>
        SquadError.Unavailable(NodeAwayCode, $"The session's node '{node}' is not in the cluster now. The session goes on there, or will be lost if the node does not come back.");

    public const string AttemptOverCode = "attempt.over";

    /// <summary>To a node: the sandbox it speaks of is not the session's any more, and nothing of it is needed.</summary>
    public static SquadError AttemptOver(string id, SandboxAttempt attempt) =>
        SquadError.Conflict(AttemptOverCode, $"Session '{id}' has given up its attempt {attempt.Number} on node '{attempt.Node}'.");

    /// <summary>To a node: the session took the sandbox it speaks of for lost, and has ended. The workspace is kept as that of any session that has ended.</summary>
    public static SquadError Settled(string id) =>
        SquadError.Conflict("session.settled", $"Session '{id}' has ended, and waits for no sandbox.");

    public static SquadError State(SessionState from, SessionTrigger asked)
    {
        var (fromName, askedName) = (Name(from), Name(asked));
        return SquadError.Conflict("session.state", $"A session that is {fromName} cannot take '{askedName}'.") with
        {
            Facts = ImmutableDictionary<string, string>.Empty.Add("from", fromName).Add("asked", askedName),
        };
    }

    private static string Name<T>(T value) where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}
