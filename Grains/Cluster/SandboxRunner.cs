using Microsoft.Extensions.Logging;
using Squad.Cluster;
using Squad.Grains.Sessions;
using Squad.Platform.Sandboxes;
using Squad.Platform.Sandboxes.Keeper;
using Squad.Sessions;

namespace Squad.Grains.Cluster;

/// <summary>
/// One session's sandbox on this node, from making it (or taking it over) to its end: create, start, pump events to the session grain (<see cref="KeeperPump"/>), wait, read
/// what the journal still holds, tell the end, remove. Invariant: the sandbox's directory is removed only after all its events are in the log.
/// An abandoned runner waits for no answer of the session: that one may be waiting, in its deletion, for the runner. A session that has given the sandbox up refuses what is
/// said of it; then the sandbox is removed.
/// </summary>
public sealed partial class SandboxRunner
{
    private static readonly TimeSpan RetryEvery = TimeSpan.FromMilliseconds(500);

    private readonly TaskCompletionSource completion = new(); // set by the last statement of all, so what waits for it may go on there
    private readonly TaskCompletionSource<SandboxRef?> made = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource abandoned = new();
    private readonly string sessionId;
    private readonly SessionLine session;
    private readonly SandboxRunnerServices services;
    private readonly ILogger<SandboxRunner> logger;
    private readonly KeeperPump pump;
    private bool stopAsked;

    internal SandboxRunner(string sessionId, SessionLine session, SandboxRunnerServices services, ILogger<SandboxRunner> logger)
    {
        (this.sessionId, this.session, this.services, this.logger) = (sessionId, session, services, logger);
        pump = new KeeperPump(sessionId, session, services, logger);
    }

    public string SessionId => sessionId;

    /// <summary>What the sandbox is made for.</summary>
    public SandboxAttempt Attempt => session.Attempt;

    /// <summary>Completes when there is nothing left to do; never faults.</summary>
    public Task Completion => completion.Task;

    /// <summary>Makes the sandbox and stays with it until its end.</summary>
    /// <param name="earlier">Has the sandbox of an earlier attempt, which goes first.</param>
    public async Task RunAsync(RunSandbox command, SandboxRunner? earlier, CancellationToken stopping)
    {
        using var any = CancellationTokenSource.CreateLinkedTokenSource(stopping, abandoned.Token, session.Over);
        if (earlier is not null)
        {
            await earlier.AbandonAsync();
            await RemoveLeftoversAsync(any.Token);
        }

        // An order may come late, from before the session gave the attempt up: its room here may be another's by now.
        await TellAsync(() => session.MarkAsync(any.Token), any.Token);
        var started = await StartAsync(command, stopping);
        any.Token.ThrowIfCancellationRequested();
        if (!started.IsOk)
        {
            made.TrySetResult(null);
            await TellAsync(() => session.FailedAsync(started.Error, any.Token), any.Token);
            return;
        }

        made.TrySetResult(started.Value);
        // Not awaited before pumping: Keeper's first events are on their way, and the grain takes either order.
        var told = TellStartedAsync(started.Value, services.Engine.Isolates ? services.ImageOf(command) : "", any.Token);
        await FollowAsync(started.Value, any.Token);
        await told;
    }

    /// <summary>
    /// Creates and starts; leaves nothing behind when either fails. Not given up for a session that is deleted meanwhile: an order that is under way to the engine would
    /// be carried out when nobody looks any more.
    /// </summary>
    private async Task<Result<SandboxRef>> StartAsync(RunSandbox command, CancellationToken stopping)
    {
        var created = await CreateAsync(command, stopping);
        if (created.Error?.Code == SandboxErrors.ExistsCode)
        {
            // No attempt makes its sandbox twice: this is of an earlier one, ordered by a process that did not live to hear of it.
            await RemoveLeftoversAsync(stopping);
            created = await CreateAsync(command, stopping);
        }

        if (!created.IsOk)
            return created;
        var started = await services.Engine.StartAsync(created.Value, stopping);
        if (started.IsOk)
            return created;
        await RemoveAsync(created.Value, withWorkspace: true, stopping);
        services.RemoveDirectory(sessionId);
        return started.Error;
    }

    private async Task<Result<SandboxRef>> CreateAsync(RunSandbox command, CancellationToken stopping)
    {
        var prepared = services.Prepare(command);
        if (!prepared.IsOk)
            return prepared.Error;
        var created = await services.Engine.CreateAsync(prepared.Value, stopping);
        if (!created.IsOk)
            services.RemoveDirectory(sessionId);
        return created;
    }

    /// <summary>Takes over a sandbox that an earlier process made.</summary>
    public async Task AdoptAsync(SandboxStatus status, CancellationToken stopping)
    {
        using var any = CancellationTokenSource.CreateLinkedTokenSource(stopping, abandoned.Token, session.Over);
        LogAdopted(sessionId, status.Sandbox.Name, status.Phase);
        made.TrySetResult(status.Sandbox);
        var told = TellStartedAsync(status.Sandbox, "", any.Token);
        await FollowAsync(status.Sandbox, any.Token);
        await told;
    }

    public Task<Result> InputAsync(string text, bool enter) => WithKeeper(k => k.InputAsync(text, enter));

    public Task<Result> ResizeAsync(int columns, int rows) => WithKeeper(k => k.ResizeAsync(columns, rows));

    public Task<Result> PauseAsync() => WithSandbox(sandbox => services.Engine.PauseAsync(sandbox));

    public Task<Result> ResumeAsync() => WithSandbox(sandbox => services.Engine.ResumeAsync(sandbox));

    /// <summary>Ends the sandbox as soon as it is made; an engine that is away is asked until it has heard it.</summary>
    public async Task StopAsync(TimeSpan grace)
    {
        if (await made.Task is not { } sandbox || Interlocked.Exchange(ref stopAsked, true))
            return;
        while (!Completion.IsCompleted)
        {
            var stopped = await services.Engine.StopAsync(sandbox, grace);
            if (stopped.IsOk)
                return;
            LogStopFailed(sessionId, stopped.Error.Message);
            await Task.Delay(RetryEvery, services.Time);
        }
    }

    /// <summary>Stops caring about the sandbox: the caller removes it. Completes when no work is under way.</summary>
    public async Task AbandonAsync()
    {
        abandoned.Cancel();
        await Completion;
    }

    /// <summary>Ties the runner's <see cref="Completion"/> to its work.</summary>
    internal async Task CompleteAsync(Task work, Action cleanup, CancellationToken stopping)
    {
        try
        {
            try
            {
                await work;
            }
            catch (OperationCanceledException) when (session.Refusal is not null)
            {
                await DisownAsync(session.Refusal, stopping);
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops, or the session was deleted: the sandbox is somebody else's from here.
        }
        catch (Exception e)
        {
            LogBroken(e, sessionId);
        }
        finally
        {
            made.TrySetResult(null);
            cleanup();
            completion.TrySetResult();
        }
    }

    private async Task FollowAsync(SandboxRef sandbox, CancellationToken cancellation)
    {
        using var alive = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var exited = WaitAsync(sandbox, alive, cancellation);
        var samples = SampleAsync(sandbox, alive.Token);
        await pump.RunAsync(alive.Token, cancellation);
        var exit = await exited;
        await samples;
        await RetryAsync(() => pump.DrainAsync(cancellation), cancellation);
        var end = new SandboxEnd(exit.IsOk ? exit.Value.Code : null, exit.IsOk && exit.Value.OutOfMemory);
        await TellAsync(() => session.EndedAsync(end, cancellation), cancellation);
        await RemoveAsync(sandbox, withWorkspace: false, cancellation);
        services.RemoveDirectory(sessionId);
    }

    /// <summary>Removes the sandbox, which is not the session's any more. The workspace stays where the session ended with it.</summary>
    private async Task DisownAsync(SquadError refusal, CancellationToken stopping)
    {
        LogDisowned(sessionId, refusal.Message);
        made.TrySetResult(null);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(stopping, abandoned.Token);
        if (await made.Task is { } sandbox)
            await RemoveAsync(sandbox, withWorkspace: refusal.Code == SessionErrors.AttemptOverCode, both.Token);
        services.RemoveDirectory(sessionId);
    }

    /// <summary>How the sandbox ended, or that it is gone. An engine that cannot tell now (its daemon restarts, and the sandbox goes on) is asked again.</summary>
    /// <param name="alive">Cancelled when it is known.</param>
    private async Task<Result<SandboxExit>> WaitAsync(SandboxRef sandbox, CancellationTokenSource alive, CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                var exit = await services.Engine.WaitAsync(sandbox, cancellation);
                if (exit.IsOk || exit.Error.Kind == ErrorKind.NotFound)
                    return exit;
                LogEngineAway(sessionId, exit.Error.Message);
                await Task.Delay(RetryEvery, services.Time, cancellation);
            }
        }
        finally
        {
            alive.Cancel();
        }
    }

    /// <summary>Removes the sandbox, however often the engine has to be asked.</summary>
    private async Task RemoveAsync(SandboxRef sandbox, bool withWorkspace, CancellationToken cancellation)
    {
        while (await services.Engine.RemoveAsync(sandbox, withWorkspace, cancellation) is { IsOk: false, Error: var error })
        {
            LogEngineAway(sessionId, error.Message);
            await Task.Delay(RetryEvery, services.Time, cancellation);
        }
    }

    /// <summary>Removes what earlier attempts of the session have left here.</summary>
    private async Task RemoveLeftoversAsync(CancellationToken cancellation)
    {
        while (await services.RemoveLeftoversAsync(sessionId) is { IsOk: false, Error: var error })
        {
            LogEngineAway(sessionId, error.Message);
            await Task.Delay(RetryEvery, services.Time, cancellation);
        }
    }

    private Task TellStartedAsync(SandboxRef sandbox, string image, CancellationToken cancellation) =>
        TellAsync(() => session.StartedAsync(new SandboxInfo(services.Engine.Name, sandbox.Id, image, services.Engine.Isolates), cancellation), cancellation);

    private async Task SampleAsync(SandboxRef sandbox, CancellationToken cancellation)
    {
        if (services.UsageEvery <= TimeSpan.Zero)
            return;
        using var timer = new PeriodicTimer(services.UsageEvery, services.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellation))
            {
                if (await services.Engine.StatsAsync(sandbox, cancellation) is { IsOk: true, Value: var stats })
                {
                    var disk = pump.Connection is { } connection ? await connection.DiskAsync(cancellation) : null;
                    await session.UsageAsync(new SandboxUsage(stats.CpuPercent, stats.MemoryBytes, stats.Pids, disk is { IsOk: true } ? disk.Value : null), cancellation);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Sampling ends with its sandbox.
        }
        catch (Exception e)
        {
            LogSamplingBroken(e, sessionId);
        }
    }

    private Task TellAsync(Func<Task> tell, CancellationToken cancellation) => RetryAsync(tell, cancellation);

    /// <summary>What must reach the log is tried until it does: a database that is full or away comes back.</summary>
    private async Task RetryAsync(Func<Task> act, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                await act();
                return;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogNotTold(e, sessionId);
            }

            await Task.Delay(RetryEvery, services.Time, cancellation);
        }
    }

    private async Task<Result> WithKeeper(Func<IKeeperConnection, Task<Result>> act) =>
        pump.Connection is { } connection ? await act(connection) : NodeErrors.EngineUnreachable;

    private async Task<Result> WithSandbox(Func<SandboxRef, Task<Result>> act) =>
        await made.Task is { } sandbox ? await act(sandbox) : NodeErrors.SandboxGone;

    [LoggerMessage(Level = LogLevel.Information, Message = "Session {Session}: sandbox {Sandbox} taken over, {Phase}")]
    private partial void LogAdopted(string session, string sandbox, SandboxPhase phase);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Session {Session}: its sandbox is not its own any more and is removed: {Reason}")]
    private partial void LogDisowned(string session, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Session {Session}: its sandbox engine does not answer; asking again: {Error}")]
    private partial void LogEngineAway(string session, string error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Session {Session}: stopping its sandbox failed: {Error}")]
    private partial void LogStopFailed(string session, string error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Session {Session}: something could not be told now; trying again")]
    private partial void LogNotTold(Exception exception, string session);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Session {Session}: sampling ended")]
    private partial void LogSamplingBroken(Exception exception, string session);

    [LoggerMessage(Level = LogLevel.Error, Message = "Session {Session}: its runner broke")]
    private partial void LogBroken(Exception exception, string session);
}
