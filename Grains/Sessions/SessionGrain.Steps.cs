using System.Text.Json;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Runtime;
using Squad.Cluster;
using Squad.Grains.Cluster;
using Squad.Grains.State;
using Squad.Sessions;

namespace Squad.Grains.Sessions;

/// <summary>
/// How the session takes a step: the row first, which is the step; then the log, the board, the scheduler are told. What cannot be told now is told later, in order.
/// </summary>
public sealed partial class SessionGrain
{
    private static readonly TimeSpan LaterEvery = TimeSpan.FromSeconds(2);

    /// <summary>A grant can be lost with the silo that sent it, so who waits asks again. The line is not left by that.</summary>
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromSeconds(30);

    private IGrainTimer? later;
    private bool boardIsBehind;

    /// <summary>The node has taken the order to make the sandbox, or to stop it.</summary>
    private bool ordered;

    /// <summary>Nothing of the session is on a node any more.</summary>
    private bool sandboxGone;

    /// <summary>Its node left the cluster for good, with all that was there.</summary>
    private bool nodeGone;

    /// <summary>It waits, and may still have the place that it had before.</summary>
    private bool misplaced;

    /// <summary>The log's mark of Keeper's event that is being taken.</summary>
    private long taking;

    /// <summary>Takes the step that the trigger leads to. Throws when the row cannot be written; then nothing has changed.</summary>
    /// <param name="change">What else changes in the row; given where the row is to be written also when the state stays.</param>
    private async Task MoveAsync(SessionTrigger trigger, SessionReason? reason = null, Action? change = null)
    {
        var transition = SessionLifecycle.Decide(Session.State, trigger);
        if (transition.IsRefused)
        {
            LogRefused(Id, transition.From, trigger);
            return;
        }

        await TellAsync();
        if (!transition.Moves && change is null)
            return;
        await events.SettleAsync(); // what can fail is before the first change of memory
        change?.Invoke();
        if (transition.Moves)
        {
            var to = transition.To!.Value;
            Session.State = to;
            // The first reason given for an end stays: 'stopped by its user' explains what follows from it.
            Session.Reason = to == SessionState.Running ? null : transition.From == SessionState.Stopping ? Session.Reason ?? reason : reason;
            Session.Untold = new SessionStep(transition.From, to, Session.Reason);
            if (to == SessionState.Queued)
                Session.Node = null;
            if (SessionLifecycle.IsFinal(to))
            {
                Session.EndedAt = time.GetUtcNow();
                Session.ProtectedEnvironment = null;
            }
        }

        await SaveAsync();
        if (!transition.Moves)
            return;
        LogMoved(Id, transition.From, transition.To!.Value, trigger);
        ordered = false;
        boardIsBehind = true;
        await TellOrLaterAsync();
    }

    /// <summary>Writes the row, with how far log and Keeper's news are in it. The log's end is known: nothing of memory was changed before that.</summary>
    private async Task SaveAsync()
    {
        Session.LastSeq = events.Last;
        Session.TakenMark = Math.Max(Session.TakenMark, taking);
        saving = true;
        try
        {
            await record.SaveAsync(this);
        }
        finally
        {
            saving = false;
        }
    }

    /// <summary>Tells what the row has and log and board have not. Before any other event is appended, so that the log's order is that of the steps.</summary>
    private async Task TellAsync()
    {
        if (Session.Untold is { } step)
        {
            await events.SettleAsync();
            // Others can be there only from an activation that was taken for dead and was not; it may also have told the step.
            if (events.Last == Session.LastSeq || !await events.ContainsAsync("session.state", Session.LastSeq))
                await events.AppendAsync("session.state", data => StateData(data, step));
            Session.Untold = null;
        }

        if (boardIsBehind)
        {
            await User(Session.OwnerId).SessionChanged(Info(), deleted: false);
            boardIsBehind = false;
        }
    }

    private async Task TellOrLaterAsync()
    {
        try
        {
            await TellAsync();
        }
        catch (Exception e)
        {
            LogLater(e, Id);
            Later();
        }
    }

    private async Task PlaceAsync()
    {
        if (misplaced)
        {
            await Scheduler.Release(Id);
            misplaced = false;
        }

        if (await Scheduler.Place(Id, Session.OwnerId) is { } node)
            await ProvisionAsync(node);
    }

    private async Task ProvisionAsync(string node)
    {
        await MoveAsync(SessionTrigger.Place, change: () => BeginAttempt(node));
        await OrderAsync();
    }

    /// <summary>Tells the node what it is to do for the session, until it has taken that.</summary>
    private async Task OrderAsync()
    {
        if (ordered)
            return;
        if (Session.State == SessionState.Provisioning)
        {
            ordered = (await NodeOf(Session).Run(Command())).IsOk;
        }
        else if (Session.State == SessionState.Stopping)
        {
            var taken = await NodeOf(Session).Stop(Id, options.Value.StopGrace);
            ordered = taken.IsOk;
            if (taken.Error?.Code != NodeErrors.EngineGoneCode)
                return;
            sandboxGone = true; // stopped before it was made
            await MoveAsync(SessionTrigger.Lose);
        }
    }

    private RunSandbox Command() => new(
        Id, Session.Repo, Session.BaseBranch, Session.Branch, Session.Owner, Session.Command, Session.Mode, Session.Prompt,
        environment.Unprotect(Session.ProtectedEnvironment), Session.Image, Session.Limits, Session.Attempt);

    /// <summary>Of an ended session: returns its places in scheduler and quota, and notes that all is done.</summary>
    private async Task SettleAsync()
    {
        await ReleaseAsync();
        await events.SettleAsync();
        Session.Settled = true;
        Session.Untold = null;
        await SaveAsync();
    }

    private async Task ReleaseAsync()
    {
        await Scheduler.Release(Id);
        await User(Session.OwnerId).Release(Id);
    }

    /// <summary>Removes what there is of the session, the row last: as long as it is there, all of this is tried again.</summary>
    private async Task<Result> RemoveAsync()
    {
        if (Session.Node is not null && !nodeGone && await OnNodeAsync(node => node.Remove(Id)) is { IsOk: false } kept)
            return kept;
        await ReleaseAsync();
        await events.DeleteAsync();
        await User(Session.OwnerId).SessionChanged(Info(), deleted: true);
        DeactivateOnIdle();
        await record.ClearStateAsync();
        record.State = new SessionRecord();
        boardIsBehind = false;
        LogDeleted(Id);
        return Result.Ok;
    }

    /// <summary>There is something that this activation must see to by itself.</summary>
    private bool HasUnfinished => Session.Deleting || (Session.Exists && (boardIsBehind || Session.Untold is not null || Session.State switch
    {
        SessionState.Queued => true,
        SessionState.Provisioning or SessionState.Stopping => !ordered,
        var state => SessionLifecycle.IsFinal(state) && !Session.Settled && (sandboxGone || Session.Node is null),
    }));

    private void Later(TimeSpan? every = null)
    {
        var period = every ?? LaterEvery;
        if (later is null)
            later = this.RegisterGrainTimer(NowOrLaterAsync, new GrainTimerCreationOptions(period, period) { KeepAlive = true });
        else
            later.Change(period, period);
    }

    /// <summary>Does what is to be done; what fails is tried again by the timer, which ends when nothing is left.</summary>
    private async Task NowOrLaterAsync()
    {
        try
        {
            await FinishAsync();
        }
        catch (Exception e)
        {
            LogLater(e, Id);
        }

        if (HasUnfinished)
        {
            Later(Session is { Exists: true, State: SessionState.Queued, Untold: null } && !boardIsBehind ? AskAgainAfter : LaterEvery);
        }
        else
        {
            later?.Dispose();
            later = null;
        }
    }

    private async Task FinishAsync()
    {
        if (Session.Deleting)
        {
            if (await RemoveAsync() is { IsOk: false, Error: var error })
                LogKept(Id, error.Message);
            return;
        }

        if (!Session.Exists)
            return;
        await TellAsync();
        if (Session.State == SessionState.Queued)
            await PlaceAsync();
        await OrderAsync();
        if (HasUnfinished && SessionLifecycle.IsFinal(Session.State))
            await SettleAsync();
    }

    private static void StateData(Utf8JsonWriter data, SessionStep step)
    {
        static string? Name(SessionState? state) => state is { } known ? JsonNamingPolicy.CamelCase.ConvertName(known.ToString()) : null;
        data.WriteString("from", Name(step.From));
        data.WriteString("to", Name(step.To));
        data.WritePropertyName("reason");
        JsonSerializer.Serialize(data, step.Reason, JsonSerializerOptions.Web);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Session {Session}: {From} -> {To} on {Trigger}")]
    private partial void LogMoved(string session, SessionState from, SessionState to, SessionTrigger trigger);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Session {Session} is {State} and cannot take {Trigger}")]
    private partial void LogRefused(string session, SessionState state, SessionTrigger trigger);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Session {Session}: what it has on its node cannot be removed now; trying again: {Error}")]
    private partial void LogKept(string session, string error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Session {Session}: something could not be done now and is tried again")]
    private partial void LogLater(Exception exception, string session);
}
