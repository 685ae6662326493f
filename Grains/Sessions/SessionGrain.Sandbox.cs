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

    public async Task SandboxStarted(SandboxInfo sandbox)
    {
        if (!Session.Exists)
            return;
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
    }

    public Task SandboxFailed(SquadError error) =>
        EndWithoutSandboxAsync(SessionTrigger.Fail, new SessionReason(error.Code, error.Message));

    public Task<long> Mark() => Task.FromResult(Math.Min(Session.TakenMark, events.Mark));

    public async Task<long> Append(KeeperEvents batch)
    {
        if (!Session.Exists)
            return batch.First + batch.Count - 1; // deleted meanwhile: nobody will read them
        await TellAsync();
        await events.AppendNumberedAsync(batch.First, batch.Count, batch.Lines);
        foreach (var signal in batch.Signals)
        {
            if (signal.Number <= Session.TakenMark || signal.Number > events.Mark)
                continue;
            taking = signal.Number;
            try
            {
                await TakeAsync(signal);
            }
            finally
            {
                taking = 0;
            }

            Session.TakenMark = signal.Number;
        }

        // Where the log is ahead of what was taken (a crash came between), each batch comes again and is taken up to its own end.
        return Session.TakenMark = Math.Max(Session.TakenMark, Math.Min(events.Mark, batch.First + batch.Count - 1));
    }

    public async Task Usage(SandboxUsage usage)
    {
        if (!Session.Exists || !SessionLifecycle.HasSandbox(Session.State))
            return;
        await TellAsync();
        await events.AppendAsync("usage", data =>
        {
            data.WriteNumber("cpuPercent", Math.Round(usage.CpuPercent, 1));
            data.WriteNumber("memoryBytes", usage.MemoryBytes);
            if (usage.DiskBytes is { } disk)
                data.WriteNumber("diskBytes", disk);
            data.WriteNumber("pids", usage.Pids);
        });
    }

    public async Task SandboxEnded(SandboxEnd end)
    {
        if (!Session.Exists)
            return;
        if (!SessionLifecycle.IsFinal(Session.State))
            await EndAsync(end.Code, SandboxReason(end));
        sandboxGone = true;
        await NowOrLaterAsync();
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
        else if (Session.Id.Length == 0 || Session.Settled)
        {
            await Scheduler.Release(Id);
        }
        else if (forGood && Session.Node == node)
        {
            nodeGone = true;
            await EndWithoutSandboxAsync(SessionTrigger.Lose, new SessionReason("node.lost", $"Node '{node}' left the cluster with its sandbox and did not come back."));
        }
    }

    public async Task Recover(string node)
    {
        if (Session.Node != node || Session.Deleting)
        {
            await NowOrLaterAsync();
        }
        else if (IsWithoutSandbox)
        {
            await LineUpAgainAsync();
        }
        else
        {
            await EndWithoutSandboxAsync(SessionTrigger.Lose, new SessionReason("sandbox.lost", $"Its sandbox was not found on node '{node}' after a restart."));
        }
    }

    /// <summary>Nobody has heard of its sandbox. One whose Keeper has told something was there, also where its node has not said so yet: another one would number its events anew.</summary>
    private bool IsWithoutSandbox => Session is { Exists: true, State: SessionState.Provisioning } && events.Mark == 0;

    /// <summary>Gives back the place that went with the node, or the process, which was making the sandbox, and asks for another.</summary>
    private async Task LineUpAgainAsync()
    {
        await Scheduler.Release(Id);
        await MoveAsync(SessionTrigger.Requeue);
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
