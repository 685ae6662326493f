using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Runtime;
using Orleans.Streams;
using Squad.Cluster;
using Squad.Events;
using Squad.Grains.Events;
using Squad.Platform.Events;
using Squad.Sessions;
using Squad.Users;

namespace Squad.Grains.Sessions;

/// <summary>
/// The shell around <see cref="SessionLifecycle"/>: decide, persist, write to the log, tell the others. This file: what people ask.
/// Invariant: the state in the row is what the last <c>session.state</c> event in the log says, or one step ahead of it: that step is then in the row too, and is
/// told before any other event. So a write that fails at any point (a full disk, a crash) is either undone or completed later.
/// </summary>
[GrainType("session")]
public sealed partial class SessionGrain(
    [PersistentState("session")] IPersistentState<SessionRecord> record,
    IEventLog log,
    IDataProtectionProvider protection,
    IOptions<SessionOptions> options,
    TimeProvider time,
    ILogger<SessionGrain> logger) : Grain, ISessionGrain
{
    private readonly EnvironmentProtector environment = new(protection);
    private EventStreamWriter events = null!;
    private bool starting;
    private bool saving;

    private string Id => this.GetPrimaryKeyString();

    private SessionRecord Session => record.State;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var announcements = this.GetStreamProvider(EventStreams.Provider).GetStream<EventsAppended>(StreamId.Create("session", Id));
        events = new EventStreamWriter(EventStreams.Session(Id), log, announcements, time, logger, LogReadAsync);
        await events.LoadAsync();
        if (!Session.Settled)
            LookAgainLater();
        if (HasUnfinished)
            Later();
    }

    public Task<SessionInfo?> Get() => Task.FromResult(Session.Exists ? Info() : null);

    /// <summary>While the row is being written, its end in memory may yet be undone.</summary>
    public Task<bool> NeedsPlace() => Task.FromResult(starting || saving || (Session.Id.Length > 0 && !SessionLifecycle.IsFinal(Session.State)));

    public async Task<Result<SessionInfo>> Start(StartSession command)
    {
        if (Session.Exists)
            return command.RequestDigest is { } digest && digest == Session.RequestDigest ? Info() : SessionErrors.Exists(Id);
        if (Session.Deleting)
            return SessionErrors.Exists(Id);
        starting = true;
        try
        {
            return await BeginAsync(command);
        }
        finally
        {
            starting = false;
        }
    }

    private async Task<Result<SessionInfo>> BeginAsync(StartSession command)
    {
        var admitted = await User(command.OwnerId).Admit(Id);
        if (!admitted.IsOk)
            return admitted.Error;

        await events.SettleAsync();
        record.State = new SessionRecord
        {
            Id = Id,
            OwnerId = command.OwnerId,
            Owner = command.Owner,
            Repo = command.Repo,
            Title = command.Title,
            BaseBranch = command.Base,
            Branch = SessionBranch.NameOf(command.Title, Id),
            Profile = command.Profile,
            Command = command.Command,
            Mode = command.Mode,
            Prompt = command.Prompt,
            ProtectedEnvironment = environment.Protect(command.Environment),
            Image = command.Image,
            Limits = command.Limits,
            RequestDigest = command.RequestDigest,
            State = SessionState.Queued,
            Untold = new SessionStep(null, SessionState.Queued, null),
            CreatedAt = time.GetUtcNow(),
        };
        // Where this fails the place stays taken until it is needed: to return it now could meet the place of a second try.
        await SaveAsync();

        // From here on the session exists: whatever fails is tried again, and not the caller's to repeat.
        LogStarted(Id, command.Repo);
        await NowOrLaterAsync();
        if (Session.State == SessionState.Queued)
        {
            boardIsBehind = true;
            await TellOrLaterAsync();
        }

        return Info();
    }

    public async Task<Result> Input(SessionInput input)
    {
        if (Refuse(SessionTrigger.Input) is { } refusal)
            return refusal;
        var typed = await OnNodeAsync(node => node.Input(Id, input.Text, input.Enter));
        if (!typed.IsOk)
            return typed;
        await TellAsync();
        await events.AppendAsync("input", data =>
        {
            data.WriteString("by", input.By);
            data.WriteString("text", input.Text);
        });
        await MoveAsync(SessionTrigger.Input);
        return Result.Ok;
    }

    public async Task<Result> Resize(int columns, int rows) =>
        Refuse(SessionTrigger.Input) is { } refusal ? refusal : await OnNodeAsync(node => node.Resize(Id, columns, rows));

    public async Task<Result> Stop()
    {
        if (Refuse(SessionTrigger.Stop) is { } refusal)
            return refusal;
        await MoveAsync(SessionTrigger.Stop, new SessionReason("session.stopped", "Stopped by its user."));
        await NowOrLaterAsync();
        return Result.Ok;
    }

    /// <summary>The row first: a sandbox that is frozen while nobody knows would never be let go on.</summary>
    public async Task<Result> Pause()
    {
        if (Refuse(SessionTrigger.Pause) is { } refusal)
            return refusal;
        if (!SessionLifecycle.Decide(Session.State, SessionTrigger.Pause).Moves)
            return Result.Ok;
        await MoveAsync(SessionTrigger.Pause);
        var frozen = await OnNodeAsync(node => node.Pause(Id));
        // It may be frozen although the answer says no; it goes on only when it has been told to.
        if (!frozen.IsOk && await OnNodeAsync(node => node.Resume(Id)) is { IsOk: true })
            await MoveAsync(SessionTrigger.Resume);
        return frozen;
    }

    public async Task<Result> Resume()
    {
        if (Refuse(SessionTrigger.Resume) is { } refusal)
            return refusal;
        if (!SessionLifecycle.Decide(Session.State, SessionTrigger.Resume).Moves)
            return Result.Ok;
        var done = await OnNodeAsync(node => node.Resume(Id));
        if (done.IsOk)
            await MoveAsync(SessionTrigger.Resume);
        return done;
    }

    public async Task<Result> Delete()
    {
        if (!Session.Exists)
            return SessionErrors.NotFound(Id);
        await events.SettleAsync();
        Session.Deleting = true;
        await SaveAsync();
        var removed = Result.Ok;
        try
        {
            removed = await RemoveAsync();
        }
        catch (Exception e)
        {
            LogLater(e, Id);
        }

        if (HasUnfinished)
            Later();
        return removed;
    }

    /// <summary>Asks the session's node. Error: <c>node.away</c>.</summary>
    private async Task<Result> OnNodeAsync(Func<INodeGrain, Task<Result>> ask)
    {
        try
        {
            return await ask(NodeOf(Session));
        }
        catch (OrleansMessageRejectionException e)
        {
            LogNodeAway(e, Id, Session.Node!);
            return SessionErrors.NodeAway(Session.Node!);
        }
    }

    private SquadError? Refuse(SessionTrigger trigger)
    {
        if (!Session.Exists)
            return SessionErrors.NotFound(Id);
        return SessionLifecycle.Decide(Session.State, trigger).IsRefused ? SessionErrors.State(Session.State, trigger) : null;
    }

    private SessionInfo Info() => Session.ToInfo(events.Last);

    private IUserGrain User(string id) => GrainFactory.GetGrain<IUserGrain>(id);

    private ISchedulerGrain Scheduler => GrainFactory.GetGrain<ISchedulerGrain>("default");

    private INodeGrain NodeOf(SessionRecord session) => GrainFactory.GetGrain<INodeGrain>(session.Node!);

    [LoggerMessage(Level = LogLevel.Information, Message = "Session {Session} of {Repo} started")]
    private partial void LogStarted(string session, string repo);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Session {Session}: its node {Node} cannot be asked")]
    private partial void LogNodeAway(Exception exception, string session, string node);

    [LoggerMessage(Level = LogLevel.Information, Message = "Session {Session} deleted")]
    private partial void LogDeleted(string session);
}
