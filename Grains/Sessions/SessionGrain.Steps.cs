using System.Text.Json;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Runtime;
using Squad.Cluster;
using Squad.Grains.State;
using Squad.Sessions;

namespace Squad.Grains.Sessions;

/// <summary>
/// How the session takes a step: the row first, which is the step; then the log, the board, the scheduler are told. What cannot be told now is told later, in order.
/// </summary>
public sealed partial class SessionGrain
{
    private static readonly TimeSpan LaterEvery = TimeSpan.FromSeconds(2);

    private IGrainTimer? later;
    private bool boardIsBehind;
    private string? owesPlacesOf;
    private bool owesStop;

    /// <summary>Keeper's number of the event that is being taken.</summary>
    private long taking;

    /// <summary>Takes the step that the trigger leads to. Throws when the row cannot be written; then nothing has changed.</summary>
    private async Task MoveAsync(SessionTrigger trigger, SessionReason? reason = null, bool always = false)
    {
        var transition = SessionLifecycle.Decide(Session.State, trigger);
        if (transition.IsRefused)
        {
            LogRefused(Id, transition.From, trigger);
            return;
        }

        await TellAsync();
        if (transition.Moves)
        {
            var to = transition.To!.Value;
            Session.State = to;
            // The first reason given for an end stays: 'stopped by its user' explains what follows from it.
            Session.Reason = to == SessionState.Running ? null : transition.From == SessionState.Stopping ? Session.Reason ?? reason : reason;
            Session.Untold = new SessionStep(transition.From, to, Session.Reason);
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

        await SaveAsync();
        if (!transition.Moves)
            return;
        LogMoved(Id, transition.From, transition.To!.Value, trigger);
        boardIsBehind = true;
        await TellOrLaterAsync();
        if (transition.From == SessionState.Queued && SessionLifecycle.IsFinal(Session.State))
            await GiveBackAsync(Session.OwnerId);
    }

    /// <summary>Writes the row, with how far log and Keeper's news are in it.</summary>
    private async Task SaveAsync()
    {
        await events.SettleAsync();
        Session.LastSeq = events.Last;
        Session.TakenMark = Math.Max(Session.TakenMark, taking);
        await record.SaveAsync();
    }

    /// <summary>Tells what the row has and log and board have not. Before any other event is appended, so that the log's order is that of the steps.</summary>
    private async Task TellAsync()
    {
        if (Session.Untold is { } step)
        {
            await events.SettleAsync();
            if (events.Last == Session.LastSeq)
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

    /// <summary>Returns the session's places in scheduler and quota; keeps trying when that fails.</summary>
    private async Task GiveBackAsync(string owner)
    {
        owesPlacesOf = owner;
        try
        {
            await Scheduler.Release(Id);
            await User(owner).Release(Id);
            owesPlacesOf = null;
        }
        catch (Exception e)
        {
            LogLater(e, Id);
            Later();
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
        await RunAsync();
    }

    private Task RunAsync() => NodeOf(Session).Run(new RunSandbox(
        Id, Session.Repo, Session.BaseBranch, Session.Branch, Session.Owner, Session.Command, Session.Mode, Session.Prompt,
        environment.Unprotect(Session.ProtectedEnvironment), Session.Image, Session.Limits));

    private void Later() => later ??= this.RegisterGrainTimer(NowOrLaterAsync, new GrainTimerCreationOptions(LaterEvery, LaterEvery) { KeepAlive = true });

    /// <summary>Does what is owed; what fails is tried again by the timer, which ends when nothing is owed any more.</summary>
    private async Task NowOrLaterAsync()
    {
        try
        {
            if (Session.Exists)
            {
                await TellAsync();
                if (Session.State == SessionState.Queued)
                    await PlaceAsync();
                owesStop &= Session.State == SessionState.Stopping;
                if (owesStop)
                    await NodeOf(Session).Stop(Id, options.Value.StopGrace);
                owesStop = false;
            }

            if (owesPlacesOf is { } owner)
            {
                await Scheduler.Release(Id);
                await User(owner).Release(Id);
                owesPlacesOf = null;
            }

            later?.Dispose();
            later = null;
        }
        catch (Exception e)
        {
            LogLater(e, Id);
            Later();
        }
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

    [LoggerMessage(Level = LogLevel.Warning, Message = "Session {Session}: something could not be done now and is tried again")]
    private partial void LogLater(Exception exception, string session);
}
