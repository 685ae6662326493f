using Orleans;
using Orleans.Concurrency;
using Squad.Cluster;

namespace Squad.Sessions;

/// <summary>One session, by session id. Owns its state machine and is the only writer of the stream <c>session/{id}</c>.</summary>
[Alias("squad.session-grain")]
public interface ISessionGrain : IGrainWithStringKey
{
    /// <summary>Creates the session, asks for admission, and begins to place it. Repeated with the same <see cref="StartSession.RequestDigest"/> it answers with the session there is. Errors: <c>quota.sessions</c>, <c>session.exists</c>.</summary>
    [Alias("start")]
    Task<Result<SessionInfo>> Start(StartSession command);

    /// <summary>Null when there is no such session.</summary>
    [Alias("get")]
    Task<SessionInfo?> Get();

    /// <summary>Types into the engine. Errors: <c>session.notFound</c>, <c>session.state</c>, <c>engine.gone</c>, <c>node.away</c>.</summary>
    [Alias("input")]
    Task<Result> Input(SessionInput input);

    /// <summary>Tells the engine's terminal its size. Errors: <c>session.notFound</c>, <c>session.state</c>, <c>node.away</c>.</summary>
    [Alias("resize")]
    Task<Result> Resize(int columns, int rows);

    /// <summary>Asks it to end; idempotent. Errors: <c>session.notFound</c>, <c>session.state</c>.</summary>
    [Alias("stop")]
    Task<Result> Stop();

    /// <summary>Freezes the sandbox. Errors: <c>session.notFound</c>, <c>session.state</c>, <c>node.away</c>.</summary>
    [Alias("pause")]
    Task<Result> Pause();

    /// <summary>Lets it go on. Errors: <c>session.notFound</c>, <c>session.state</c>, <c>node.away</c>.</summary>
    [Alias("resume")]
    Task<Result> Resume();

    /// <summary>
    /// Ends it at once, removes sandbox, workspace and log. It is gone with any answer but <c>session.notFound</c>; where the answer is its node's refusal
    /// (<c>sandbox.unavailable</c>, <c>node.away</c>), what it has there is removed later.
    /// </summary>
    [Alias("delete")]
    Task<Result> Delete();

    // From here on: the scheduler and the node speak. What a node says of a sandbox is refused with attempt.over when the session has given that sandbox up, and with
    // session.settled when it has ended without it: the node then removes it.

    /// <summary>The scheduler has found room. Ignored unless the session still waits.</summary>
    [Alias("placed"), OneWay]
    Task Placed(string node);

    /// <summary>The sandbox runs. Errors: <c>attempt.over</c>, <c>session.settled</c>.</summary>
    [Alias("sandbox-started")]
    Task<Result> SandboxStarted(SandboxInfo sandbox, SandboxAttempt attempt);

    /// <summary>The sandbox could not be made. Errors: <c>attempt.over</c>, <c>session.settled</c>.</summary>
    [Alias("sandbox-failed")]
    Task<Result> SandboxFailed(SquadError error, SandboxAttempt attempt);

    /// <summary>
    /// Takes events from Keeper into the log, durably. Batches that were taken before are recognised by their numbers and ignored; after a gap nothing is taken.
    /// Errors: <c>attempt.over</c>, <c>session.settled</c>.
    /// </summary>
    /// <returns>Keeper's number of the last event in the log: acknowledge it, and continue after it.</returns>
    [Alias("append")]
    Task<Result<long>> Append(KeeperEvents batch, SandboxAttempt attempt);

    /// <summary>Keeper's number of the last event in the log; what follows it is to be sent. Errors: <c>attempt.over</c>, <c>session.settled</c>.</summary>
    [Alias("mark")]
    Task<Result<long>> Mark(SandboxAttempt attempt);

    /// <summary>One sample of what the sandbox uses. Errors: <c>attempt.over</c>, <c>session.settled</c>.</summary>
    [Alias("usage")]
    Task<Result> Usage(SandboxUsage usage, SandboxAttempt attempt);

    /// <summary>The sandbox has ended and every event it left has been appended. Errors: <c>attempt.over</c>, <c>session.settled</c>.</summary>
    [Alias("sandbox-ended")]
    Task<Result> SandboxEnded(SandboxEnd end, SandboxAttempt attempt);

    /// <summary>
    /// The node that it was placed on is not in the cluster. A session without a sandbox lines up again; one with a sandbox waits for the node to come back, and is lost when it
    /// is gone for good. Told repeatedly. Ignored if its node is another by now.
    /// </summary>
    [Alias("node-left"), OneWay]
    Task NodeLeft(string node, bool forGood);

    /// <summary>The node has nothing of this attempt: go on from the recorded state. Of a session that is at another attempt by now, only what it owes is done.</summary>
    [Alias("recover")]
    Task Recover(SandboxAttempt attempt);

    /// <summary>
    /// Whether the session exists and has not ended, or is being started at this moment: it needs its place of the quota. Answered also while the session is in a call.
    /// </summary>
    [Alias("needs-place"), AlwaysInterleave]
    Task<bool> NeedsPlace();
}
