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
internal sealed class StreamHub(MemoryStreamProvider provider, StreamId streamId)
{
    private const int KeptWhenRead = 64;

    private readonly List<StreamSubscription> _subscriptions = [];
    private object[] _ring = new object[8];
    private int _count;
    private long _first = provider.Runtime.Clock.Provider.GetUtcNow().Ticks;
    private long _lastUsed;

    public StreamId StreamId => streamId;
    public MemoryStreamProvider Provider => provider;
    public bool IsDropped { get; private set; }
    private long Next => _first + _count;

    public void Append(object entry)
    {
        if (_subscriptions.Count == 0 && entry is StreamEnd) return;
        if (_count == _ring.Length) Grow();
        _ring[(Next) & (_ring.Length - 1)] = entry;
        _count++;
        Trim();
        _lastUsed = provider.Runtime.Clock.Milliseconds;
        foreach (var subscription in _subscriptions) subscription.Wake();
    }

    public IEnumerable<StreamSubscription> SubscriptionsOf(GrainId? owner) => _subscriptions.Where(s => s.Owner == owner);

    public StreamSubscription Subscribe(Activation? owner, StreamConsumer consumer, StreamSequenceToken? token)
    {
        var subscription = new StreamSubscription(this, owner?.GrainId) { Position = Next };
        _subscriptions.Add(subscription);
        Attach(subscription, owner, consumer, token);
        return subscription;
    }

    public void Resume(StreamSubscription subscription, Activation? owner, StreamConsumer consumer, StreamSequenceToken? token)
    {
        if (!_subscriptions.Contains(subscription))
            throw new InvalidOperationException($"Subscription {subscription.Id} to {streamId} has ended: subscribe anew.");
        Attach(subscription, owner, consumer, token);
    }

    public void Unsubscribe(StreamSubscription subscription)
    {
        subscription.HasEnded = true;
        _subscriptions.Remove(subscription);
        _lastUsed = provider.Runtime.Clock.Milliseconds;
        Trim();
    }

    /// <summary>Ends the hub if nobody subscribes and nothing was appended for a while.</summary>
    public void DropIfUnused(long lastUsedBefore)
    {
        lock (this)
        {
            if (_subscriptions.Count > 0 || _lastUsed > lastUsedBefore) return;
            IsDropped = true;
            provider.Forget(this);
        }
    }

    /// <summary>
    /// The entries from a subscription's position on, at most so many. Null: there are none, and the subscription's pump has gone to rest.
    /// </summary>
    public StreamBatch? Read(StreamSubscription subscription, int limit)
    {
        lock (this)
        {
            QueueCacheMissException? missed = null;
            var from = subscription.Position;
            if (from < _first)
            {
                missed = new QueueCacheMissException(Token(from), Token(_first), Token(Next));
                RuntimeLog.StreamConsumerTooSlow(provider.Runtime.Logger, streamId, subscription.Id, _first);
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
            return new StreamBatch(from, entries, skip, missed);
        }
    }

    /// <summary>The subscription has dealt with a batch, unless it was moved meanwhile.</summary>
    public void Advance(StreamSubscription subscription, StreamBatch batch)
    {
        lock (this)
        {
            if (subscription.Position == batch.First && subscription.StartsAt is null) subscription.Position = batch.Next;
            Trim();
        }
    }

    private static EventSequenceTokenV2 Token(long number) => new(number);

    private void Attach(StreamSubscription subscription, Activation? owner, StreamConsumer consumer, StreamSequenceToken? token)
    {
        if (token is not null)
        {
            subscription.Position = Math.Min(token.SequenceNumber, Next);
            subscription.StartsAt = token;
        }
        subscription.Attach(owner, consumer);
        subscription.Wake();
    }

    private void Trim()
    {
        while (_count > provider.CacheSize) Evict();
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
    public long First => first;
    public long Next => first + entries.Length;
    public QueueCacheMissException? Missed => missed;
    public int Entry { get; private set; }
    public int Item { get; private set; } = skip;
    public bool IsDone => Entry >= entries.Length;
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
}
