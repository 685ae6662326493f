using Squad.Sessions;
using static Squad.Sessions.SessionState;

namespace Squad.Grains.Sessions;

/// <summary>What can happen to a session. Commands of people and news of its sandbox alike.</summary>
public enum SessionTrigger
{
    /// <summary>A node has room.</summary>
    Place,

    /// <summary>The sandbox runs, Keeper makes the workspace.</summary>
    SandboxStarted,

    /// <summary>The engine runs.</summary>
    EngineStarted,

    /// <summary>The engine waits for a person.</summary>
    InputAsked,

    /// <summary>A person types.</summary>
    Input,

    Pause,
    Resume,
    Stop,

    /// <summary>The engine, or the sandbox, ended with 0.</summary>
    EndedWell,

    /// <summary>The engine, or the sandbox, ended otherwise.</summary>
    EndedBadly,

    /// <summary>The sandbox could not be made.</summary>
    Fail,

    /// <summary>The sandbox is gone without a trace.</summary>
    Lose,

    /// <summary>The server restarted before a sandbox was made: place it again.</summary>
    Requeue,
}

/// <summary>What a trigger does in a state: moves to <see cref="To"/>; stays (<see cref="To"/> is the state itself); or is refused (null).</summary>
public readonly record struct Transition(SessionState From, SessionTrigger Trigger, SessionState? To)
{
    public bool IsRefused => To is null;

    public bool Moves => To is { } to && to != From;
}

/// <summary>
/// The state machine of a session: one table, a row a state, a column a trigger. A cell is a state to go to, the state itself (accepted, nothing changes), or absent (refused).
/// News that comes late (a sandbox that reports after its session has ended) is accepted without effect; a person's command that makes no sense is refused, so that the person is told.
/// </summary>
public static class SessionLifecycle
{
    private static readonly Dictionary<(SessionState, SessionTrigger), SessionState> Table = Build();

    /// <summary>Ended: no trigger leads out of it.</summary>
    public static bool IsFinal(SessionState state) => state is Stopped or Failed or Lost;

    /// <summary>A sandbox is being made or there.</summary>
    public static bool HasSandbox(SessionState state) => !IsFinal(state) && state != Queued;

    public static Transition Decide(SessionState state, SessionTrigger trigger) =>
        new(state, trigger, Table.TryGetValue((state, trigger), out var to) ? to : null);

    private static Dictionary<(SessionState, SessionTrigger), SessionState> Build()
    {
        var table = new Dictionary<(SessionState, SessionTrigger), SessionState>();
        void Row(SessionState from, params ReadOnlySpan<(SessionTrigger Trigger, SessionState To)> cells)
        {
            foreach (var (trigger, to) in cells)
                table.Add((from, trigger), to);
        }

        Row(Queued,
            (SessionTrigger.Place, Provisioning),
            (SessionTrigger.Stop, Stopped),
            (SessionTrigger.Fail, Failed),
            (SessionTrigger.Requeue, Queued));
        Row(Provisioning,
            (SessionTrigger.Place, Provisioning),
            (SessionTrigger.SandboxStarted, SettingUp),
            (SessionTrigger.EngineStarted, Running), // Keeper's news can overtake the node's
            (SessionTrigger.Stop, Stopping),
            (SessionTrigger.EndedWell, Stopped),
            (SessionTrigger.EndedBadly, Failed),
            (SessionTrigger.Fail, Failed),
            (SessionTrigger.Lose, Lost),
            (SessionTrigger.Requeue, Queued));
        Row(SettingUp,
            (SessionTrigger.Place, SettingUp),
            (SessionTrigger.SandboxStarted, SettingUp),
            (SessionTrigger.EngineStarted, Running),
            (SessionTrigger.Stop, Stopping),
            (SessionTrigger.EndedWell, Stopped),
            (SessionTrigger.EndedBadly, Failed),
            (SessionTrigger.Fail, Failed),
            (SessionTrigger.Lose, Lost));
        Row(Running,
            (SessionTrigger.Place, Running),
            (SessionTrigger.SandboxStarted, Running),
            (SessionTrigger.EngineStarted, Running),
            (SessionTrigger.InputAsked, NeedsInput),
            (SessionTrigger.Input, Running),
            (SessionTrigger.Pause, Paused),
            (SessionTrigger.Resume, Running),
            (SessionTrigger.Stop, Stopping),
            (SessionTrigger.EndedWell, Stopped),
            (SessionTrigger.EndedBadly, Failed),
            (SessionTrigger.Fail, Failed),
            (SessionTrigger.Lose, Lost));
        Row(NeedsInput,
            (SessionTrigger.Place, NeedsInput),
            (SessionTrigger.SandboxStarted, NeedsInput),
            (SessionTrigger.EngineStarted, NeedsInput),
            (SessionTrigger.InputAsked, NeedsInput),
            (SessionTrigger.Input, Running),
            (SessionTrigger.Pause, Paused),
            (SessionTrigger.Resume, NeedsInput),
            (SessionTrigger.Stop, Stopping),
            (SessionTrigger.EndedWell, Stopped),
            (SessionTrigger.EndedBadly, Failed),
            (SessionTrigger.Fail, Failed),
            (SessionTrigger.Lose, Lost));
        Row(Paused,
            (SessionTrigger.Place, Paused),
            (SessionTrigger.SandboxStarted, Paused),
            (SessionTrigger.EngineStarted, Paused), // printed before the freeze, read after it
            (SessionTrigger.InputAsked, Paused),
            (SessionTrigger.Pause, Paused),
            (SessionTrigger.Resume, Running),
            (SessionTrigger.Stop, Stopping),
            (SessionTrigger.EndedWell, Stopped),
            (SessionTrigger.EndedBadly, Failed),
            (SessionTrigger.Fail, Failed),
            (SessionTrigger.Lose, Lost));
        Row(Stopping,
            (SessionTrigger.Place, Stopping),
            (SessionTrigger.SandboxStarted, Stopping),
            (SessionTrigger.EngineStarted, Stopping),
            (SessionTrigger.InputAsked, Stopping),
            (SessionTrigger.Stop, Stopping),
            (SessionTrigger.EndedWell, Stopped),
            (SessionTrigger.EndedBadly, Stopped), // ended by the signal that was asked for
            (SessionTrigger.Fail, Stopped),
            (SessionTrigger.Lose, Stopped),
            (SessionTrigger.Requeue, Stopped));
        foreach (var final in (ReadOnlySpan<SessionState>)[Stopped, Failed, Lost])
        {
            Row(final,
                (SessionTrigger.Place, final),
                (SessionTrigger.SandboxStarted, final),
                (SessionTrigger.EngineStarted, final),
                (SessionTrigger.InputAsked, final),
                (SessionTrigger.Stop, final),
                (SessionTrigger.EndedWell, final),
                (SessionTrigger.EndedBadly, final),
                (SessionTrigger.Fail, final),
                (SessionTrigger.Lose, final),
                (SessionTrigger.Requeue, final));
        }

        return table;
    }
}
