using System.Text.Json;
using Microsoft.Extensions.Logging;
using Squad.Cluster;
using Squad.Sessions;

namespace Squad.Grains.Sessions;

/// <summary>What the scheduler and the node tell the session.</summary>
public sealed partial class SessionGrain
{
    public async Task Placed(string node)
    {
        // The news may be old: what counts is the place that the scheduler says it has.
        if (Session.Exists && !SessionLifecycle.IsFinal(Session.State))
            await NowOrLaterAsync();
        else
            await Scheduler.Release(Id); // it ended while the grant was on its way
    }

    public async Task<Result> SandboxStarted(SandboxInfo sandbox, SandboxAttempt attempt)
    {
        if (await RefuseAsync(attempt) is { } refusal)
            return refusal;
        if (!Session.Exists)
            return Result.Ok;
        await MoveAsync(SessionTrigger.SandboxStarted, change: () =>
        {
            // A node that takes a sandbox over does not know its image any more.
            Session.Sandbox = sandbox.Image.Length == 0 && Session.Sandbox is { } known ? sandbox with { Image = known.Image } : sandbox;
            Session.ProtectedEnvironment = null;
            Session.StartedAt ??= time.GetUtcNow();
        });
        // A node that takes a sandbox over does not know either that it was to stop it; and an order that came late made one for nobody.
        ordered = false;
        if (SessionLifecycle.IsFinal(Session.State))
            await NodeOf(Session).Stop(Id, options.Value.StopGrace);
        await NowOrLaterAsync();
        return Result.Ok;
    }

    public async Task<Result> SandboxFailed(SquadError error, SandboxAttempt attempt)
    {
        if (await RefuseAsync(attempt) is { } refusal)
            return refusal;
        await EndWithoutSandboxAsync(SessionTrigger.Fail, new SessionReason(error.Code, error.Message));
        return Result.Ok;
    }

    public async Task<Result<long>> Mark(SandboxAttempt attempt)
    {
        if (await RefuseAsync(attempt) is { } refusal)
            return refusal;
        return Math.Min(Session.TakenMark, events.Mark) - Session.MarkBefore;
    }

    public async Task<Result<long>> Append(KeeperEvents batch, SandboxAttempt attempt)
    {
        if (await RefuseAsync(attempt) is { } refusal)
            return refusal;
        var last = batch.First + batch.Count - 1;
        if (!Session.Exists)
            return last; // deleted meanwhile: nobody will read them
        await TellAsync();
        var before = Session.MarkBefore;
        await events.AppendNumberedAsync(before + batch.First, batch.Count, batch.Lines);
        foreach (var signal in batch.Signals)
        {
            var mark = before + signal.Number;
            if (mark <= Session.TakenMark || mark > events.Mark)
                continue;
            taking = mark;
            try
            {
                await TakeAsync(signal);
            }
            finally
            {
                taking = 0;
            }

            Session.TakenMark = mark;
        }

        // Where the log is ahead of what was taken (a crash came between), each batch comes again and is taken up to its own end.
        Session.TakenMark = Math.Max(Session.TakenMark, Math.Min(events.Mark, before + last));
        return Session.TakenMark - before;
    }

    public async Task<Result> Usage(SandboxUsage usage, SandboxAttempt attempt)
    {
        if (await RefuseAsync(attempt) is { } refusal)
            return refusal;
        if (!Session.Exists || !SessionLifecycle.HasSandbox(Session.State))
            return Result.Ok;
        await TellAsync();
        await events.AppendAsync("usage", data =>
        {
            data.WriteNumber("cpuPercent", Math.Round(usage.CpuPercent, 1));
            data.WriteNumber("memoryBytes", usage.MemoryBytes);
            if (usage.DiskBytes is { } disk)
                data.WriteNumber("diskBytes", disk);
            data.WriteNumber("pids", usage.Pids);
        });
        return Result.Ok;
    }

    public async Task<Result> SandboxEnded(SandboxEnd end, SandboxAttempt attempt)
    {
        if (await RefuseAsync(attempt) is { } refusal)
            return refusal;
        if (!Session.Exists)
            return Result.Ok;
        if (!SessionLifecycle.IsFinal(Session.State))
            await EndAsync(end.Code, SandboxReason(end));
        sandboxGone = true;
        await NowOrLaterAsync();
        return Result.Ok;
    }

    public async Task NodeLeft(string node, bool forGood)
    {
        if (Session is { Exists: true, State: SessionState.Queued })
        {
            await NowOrLaterAsync();
        }
        else if (Session.Node == node && IsWithoutSandbox)
        {
            // The news may be old, and the node be back and at work.
            if (await OnNodeAsync(there => there.Run(Command())) is { Error.Code: SessionErrors.NodeAwayCode })
                await LineUpAgainAsync();
        }
        else if (Session.Id.Length == 0 || (Session.Settled && !Session.Deleting))
        {
            await Scheduler.Release(Id);
        }
        else if (forGood && Session.Node == node)
        {
            nodeGone = true;
            await EndWithoutSandboxAsync(SessionTrigger.Lose, new SessionReason("node.lost", $"Node '{node}' left the cluster with its sandbox and did not come back."));
        }
    }

    public async Task Recover(SandboxAttempt attempt)
    {
        if (!IsOwn(attempt) || Session.Deleting)
        {
            await NowOrLaterAsync();
        }
        else if (IsWithoutSandbox)
        {
            await LineUpAgainAsync();
        }
        else
        {
            await EndWithoutSandboxAsync(SessionTrigger.Lose, new SessionReason("sandbox.lost", $"Its sandbox was not found on node '{attempt.Node}' after a restart."));
        }
    }

    /// <summary>Nobody has heard of its sandbox. One whose Keeper has told something was there, also where its node has not said so yet: another one would number its events anew.</summary>
    private bool IsWithoutSandbox => Session is { Exists: true, State: SessionState.Provisioning } && events.Mark == Session.MarkBefore;

    /// <summary>Gives up the attempt, gives back the place that went with the node, or the process, which was making the sandbox, and asks for another.</summary>
    private async Task LineUpAgainAsync()
    {
        await MoveAsync(SessionTrigger.Requeue);
        misplaced = true;
        await NowOrLaterAsync();
    }

    private async Task TakeAsync(KeeperNews news)
    {
        using var json = JsonDocument.Parse(news.Data);
        var data = json.RootElement;
        switch (news.Type)
        {
            case "engine.started":
                await MoveAsync(SessionTrigger.EngineStarted);
                break;
            case "approval.asked":
                await MoveAsync(SessionTrigger.InputAsked);
                break;
            case "diff.changed":
                var diff = new DiffStat(data.GetProperty("added").GetInt32(), data.GetProperty("removed").GetInt32(), data.GetProperty("files").GetInt32());
                if (diff == Session.Diff)
                    break;
                await TellAsync(); // a row is written only when the log has the step before
                await events.SettleAsync();
                Session.Diff = diff;
                // Lists and boards show it too; it comes every few seconds at most.
                await SaveAsync();
                boardIsBehind = true;
                await TellOrLaterAsync();
                break;
            case "error" when data.GetProperty("code").ValueEquals("journal.diskFull"):
                break; // passes by itself, and explains no end
            case "error" when !SessionLifecycle.IsFinal(Session.State):
                // What Keeper says of its trouble explains the end that follows better than the exit code does.
                Session.Reason = new SessionReason(data.GetProperty("code").GetString()!, data.GetProperty("message").GetString()!);
                break;
            case "engine.exited":
                var code = data.GetProperty("code").GetInt32();
                await EndAsync(code, Session.Reason ?? EngineReason(code));
                break;
        }
    }

    private Task EndAsync(int? code, SessionReason? reason)
    {
        var (trigger, why) = code switch
        {
            0 => (SessionTrigger.EndedWell, null),
            null when Session.Reason is null => (SessionTrigger.Lose, reason),
            _ => (SessionTrigger.EndedBadly, Session.Reason ?? reason),
        };
        return MoveAsync(trigger, why, () => Session.ExitCode ??= code);
    }

    /// <summary>Moves to the end that the trigger leads to, where there is no sandbox to wait for.</summary>
    private async Task EndWithoutSandboxAsync(SessionTrigger trigger, SessionReason reason)
    {
        if (Session.Exists)
            await MoveAsync(trigger, reason);
        sandboxGone = true;
        await NowOrLaterAsync();
    }

    private static SessionReason EngineReason(int code) => new("engine.exited", $"The engine exited with code {code}.");

    private static SessionReason SandboxReason(SandboxEnd end) => end switch
    {
        { OutOfMemory: true } => new("sandbox.outOfMemory", "The sandbox was killed because it reached its memory limit."),
        { Code: { } code } => new("sandbox.died", $"The sandbox ended with exit code {code}."),
        _ => new("sandbox.lost", "The sandbox is gone, and how it ended is not known."),
    };
}
