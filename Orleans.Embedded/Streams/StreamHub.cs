using Orleans.Providers.Streams.Common;
using Orleans.Runtime;

namespace Orleans.Streams;

/// <summary>The end of a stream, or its failure, as an entry of its log.</summary>
internal sealed record StreamEnd(Exception? Error);

/// <summary>
/// One stream: a ring of its last entries, and its subscriptions. An entry is an array of items or a <see cref="StreamEnd"/>, and its
/// number is its sequence number. Numbers start at the clock, so that a token of an earlier life is known to be old.
/// Invariants, under the hub's lock: entries are numbered without a gap from _first to Next - 1; never more than the cache
/// size are kept; entries that every subscription has read are kept up to <see cref="KeptWhenRead"/>, for those who come back
/// with a token.
/// </summary>
internal sealed class StreamHub
{
    private const int KeptWhenRead = 64;

    private readonly List<StreamSubscription> _subscriptions = [];
    private MemoryStreamProvider _provider;
    private object[] _ring = new object[8];
    private int _count;
    private long _first;
    private long _lastUsed;

    public StreamHub(MemoryStreamProvider provider, StreamId streamId)
    {
        _provider = provider;
        StreamId = streamId;
        _first = provider.Runtime.Clock.Provider.GetUtcNow().Ticks;
        _lastUsed = provider.Runtime.Clock.Milliseconds;
        foreach (var (id, owner) in provider.Implicit.Of(streamId, provider.Name))
            _subscriptions.Add(new StreamSubscription(this, owner, id, isImplicit: true) { Position = _first });
        foreach (var subscription in _subscriptions) subscription.ServeFrom(provider.Runtime);
    }

    public StreamId StreamId { get; }

    /// <summary>The owner's.</summary>
    public MemoryStreamProvider Provider => _provider;
    public bool IsDropped { get; private set; }
    private long Next => _first + _count;

    public void Append(object entry)
    {
        if (_subscriptions.Count == 0 && entry is StreamEnd) return;
        if (_count == _ring.Length) Grow();
        _ring[(Next) & (_ring.Length - 1)] = entry;
        _count++;
        Trim();
        _lastUsed = _provider.Runtime.Clock.Milliseconds;
        foreach (var subscription in _subscriptions) subscription.Wake();
    }

    public IEnumerable<StreamSubscription> SubscriptionsOf(GrainId? owner) => _subscriptions.Where(s => s.Owner == owner);

    /// <summary>Subscribes anew; a grain that is subscribed implicitly attaches to that subscription.</summary>
    public StreamSubscription Subscribe(SiloRuntime home, Activation? owner, StreamConsumer consumer, StreamSequenceToken? token)
    {
        var subscription = _subscriptions.Find(s => s.IsImplicit && s.Owner == owner?.GrainId);
        if (subscription is null)
        {
            subscription = new StreamSubscription(this, owner?.GrainId, _provider.Runtime.NewGuid(), isImplicit: false) { Position = Next };
            subscription.ServeFrom(_provider.Runtime);
            _subscriptions.Add(subscription);
        }
        Attach(subscription, home, owner, consumer, token);
        return subscription;
    }

    public void Resume(StreamSubscription subscription, SiloRuntime home, Activation? owner, StreamConsumer consumer, StreamSequenceToken? token)
    {
        // An implicit subscription may have come back as another object since the handle was made.
        var present = _subscriptions.Find(s => s.Id == subscription.Id)
            ?? throw new InvalidOperationException($"Subscription {subscription.Id} to {StreamId} has ended: subscribe anew.");
        Attach(present, home, owner, consumer, token);
    }

    /// <summary>Ends a subscription; an implicit one only loses its observer.</summary>
    public void Unsubscribe(StreamSubscription subscription)
    {
        if (subscription.IsImplicit)
        {
            _subscriptions.Find(s => s.Id == subscription.Id)!.Detach();
            return;
        }
        subscription.HasEnded = true;
        _subscriptions.Remove(subscription);
        _lastUsed = _provider.Runtime.Clock.Milliseconds;
        Trim();
    }

    /// <summary>Ends a subscription whose consumer is gone.</summary>
    public void End(StreamSubscription subscription)
    {
        lock (this) Unsubscribe(subscription);
    }

    /// <summary>
    /// Ends the hub if nobody subscribes and nothing was appended for a while. Implicit subscriptions come back with it, so they
    /// hold it only while they have something to deliver or an activation to deliver it to.
    /// </summary>
    public void DropIfUnused(long lastUsedBefore)
    {
        lock (this)
        {
            if (_lastUsed > lastUsedBefore || _subscriptions.Exists(s => !s.IsImplicit || s.IsPumping || s.IsAttached)) return;
            IsDropped = true;
            _provider.Forget(this);
        }
    }

    /// <summary>
    /// A silo is gone. What was its code's own subscription ends. Was it the owner, another takes over: with the items, or after a crash
    /// without, and then numbers go on where no earlier one was.
    /// </summary>
    public void Leave(SiloRuntime gone, bool gracefully, Func<StreamId, MemoryStreamProvider, MemoryStreamProvider> ownerOf)
    {
        lock (this)
        {
            foreach (var subscription in _subscriptions.FindAll(s => s.Owner is null && s.Home == gone)) Unsubscribe(subscription);
            if (_provider.Runtime != gone) return;
            _provider = ownerOf(StreamId, _provider);
            if (!gracefully)
            {
                _first = Math.Max(Next, _provider.Runtime.Clock.Provider.GetUtcNow().Ticks);
                _count = 0;
                Array.Clear(_ring);
            }
            foreach (var subscription in _subscriptions)
            {
                if (!gracefully) subscription.Position = _first;
                if (subscription.Reading is { } reading) reading.IsOutOfDate = true;
                subscription.Reading = null;
                subscription.ServeFrom(_provider.Runtime);
                subscription.Wake();
            }
        }
    }

    /// <summary>
    /// The entries from a subscription's position on, at most so many. Null: there are none, and the subscription's pump has gone to rest, or
    /// another silo has its own.
    /// </summary>
    public StreamBatch? Read(StreamSubscription subscription, TurnQueue pump, int limit)
    {
        lock (this)
        {
            if (subscription.Pump != pump) return null;
            QueueCacheMissException? missed = null;
            var from = subscription.Position;
            if (from < _first)
            {
                missed = new QueueCacheMissException(Token(from), Token(_first), Token(Next));
                RuntimeLog.StreamConsumerTooSlow(_provider.Runtime.Logger, StreamId, subscription.Id, _first);
                from = subscription.Position = _first;
            }
            var count = (int)Math.Min(limit, Next - from);
            if (subscription.HasEnded || (count <= 0 && missed is null))
            {
                subscription.IsPumping = false;
                return null;
            }
            var entries = new object[count];
            for (var i = 0; i < count; i++) entries[i] = _ring[(from + i) & (_ring.Length - 1)];
            var skip = subscription.StartsAt is { } start && start.SequenceNumber == from ? start.EventIndex : 0;
            subscription.StartsAt = null;
            return subscription.Reading = new StreamBatch(from, entries, skip, missed);
        }
    }

    /// <summary>The subscription has dealt with a batch, unless it was moved meanwhile.</summary>
    public void Advance(StreamSubscription subscription, TurnQueue pump, StreamBatch batch)
    {
        lock (this)
        {
            if (subscription.Pump != pump) return;
            if (!batch.IsOutOfDate) subscription.Position = batch.Next;
            subscription.Reading = null;
            Trim();
        }
    }

    private static EventSequenceTokenV2 Token(long number) => new(number);

    private void Attach(StreamSubscription subscription, SiloRuntime home, Activation? owner, StreamConsumer consumer, StreamSequenceToken? token)
    {
        if (token is not null)
        {
            subscription.Position = Math.Min(token.SequenceNumber, Next);
            subscription.StartsAt = token;
            if (subscription.Reading is { } reading) reading.IsOutOfDate = true;
        }
        subscription.Attach(home, owner, consumer);
        subscription.Wake();
    }

    private void Trim()
    {
        while (_count > _provider.CacheSize) Evict();
        if (_count <= KeptWhenRead) return;
        var read = Next;
        foreach (var subscription in _subscriptions) read = Math.Min(read, subscription.Position);
        while (_count > KeptWhenRead && _first < read) Evict();
    }

    private void Evict()
    {
        _ring[_first & (_ring.Length - 1)] = null!;
        _first++;
        _count--;
    }

    private void Grow()
    {
        var grown = new object[_ring.Length * 2];
        for (var i = 0; i < _count; i++)
            grown[(_first + i) & (grown.Length - 1)] = _ring[(_first + i) & (_ring.Length - 1)];
        _ring = grown;
    }
}

/// <summary>Entries read for one subscription, and how far its consumer has come. Used by one pump.</summary>
internal sealed class StreamBatch(long first, object[] entries, int skip, QueueCacheMissException? missed)
{
    private volatile bool _isOutOfDate;

    public long First => first;

    /// <summary>The subscription was moved to a token and reads on from there. Set under the hub's lock.</summary>
    public bool IsOutOfDate
    {
        get => _isOutOfDate;
        set => _isOutOfDate = value;
    }

    public long Next => first + entries.Length;
    public QueueCacheMissException? Missed => missed;
    public int Entry { get; private set; }
    public int Item { get; private set; } = skip;
    public bool IsDone => Entry >= entries.Length || _isOutOfDate;
    public object Current => entries[Entry];
    public EventSequenceTokenV2 Token => new(first + Entry, Item);

    public void NextItem(int count = 1)
    {
        Item += count;
        if (Current is Array items && Item < items.Length) return;
        Entry++;
        Item = 0;
    }

    public void SkipAll() => Entry = entries.Length;

    /// <summary>Back to an earlier place, to deliver from there again.</summary>
    public void GoBack((int Entry, int Item) to) => (Entry, Item) = to;
}
