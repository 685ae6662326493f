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
        // A grant for a session that no longer waits (stopped meanwhile) is given back by whoever ended it.
        if (Session.Exists && Session.State == SessionState.Queued)
            await ProvisionAsync(node);
    }

    public async Task SandboxStarted(SandboxInfo sandbox)
    {
        if (!Session.Exists)
            return;
        // A node that takes a sandbox over does not know its image any more.
        Session.Sandbox = sandbox.Image.Length == 0 && Session.Sandbox is { } known ? sandbox with { Image = known.Image } : sandbox;
        Session.ProtectedEnvironment = null;
        Session.StartedAt ??= time.GetUtcNow();
        await MoveAsync(SessionTrigger.SandboxStarted, always: true);
    }

    public Task SandboxFailed(SquadError error) =>
        FailAsync(SessionTrigger.Fail, new SessionReason(error.Code, error.Message));

    public Task<long> Mark() => Task.FromResult(events.Mark);

    public async Task<long> Append(KeeperEvents batch)
    {
        if (!Session.Exists)
            return batch.First + batch.Count - 1; // deleted meanwhile: nobody will read them
        var before = events.Mark;
        await events.AppendNumberedAsync(batch.First, batch.Count, batch.Lines);
        foreach (var signal in batch.Signals)
        {
            if (signal.Number > before && signal.Number <= events.Mark)
                await TakeAsync(signal);
        }

        return events.Mark;
    }

    public Task Usage(SandboxUsage usage) =>
        Session.Exists && SessionLifecycle.HasSandbox(Session.State)
            ? events.AppendAsync("usage", data =>
            {
                data.WriteNumber("cpuPercent", Math.Round(usage.CpuPercent, 1));
                data.WriteNumber("memoryBytes", usage.MemoryBytes);
                data.WriteNumber("pids", usage.Pids);
            })
            : Task.CompletedTask;

    public async Task SandboxEnded(SandboxEnd end)
    {
        if (!Session.Exists)
            return;
        if (!SessionLifecycle.IsFinal(Session.State))
        {
            Session.ExitCode ??= end.Code;
            await EndAsync(end.Code, SandboxReason(end));
        }

        await GiveBackAsync();
    }

    public async Task Recover(bool sandboxFound)
    {
        if (!Session.Exists || sandboxFound)
            return;
        switch (Session.State)
        {
            case SessionState.Queued or SessionState.Provisioning:
                await Scheduler.Release(Id); // the place it had went with the process that was making its sandbox
                await MoveAsync(SessionTrigger.Requeue);
                await PlaceAsync();
                break;
            case var state when SessionLifecycle.IsFinal(state):
                await GiveBackAsync();
                break;
            default:
                await FailAsync(SessionTrigger.Lose, new SessionReason("sandbox.lost", $"Its sandbox was not found on node '{Session.Node}' after a restart."));
                break;
        }
    }

    private async Task PlaceAsync()
    {
        if (await Scheduler.Place(Id, Session.OwnerId) is { } node)
            await ProvisionAsync(node);
    }

    private async Task ProvisionAsync(string node)
    {
        Session.Node = node;
        await MoveAsync(SessionTrigger.Place);
        await NodeOf(Session).Run(new RunSandbox(
            Id, Session.Repo, Session.BaseBranch, Session.Branch, Session.Owner, Session.Command, Session.Mode, Session.Prompt,
            environment.Unprotect(Session.ProtectedEnvironment), Session.Image, Session.Limits));
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
                Session.Diff = new DiffStat(data.GetProperty("added").GetInt32(), data.GetProperty("removed").GetInt32(), data.GetProperty("files").GetInt32());
                // Lists and boards show it too; it comes every few seconds at most.
                Session.LastSeq = events.Last;
                await record.WriteStateAsync();
                await TellBoardAsync();
                break;
            case "error" when !SessionLifecycle.IsFinal(Session.State):
                // What Keeper says of its trouble explains the end that follows better than the exit code does.
                Session.Reason = new SessionReason(data.GetProperty("code").GetString()!, data.GetProperty("message").GetString()!);
                break;
            case "engine.exited":
                var code = data.GetProperty("code").GetInt32();
                Session.ExitCode = code;
                await EndAsync(code, Session.Reason ?? EngineReason(code));
                break;
        }
    }

    private Task EndAsync(int? code, SessionReason? reason) => code switch
    {
        0 => FailAsync(SessionTrigger.EndedWell, null),
        null when Session.Reason is null => FailAsync(SessionTrigger.Lose, reason),
        _ => FailAsync(SessionTrigger.EndedBadly, Session.Reason ?? reason),
    };

    /// <summary>Moves to the end that the trigger leads to, and gives back what a live session holds when there is no sandbox to wait for.</summary>
    private async Task FailAsync(SessionTrigger trigger, SessionReason? reason)
    {
        if (!Session.Exists)
            return;
        await MoveAsync(trigger, reason);
        if (trigger is SessionTrigger.Fail or SessionTrigger.Lose)
            await GiveBackAsync();
    }

    private async Task MoveAsync(SessionTrigger trigger, SessionReason? reason = null, bool always = false)
    {
        var transition = SessionLifecycle.Decide(Session.State, trigger);
        if (transition.IsRefused)
        {
            LogRefused(Id, transition.From, trigger);
            return;
        }

        if (transition.Moves)
        {
            var to = transition.To!.Value;
            Session.State = to;
            // The first reason given for an end stays: 'stopped by its user' explains what follows from it.
            Session.Reason = to == SessionState.Running ? null : transition.From == SessionState.Stopping ? Session.Reason ?? reason : reason;
            if (SessionLifecycle.IsFinal(to))
            {
                Session.EndedAt = time.GetUtcNow();
                Session.ProtectedEnvironment = null;
            }
        }
        else if (!always)
        {
            return;
        }

        Session.LastSeq = events.Last;
        await record.WriteStateAsync();
        if (!transition.Moves)
            return;
        await events.AppendAsync("session.state", data => StateData(data, transition.From, transition.To!.Value, Session.Reason));
        LogMoved(Id, transition.From, transition.To!.Value, trigger);
        await TellBoardAsync();
        if (transition.From == SessionState.Queued && SessionLifecycle.IsFinal(Session.State))
            await GiveBackAsync();
    }

    private async Task GiveBackAsync()
    {
        await Scheduler.Release(Id);
        await User(Session.OwnerId).Release(Id);
    }

    private Task TellBoardAsync() => User(Session.OwnerId).SessionChanged(Info(), deleted: false);

    private static SessionReason EngineReason(int code) => new("engine.exited", $"The engine exited with code {code}.");

    private static SessionReason SandboxReason(SandboxEnd end) => end switch
    {
        { OutOfMemory: true } => new("sandbox.outOfMemory", "The sandbox was killed because it reached its memory limit."),
        { Code: { } code } => new("sandbox.died", $"The sandbox ended with exit code {code}."),
        _ => new("sandbox.lost", "The sandbox is gone, and how it ended is not known."),
    };

    private static void StateData(Utf8JsonWriter data, SessionState? from, SessionState to, SessionReason? reason)
    {
        static string? Name(SessionState? state) => state is { } known ? JsonNamingPolicy.CamelCase.ConvertName(known.ToString()) : null;
        data.WriteString("from", Name(from));
        data.WriteString("to", Name(to));
        data.WritePropertyName("reason");
        JsonSerializer.Serialize(data, reason, JsonSerializerOptions.Web);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Session {Session}: {From} -> {To} on {Trigger}")]
    private partial void LogMoved(string session, SessionState from, SessionState to, SessionTrigger trigger);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Session {Session} is {State} and cannot take {Trigger}")]
    private partial void LogRefused(string session, SessionState state, SessionTrigger trigger);
}
