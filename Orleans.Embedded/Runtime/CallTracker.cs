using System.Collections.Concurrent;
using Orleans.Configuration;

namespace Orleans.Runtime;

/// <summary>
/// The calls that wait for an answer under one timeout, oldest first. Algorithm: doubly linked lists striped by thread, each
/// in order of sending, so a sweep looks only at the oldest. Invariant: a call is answered by the one whose Release succeeds.
/// </summary>
internal sealed class CallTracker : IDisposable
{
    private const int ExplainedAtOnce = 32;

    private readonly Stripe[] _stripes;
    private readonly RuntimeClock _clock;
    private readonly TimeSpan _timeout;
    private readonly bool _cancelOnTimeout;
    private readonly ITimer _sweeper;

    public CallTracker(RuntimeClock clock, TimeSpan timeout, bool cancelOnTimeout)
    {
        _clock = clock;
        _timeout = timeout;
        _cancelOnTimeout = cancelOnTimeout;
        _stripes = new Stripe[System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Environment.ProcessorCount * 2)];
        for (var i = 0; i < _stripes.Length; i++) _stripes[i] = new Stripe();
        var period = TimeSpan.FromMilliseconds(Math.Clamp(timeout.TotalMilliseconds / 8, 10, 1000));
        if (timeout == Timeout.InfiniteTimeSpan) period = Timeout.InfiniteTimeSpan;
        _sweeper = clock.Provider.CreateTimer(static state => ((CallTracker)state!).Sweep(), this, period, period);
    }

    public void Track(Call call)
    {
        var stripe = _stripes[Environment.CurrentManagedThreadId & (_stripes.Length - 1)];
        lock (stripe)
        {
            call.SentAt = _clock.Milliseconds;
            call.TrackedIn = stripe;
            call.TrackedBefore = stripe.Newest;
            if (stripe.Newest is null) stripe.Oldest = call;
            else stripe.Newest.TrackedAfter = call;
            stripe.Newest = call;
        }
    }

    /// <summary>Takes the call out. False: somebody else did.</summary>
    public static bool Release(Call call)
    {
        var stripe = call.TrackedIn;
        if (stripe is null) return false;
        lock (stripe) return stripe.Remove(call);
    }

    /// <summary>Answers every call that waits.</summary>
    public void FailAll(Func<Exception> error)
    {
        foreach (var stripe in _stripes)
        {
            while (stripe.TakeOldest(long.MaxValue) is { } call) call.Abandon(error(), cancelCallee: true);
        }
    }

    /// <summary>Answers the calls that another silo has and will not answer.</summary>
    public void FailTo(SiloRuntime silo, Func<Exception> error)
    {
        foreach (var stripe in _stripes)
        {
            foreach (var call in stripe.TakeSentTo(silo)) call.Abandon(error(), cancelCallee: false);
        }
    }

    public void Dispose() => _sweeper.Dispose();

    /// <summary>A call that a grain waits for the answer of, or null.</summary>
    public Call? FindSentBy(GrainId grainId)
    {
        foreach (var stripe in _stripes)
        {
            if (stripe.FindSentBy(grainId) is { } call) return call;
        }
        return null;
    }

    private void Sweep()
    {
        var sentBefore = _clock.Milliseconds - (long)_timeout.TotalMilliseconds;
        var explained = 0;
        foreach (var stripe in _stripes)
        {
            // Where very many time out at once, looking for the reason of each would take longer than anybody waits.
            while (stripe.TakeOldest(sentBefore) is { } call)
                call.Abandon(call.TimedOut(_timeout, explain: explained++ < ExplainedAtOnce), _cancelOnTimeout);
        }
    }

    internal sealed class Stripe
    {
        public Call? Oldest;
        public Call? Newest;

        /// <summary>Under the lock.</summary>
        public bool Remove(Call call)
        {
            if (call.TrackedIn != this) return false;
            if (call.TrackedBefore is null) Oldest = call.TrackedAfter;
            else call.TrackedBefore.TrackedAfter = call.TrackedAfter;
            if (call.TrackedAfter is null) Newest = call.TrackedBefore;
            else call.TrackedAfter.TrackedBefore = call.TrackedBefore;
            call.TrackedBefore = call.TrackedAfter = null;
            call.TrackedIn = null;
            return true;
        }

        public Call? TakeOldest(long sentBefore)
        {
            lock (this)
            {
                if (Oldest is not { } call || call.SentAt > sentBefore) return null;
                Remove(call);
                return call;
            }
        }

        public Call? FindSentBy(GrainId grainId)
        {
            lock (this)
            {
                var call = Oldest;
                while (call is not null && call.SentBy != grainId) call = call.TrackedAfter;
                return call;
            }
        }

        public List<Call> TakeSentTo(SiloRuntime silo)
        {
            lock (this)
            {
                var taken = new List<Call>();
                for (var call = Oldest; call is not null; call = call.TrackedAfter)
                {
                    if (call.SentTo == silo) taken.Add(call);
                }
                foreach (var call in taken) Remove(call);
                return taken;
            }
        }
    }
}

/// <summary>The trackers of a silo, one for each timeout in use, and for what it does to the callee.</summary>
internal sealed class CallTrackers(RuntimeClock clock, MessagingOptions fromClients, MessagingOptions fromGrains) : IDisposable
{
    private readonly ConcurrentDictionary<(TimeSpan Timeout, bool CancelsCallee), CallTracker> _byTimeout = new();
    private CallTracker? _clients;
    private CallTracker? _grains;

    public CallTracker For(TimeSpan? timeout, bool fromGrain)
    {
        if (timeout is { } own) return Get(own, fromGrain ? fromGrains : fromClients);
        return fromGrain ? _grains ??= Get(fromGrains.ResponseTimeout, fromGrains) : _clients ??= Get(fromClients.ResponseTimeout, fromClients);
    }

    public void FailAll(Func<Exception> error)
    {
        foreach (var tracker in _byTimeout.Values) tracker.FailAll(error);
    }

    /// <summary>A call that a grain waits for the answer of, or null.</summary>
    public Call? FindSentBy(GrainId grainId)
    {
        foreach (var tracker in _byTimeout.Values)
        {
            if (tracker.FindSentBy(grainId) is { } call) return call;
        }
        return null;
    }

    public void FailTo(SiloRuntime silo, Func<Exception> error)
    {
        foreach (var tracker in _byTimeout.Values) tracker.FailTo(silo, error);
    }

    public void Dispose()
    {
        foreach (var tracker in _byTimeout.Values) tracker.Dispose();
    }

    private CallTracker Get(TimeSpan timeout, MessagingOptions options)
    {
        var key = (timeout, options.CancelRequestOnTimeout);
        if (_byTimeout.TryGetValue(key, out var tracker)) return tracker;
        lock (_byTimeout)
        {
            if (!_byTimeout.TryGetValue(key, out tracker))
                _byTimeout[key] = tracker = new CallTracker(clock, timeout, options.CancelRequestOnTimeout);
            return tracker;
        }
    }
}

/// <summary>Milliseconds on an arbitrary, monotonic scale: cheap for the system clock, exact for any other.</summary>
internal sealed class RuntimeClock(TimeProvider provider)
{
    private readonly bool _isSystem = ReferenceEquals(provider, TimeProvider.System);

    public TimeProvider Provider => provider;

    public long Milliseconds => _isSystem
        ? Environment.TickCount64
        : (long)(provider.GetTimestamp() * (1000.0 / provider.TimestampFrequency));
}
