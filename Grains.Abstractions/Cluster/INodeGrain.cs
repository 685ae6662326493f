using Orleans;
using Squad.Sessions;

namespace Squad.Cluster;

/// <summary>One machine that runs sandboxes, by node name; lives on that machine's silo. Its calls begin work and return; the outcome reaches the session grain.</summary>
[Alias("squad.node-grain")]
public interface INodeGrain : IGrainWithStringKey
{
    /// <summary>
    /// Begins to make and start the session's sandbox; one of an earlier attempt is removed before. Idempotent for an attempt. Errors: <c>node.closed</c>: it does not know yet
    /// what runs on it, ask again; <c>attempt.over</c>: a later attempt is here.
    /// </summary>
    [Alias("run")]
    Task<Result> Run(RunSandbox command);

    /// <summary>Passes input to the engine. Errors: <c>engine.gone</c>.</summary>
    [Alias("input")]
    Task<Result> Input(string sessionId, string text, bool enter);

    [Alias("resize")]
    Task<Result> Resize(string sessionId, int columns, int rows);

    [Alias("pause")]
    Task<Result> Pause(string sessionId);

    [Alias("resume")]
    Task<Result> Resume(string sessionId);

    /// <summary>
    /// Asks the sandbox to end within <paramref name="grace"/>, then kills it. Idempotent; also for a sandbox that is still being made.
    /// Error: <c>node.closed</c>: it does not know yet what runs on it; ask again.
    /// </summary>
    [Alias("stop")]
    Task<Result> Stop(string sessionId, TimeSpan grace);

    /// <summary>Kills what runs for the session and removes sandbox and workspace. Idempotent. Errors: the engine's, e.g. <c>sandbox.unavailable</c>.</summary>
    [Alias("remove")]
    Task<Result> Remove(string sessionId);
}
