namespace Orleans.Tests;

/// <summary>
/// A clock that stands still until it is advanced; timers fire in order, on the advancing thread. As on a real clock they are a little late: one that waits, as
/// Task.Delay does, for whole milliseconds and had a fraction more to wait would otherwise look at a clock that stands just before its time for ever.
/// </summary>
internal sealed class ManualTime : TimeProvider
{
    private static readonly TimeSpan Lateness = TimeSpan.FromMilliseconds(1);

    // It adds up from one advance to the next.
    private static readonly TimeSpan LatenessMax = TimeSpan.FromMilliseconds(10);

    private readonly List<Timer> _timers = [];
    private readonly Lock _lock = new();
    private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private TaskCompletionSource _armed = NewSignal();

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;
    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock) return _now;
    }

    public override long GetTimestamp() => GetUtcNow().Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    public void Advance(TimeSpan by)
    {
        var end = GetUtcNow() + by;
        while (true)
        {
            Timer? next;
            lock (_lock)
            {
                next = _timers.Where(timer => timer.Due <= end).MinBy(timer => timer.Due);
                if (next is null)
                {
                    if (end > _now) _now = end;
                    return;
                }
                if (next.Due + Lateness > _now) _now = next.Due + Lateness;
                next.Rearm();
            }
            next.Fire();
        }
    }

    /// <summary>Completes when so many timers are armed that are due in just this time from now, or from where the clock should stand if it were not late.</summary>
    public Task WhenDueIn(TimeSpan time, int count = 1) => WhenArmed(due => due <= time && due >= time - LatenessMax, count);

    private async Task WhenArmed(Func<TimeSpan, bool> isDue, int count)
    {
        while (true)
        {
            Task armed;
            lock (_lock)
            {
                if (_timers.Count(timer => isDue(timer.Due - _now)) >= count) return;
                armed = _armed.Task;
            }
            await armed.WaitAsync(TimeSpan.FromSeconds(20), System);
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed class Timer(ManualTime time, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period;

        public DateTimeOffset Due { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._lock)
            {
                time._timers.Remove(this);
                _period = period;
                if (dueTime == Timeout.InfiniteTimeSpan) return true;
                Due = time._now + dueTime;
                time._timers.Add(this);
                time._armed.TrySetResult();
                time._armed = NewSignal();
            }
            return true;
        }

        public void Rearm()
        {
            if (_period > TimeSpan.Zero) Due += _period;
            else time._timers.Remove(this);
        }

        public void Fire() => callback(state);

        public void Dispose()
        {
            lock (time._lock) time._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
