using Orleans.Runtime;

namespace Orleans.Timers;

/// <summary>
/// A grain's timer. It is the message of its own tick, so there is never more than one tick waiting or running.
/// Invariant: the system timer is armed only when no tick waits or runs.
/// </summary>
internal sealed class GrainTimer<TState> : Message, IGrainTimer
{
    private readonly Activation _activation;
    private readonly Func<TState, CancellationToken, Task> _callback;
    private readonly TState _state;
    private readonly GrainTimerCreationOptions _options;
    private readonly CancellationTokenSource _cancellation = new();
    private readonly ITimer _timer;
    private TimeSpan _period;
    private TimeSpan _dueAfterTick;
    private bool _ticking;
    private bool _changed;
    private bool _disposed;

    public GrainTimer(Activation activation, Func<TState, CancellationToken, Task> callback, TState state,
        GrainTimerCreationOptions options)
    {
        Check(options.DueTime, nameof(options.DueTime));
        Check(options.Period, nameof(options.Period));
        _activation = activation;
        _callback = callback;
        _state = state;
        _options = options;
        _period = options.Period;
        using (ExecutionContext.IsFlowSuppressed() ? default : ExecutionContext.SuppressFlow())
        {
            _timer = activation.Runtime.Clock.Provider.CreateTimer(
                static timer => ((GrainTimer<TState>)timer!).OnDue(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
        if (activation.AddTimer(this)) _timer.Change(options.DueTime, Timeout.InfiniteTimeSpan);
        else Dispose();
    }

    public override bool AlwaysInterleave => _options.Interleave;
    public override bool CountsAsUse => _options.KeepAlive;
    public override bool IsAbandoned => Volatile.Read(ref _disposed);

    public void Change(TimeSpan dueTime, TimeSpan period)
    {
        Check(dueTime, nameof(dueTime));
        Check(period, nameof(period));
        lock (_cancellation)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _period = period;
            _changed = _ticking;
            if (!_ticking) _timer.Change(dueTime, Timeout.InfiniteTimeSpan);
            else _dueAfterTick = dueTime;
        }
    }

    public void Dispose()
    {
        lock (_cancellation)
        {
            if (_disposed) return;
            _disposed = true;
        }
        _timer.Dispose();
        _activation.RemoveTimer(this);
        _cancellation.Cancel();
    }

    public override string ToString() => "a timer's tick";

    public override void Start(TurnQueue queue)
    {
        Task running;
        try
        {
            running = _callback(_state, _cancellation.Token) ?? Task.CompletedTask;
        }
        catch (Exception error)
        {
            running = Task.FromException(error);
        }
        if (running.IsCompleted) End(running);
        else running.GetAwaiter().UnsafeOnCompleted(() => End(running));
    }

    /// <summary>A timer ends with its activation.</summary>
    public override void Redirect(TurnQueue closed) => Dispose();
    public override void Fail(Exception error) => Dispose();

    private void OnDue()
    {
        lock (_cancellation)
        {
            if (_disposed || _ticking) return;
            _ticking = true;
        }
        if (!_activation.TryEnqueue(this)) Dispose();
    }

    private void End(Task tick)
    {
        _activation.Finished(this);
        if (tick.IsFaulted)
        {
            var error = tick.Exception!.InnerExceptions[0];
            RuntimeLog.TimerFailed(_activation.Runtime.Logger, _activation.GrainId, error);
            _activation.OnError(this, error);
        }
        lock (_cancellation)
        {
            _ticking = false;
            if (_disposed) return;
            _timer.Change(_changed ? _dueAfterTick : _period, Timeout.InfiniteTimeSpan);
            _changed = false;
        }
    }

    private static void Check(TimeSpan time, string name)
    {
        if (time < TimeSpan.Zero && time != Timeout.InfiniteTimeSpan)
            throw new ArgumentOutOfRangeException(name, time, "A time must not be negative.");
        if (time.TotalMilliseconds > uint.MaxValue - 2) throw new ArgumentOutOfRangeException(name, time, "The time is too long.");
    }
}
