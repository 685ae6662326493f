namespace Orleans.Simulation;

/// <summary>
/// The time of a simulation, in ticks since its start: it stands still while anything can happen. Algorithm: a heap of what is due, in order
/// of time and then of arming.
/// </summary>
internal sealed class VirtualClock(Simulation simulation)
{
    /// <summary>When simulations begin.</summary>
    public static readonly DateTimeOffset Epoch = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly PriorityQueue<Step, (long Due, long Number)> _due = new();
    private long _number;

    public long Now { get; private set; }
    public bool IsEmpty => _due.Count == 0;
    public DateTimeOffset GetUtcNow() => Epoch.AddTicks(Now);

    /// <summary>Makes a step ready after some time.</summary>
    public void After(TimeSpan delay, Step step) => _due.Enqueue(step, (Now + Math.Max(0, delay.Ticks), _number++));

    /// <summary>Makes ready what is due now.</summary>
    public void ReleaseDue()
    {
        while (_due.TryPeek(out _, out var next) && next.Due <= Now) simulation.Add(_due.Dequeue());
    }

    /// <summary>Jumps to the next moment at which something is due. False: there is none until the deadline.</summary>
    public bool Advance(long deadline)
    {
        while (_due.TryPeek(out var step, out var next))
        {
            if (IsStale(step))
            {
                _due.Dequeue();
                continue;
            }
            if (next.Due > deadline) return false;
            Now = next.Due;
            return true;
        }
        return false;
    }

    // A timer that was changed or disposed, or whose process died, must not move the clock.
    private static bool IsStale(in Step step) =>
        !step.Process.IsAlive || (step.Kind == StepKind.Timer && !((VirtualTimer)step.What).IsArmed((long)step.State!));
}

/// <summary>The clock as one process sees it; its timers die with the process.</summary>
internal sealed class ProcessTime(Simulation simulation, SimulatedProcess process) : TimeProvider
{
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;
    public override DateTimeOffset GetUtcNow() => simulation.Clock.GetUtcNow();
    public override long GetTimestamp() => simulation.Clock.Now;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        simulation.IsEscape("CreateTimer");
        var timer = new VirtualTimer(simulation, process, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }
}

/// <summary>A timer on the virtual clock. Each arming has a number, so that what was armed before is known to be void.</summary>
internal sealed class VirtualTimer(Simulation simulation, SimulatedProcess process, TimerCallback callback, object? state) : ITimer
{
    private readonly ExecutionContext? _context = ExecutionContext.Capture();
    private TimeSpan _period;
    private long _arming;
    private bool _armed;

    public bool IsArmed(long arming) => _armed && arming == _arming;

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        if (simulation.IsEscape("Timer.Change")) return false;
        _period = period;
        Arm(dueTime);
        return true;
    }

    public void Fire(long arming)
    {
        if (!IsArmed(arming)) return;
        Arm(_period > TimeSpan.Zero ? _period : Timeout.InfiniteTimeSpan);
        if (_context is null) callback(state);
        else ExecutionContext.Run(_context, static timer => ((VirtualTimer)timer!).Call(), this);
    }

    public void Dispose() => _armed = false;

    public ValueTask DisposeAsync()
    {
        Dispose();
        return default;
    }

    public override string ToString() => callback.Target?.GetType().Name ?? callback.Method.Name;

    private void Call() => callback(state);

    private void Arm(TimeSpan dueTime)
    {
        _arming++;
        _armed = dueTime != Timeout.InfiniteTimeSpan;
        if (_armed) simulation.Clock.After(dueTime, new Step(StepKind.Timer, process, this, _arming, 0));
    }
}
