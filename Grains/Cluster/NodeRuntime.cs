using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Runtime;
using Squad.Cluster;
using Squad.Grains.Sessions;
using Squad.Platform.Sandboxes;
using Squad.Sessions;

namespace Squad.Grains.Cluster;

/// <summary>
/// What runs on this machine: one <see cref="SandboxRunner"/> a session. Lives outside of any grain, because making a sandbox and pumping its events is slow work;
/// everything it learns it tells the session grain. When the process starts it finds the sandboxes that an earlier one left and takes them over;
/// when the process stops the sandboxes go on.
/// </summary>
/// <param name="outside">Runs what belongs to no grain's turn.</param>
public sealed partial class NodeRuntime(
    ISandboxEngine engine,
    SandboxRunnerFactory factory,
    ILiveSessions liveSessions,
    IGrainFactory grains,
    IClusterMembershipService membership,
    IOptions<NodeOptions> options,
    IOptions<SandboxOptions> sandboxes,
    TimeProvider time,
    TaskScheduler outside,
    ILogger<NodeRuntime> logger) : IHostedService, IDisposable
{
    private static readonly TimeSpan RetryEvery = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan AttendEvery = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, SandboxRunner> runners = new();
    private readonly CancellationTokenSource stopping = new();
    private Task attending = Task.CompletedTask;

    /// <summary>What runs here is known, or the engine has not answered for too long.</summary>
    private volatile bool open;

    /// <summary>Sessions of which an engine that has not answered yet may have a sandbox.</summary>
    private volatile HashSet<string> unknown = [];

    private string Node => options.Value.Name;

    /// <summary>
    /// Begins to make the session's sandbox and to pump its events, after what an earlier attempt has here is gone. Idempotent for an attempt. Errors: <c>node.closed</c>,
    /// <c>attempt.over</c>.
    /// </summary>
    public Result Run(RunSandbox command)
    {
        if (!open || unknown.Contains(command.SessionId))
            return NodeErrors.Closed(Node);
        var attempt = new SandboxAttempt(Node, command.Attempt);
        while (true)
        {
            var earlier = runners.GetValueOrDefault(command.SessionId);
            if (earlier?.Attempt.Number > attempt.Number)
                return SessionErrors.AttemptOver(command.SessionId, attempt);
            if (earlier?.Attempt == attempt || TryTrack(factory.Create(command.SessionId, attempt), earlier, runner => runner.RunAsync(command, earlier, stopping.Token)))
                return Result.Ok;
        }
    }

    /// <summary>Begins to stop it. Errors: <c>engine.gone</c> when nothing of it is here, <c>node.closed</c>.</summary>
    public Result Stop(string sessionId, TimeSpan grace)
    {
        if (runners.TryGetValue(sessionId, out var runner))
        {
            _ = Outside(() => runner.StopAsync(grace));
            return Result.Ok;
        }

        return open && !unknown.Contains(sessionId) ? NodeErrors.EngineGone : NodeErrors.Closed(Node);
    }

    /// <summary>Does something with a running engine; <c>engine.gone</c> when it is not here.</summary>
    public Task<Result> WithRunner(string sessionId, Func<SandboxRunner, Task<Result>> act) =>
        runners.TryGetValue(sessionId, out var runner)
            ? act(runner)
            : Task.FromResult<Result>(NodeErrors.EngineGone);

    /// <summary>Kills and removes what the session has here, also what an earlier process left.</summary>
    public async Task<Result> RemoveAsync(string sessionId)
    {
        if (runners.TryGetValue(sessionId, out var runner))
            await runner.AbandonAsync();
        return await factory.RemoveLeftoversAsync(sessionId);
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        attending = Outside(() => AttendAsync(stopping.Token));
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        stopping.Cancel();
        await Task.WhenAll([attending, .. runners.Values.Select(r => r.Completion)])
            .WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    /// <summary>Ends its work also where the host is disposed of without having been stopped.</summary>
    public void Dispose() => stopping.Cancel();

    /// <summary>Takes over what an earlier process left; then looks now and then after sessions that nobody else does, as long as the process lives.</summary>
    private async Task AttendAsync(CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        var recovered = false;
        SquadError? told = null;
        while (true)
        {
            try
            {
                if (recovered)
                {
                    await LookAfterAsync(cancellation);
                }
                else if (await RecoverAsync(cancellation) is { } problem)
                {
                    if (problem.Message != told?.Message)
                        LogEngineAway(Node, problem.Message);
                    told = problem;
                    if (!open && time.GetElapsedTime(began) >= options.Value.EnginePatience)
                        await OpenBlindAsync(cancellation);
                }
                else
                {
                    recovered = true;
                }
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogRecoveryFailed(e, Node);
            }

            await Task.Delay(recovered ? AttendEvery : RetryEvery, time, cancellation);
        }
    }

    /// <summary>
    /// Order matters: the node is closed while it is not known what runs on it; sessions without a sandbox line up again; then the node opens with what was found.
    /// </summary>
    private async Task<SquadError?> RecoverAsync(CancellationToken cancellation)
    {
        var listed = await ListAsync(cancellation);
        if (!listed.IsOk)
            return listed.Error;

        open = false; // where it was opened without its engine
        var scheduler = grains.GetGrain<ISchedulerGrain>("default");
        await scheduler.NodeDown(Node);
        var live = await liveSessions.ListAsync(cancellation);
        var here = live.Where(s => s.Node == Node).ToDictionary(s => s.Id, s => s.Attempt);
        foreach (var sandbox in listed.Value.Where(s => !runners.ContainsKey(s.Labels.GetValueOrDefault(SandboxLabels.Session, ""))))
        {
            if (await TakeOverAsync(sandbox, here, cancellation) is { } problem)
                return problem;
        }

        // What is here was taken over, or begun since the node was opened without its engine.
        var missing = live.Where(s => (s.Node is null || s.Node == Node) && !runners.ContainsKey(s.Id)).ToList();
        foreach (var session in missing)
            await grains.GetGrain<ISessionGrain>(session.Id).Recover(new SandboxAttempt(Node, session.Attempt));
        unknown = [];
        await scheduler.NodeUp(Node, Capacity);
        open = true;
        LogReady(Node, engine.Name, Capacity, runners.Count, missing.Count);
        return null;
    }

    /// <summary>
    /// Sessions whose silo died between two steps: one that owes something and has nothing here any more is told so; one that waits goes on by itself once it is awake.
    /// Those of a node that the scheduler has given up, and that did not hear of it then, hear of it now. Places of sessions that are over are given back. What the engine made
    /// late, by the order of a process that did not live to hear of it, is removed.
    /// </summary>
    private async Task LookAfterAsync(CancellationToken cancellation)
    {
        var listed = await ListAsync(cancellation);
        var live = await liveSessions.ListAsync(cancellation);
        foreach (var sandbox in listed.IsOk ? listed.Value : [])
        {
            var (sessionId, attempt) = OwnerOf(sandbox);
            if (!runners.ContainsKey(sessionId) && !live.Any(s => s.Id == sessionId && s.Node == Node && s.Attempt == attempt.Number))
                await RemoveOrphanAsync(sandbox, sessionId, live.Any(s => s.Id == sessionId), cancellation);
        }

        var known = (await grains.GetGrain<ISchedulerGrain>("default").Snapshot()).Nodes;
        var nodes = Nodes.Present(membership.CurrentSnapshot);
        nodes.UnionWith(known.Select(node => node.Name));
        // An activation that did not know yet that the session had ended may have asked for a place: told of it, the session gives it back.
        foreach (var placed in known.Where(node => node.Name == Node).SelectMany(node => node.Running).Except(live.Select(s => s.Id)))
            await grains.GetGrain<ISessionGrain>(placed).Placed(Node);
        foreach (var session in live)
        {
            if (runners.ContainsKey(session.Id))
                continue;
            var grain = grains.GetGrain<ISessionGrain>(session.Id);
            if (session.Node is { } other && other != Node)
            {
                if (!nodes.Contains(other))
                    await grain.NodeLeft(other, forGood: true);
            }
            else if (session.Owes)
            {
                await grain.Recover(new SandboxAttempt(Node, session.Attempt));
            }
            else
            {
                await grain.Get();
            }
        }
    }

    /// <summary>
    /// Opens the node although its engine does not answer, so that new sessions fail and say why, instead of waiting without a word. Sessions that had a sandbox here are
    /// left as they are until the engine can be asked.
    /// </summary>
    private async Task OpenBlindAsync(CancellationToken cancellation)
    {
        var live = await liveSessions.ListAsync(cancellation);
        unknown = [.. live.Where(s => s.Node == Node).Select(s => s.Id)];
        open = true;
        await grains.GetGrain<ISchedulerGrain>("default").NodeUp(Node, Capacity);
    }

    private int Capacity => options.Value.SandboxesMax > 0 ? options.Value.SandboxesMax : FittingCapacity();

    /// <summary>Follows a sandbox that an earlier process made, or removes it where it is no live session's own or never ran. Says why it can be neither now.</summary>
    /// <param name="here">The sessions that are on this node, with the numbers of their attempts.</param>
    private async Task<SquadError?> TakeOverAsync(SandboxStatus sandbox, Dictionary<string, long> here, CancellationToken cancellation)
    {
        var (sessionId, attempt) = OwnerOf(sandbox);
        var isHere = here.TryGetValue(sessionId, out var own);
        if (isHere && own == attempt.Number && sandbox.Phase != SandboxPhase.Created)
        {
            TryTrack(factory.Create(sessionId, attempt), null, runner => runner.AdoptAsync(sandbox, stopping.Token));
            return null;
        }

        return await RemoveOrphanAsync(sandbox, sessionId, isHere, cancellation);
    }

    private async Task<SquadError?> RemoveOrphanAsync(SandboxStatus sandbox, string sessionId, bool isLive, CancellationToken cancellation)
    {
        LogOrphan(sandbox.Sandbox.Name, sessionId, sandbox.Phase);
        // The workspace of a session that ended here is still its user's.
        var withWorkspace = isLive || !await liveSessions.WasOnAsync(sessionId, Node, cancellation);
        if (runners.ContainsKey(sessionId))
            return null; // its next attempt has just begun here, and clears the place by itself
        return (await engine.RemoveAsync(sandbox.Sandbox, withWorkspace, cancellation)).Error;
    }

    private Task<Result<IReadOnlyList<SandboxStatus>>> ListAsync(CancellationToken cancellation) =>
        engine.ListAsync(new Dictionary<string, string> { [SandboxLabels.Node] = Node }, cancellation);

    /// <summary>What the sandbox was made for, by its labels.</summary>
    private (string SessionId, SandboxAttempt Attempt) OwnerOf(SandboxStatus sandbox) => (
        sandbox.Labels.GetValueOrDefault(SandboxLabels.Session, ""),
        new SandboxAttempt(Node, sandbox.Labels.TryGetValue(SandboxLabels.Attempt, out var number) ? long.Parse(number, CultureInfo.InvariantCulture) : 0));

    private int FittingCapacity()
    {
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        return (int)Math.Max(2, memory / 5 * 4 / sandboxes.Value.Limits.MemoryBytes);
    }

    /// <summary>Begins a runner's work. False: another one has begun or ended meanwhile.</summary>
    /// <param name="earlier">The runner whose place it takes; null where there is none.</param>
    private bool TryTrack(SandboxRunner runner, SandboxRunner? earlier, Func<SandboxRunner, Task> work)
    {
        if (!(earlier is null ? runners.TryAdd(runner.SessionId, runner) : runners.TryUpdate(runner.SessionId, runner, earlier)))
            return false;
        _ = Outside(() => runner.CompleteAsync(work(runner), () => runners.TryRemove(KeyValuePair.Create(runner.SessionId, runner)), stopping.Token));
        return true;
    }

    /// <summary>Begins work that is not to be part of the caller's grain turn, and knows nothing of the call it came with.</summary>
    private Task Outside(Func<Task> work)
    {
        using (ExecutionContext.IsFlowSuppressed() ? default : ExecutionContext.SuppressFlow())
            return Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, outside).Unwrap();
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Node {Node} is ready: engine {Engine}, room for {Capacity} sandboxes, {Found} taken over, {Missing} in line again or ended")]
    private partial void LogReady(string node, string engine, int capacity, int found, int missing);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The sandboxes of node {Node} cannot be listed; trying until they can: {Error}")]
    private partial void LogEngineAway(string node, string error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Sandbox {Sandbox} ({Phase}) of session {Session} belongs to no live session, or never ran, and is removed")]
    private partial void LogOrphan(string sandbox, string session, SandboxPhase phase);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Node {Node} could not take over its sandboxes yet; trying again")]
    private partial void LogRecoveryFailed(Exception exception, string node);
}
