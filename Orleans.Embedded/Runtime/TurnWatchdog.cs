namespace Orleans.Runtime;

/// <summary>
/// Warns of turns that do not end: a grain that blocks holds a thread of the pool and its own callers. Algorithm: it looks at each thread
/// every now and then; one that is in the turn it was in before is slow. It says so once, and again whenever the time has doubled.
/// </summary>
internal sealed class TurnWatchdog : IDisposable
{
    private readonly SiloRuntime _runtime;
    private readonly long _threshold;
    private readonly Dictionary<TurnThread, Turn> _seen = [];
    private readonly ITimer _timer;

    public TurnWatchdog(SiloRuntime runtime, TimeSpan threshold)
    {
        _runtime = runtime;
        _threshold = (long)threshold.TotalMilliseconds;
        // Two looks within the threshold: what is told as its length is the time between the first and the last look.
        var period = threshold / 2;
        _timer = runtime.Clock.Provider.CreateTimer(static state => ((TurnWatchdog)state!).Look(), this, period, period);
    }

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        lock (_seen)
        {
            var now = _runtime.Clock.Milliseconds;
            var threads = TurnThread.All();
            foreach (var gone in _seen.Keys.Except(threads).ToArray()) _seen.Remove(gone);
            foreach (var thread in threads) Look(thread, now);
        }
    }

    private void Look(TurnThread thread, long now)
    {
        var number = Volatile.Read(ref thread.Turns);
        if (Volatile.Read(ref thread.Queue) is not { } queue || queue.Runtime != _runtime)
        {
            _seen.Remove(thread);
            return;
        }
        if (!_seen.TryGetValue(thread, out var turn) || turn.Number != number || turn.Queue != queue)
        {
            _seen[thread] = new Turn(queue, number, now, _threshold);
            return;
        }
        var length = now - turn.Since;
        if (length < turn.TellAt) return;
        _seen[thread] = turn with { TellAt = length * 2 };
        RuntimeLog.TurnIsLong(_runtime.Logger, queue, queue.StartingNow?.ToString() ?? "what follows an await", TimeSpan.FromMilliseconds(length));
    }

    private sealed record Turn(TurnQueue Queue, int Number, long Since, long TellAt);
}
