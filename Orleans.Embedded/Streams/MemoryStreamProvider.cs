using System.Collections.Concurrent;
using Orleans.Runtime;

namespace Orleans.Streams;

/// <summary>
/// Streams in this process's memory. Items go into a bounded log per stream; each subscription reads it with a cursor and a pump of its
/// own, so consumers do not wait for one another, and producers for none.
/// </summary>
internal sealed class MemoryStreamProvider : IStreamProvider, IDisposable
{
    private static readonly TimeSpan KeptUnused = TimeSpan.FromMinutes(10);
    private readonly ConcurrentDictionary<StreamId, StreamHub> _hubs = new();
    private readonly ITimer _sweeper;

    public MemoryStreamProvider(string name, int cacheSize, SiloRuntime runtime)
    {
        Name = name;
        CacheSize = cacheSize;
        Runtime = runtime;
        Implicit = new ImplicitSubscribers(runtime.Classes);
        _sweeper = runtime.Clock.Provider.CreateTimer(static state => ((MemoryStreamProvider)state!).Sweep(), this,
            KeptUnused / 2, KeptUnused / 2);
    }

    public string Name { get; }
    public bool IsRewindable => true;
    public int CacheSize { get; }
    public SiloRuntime Runtime { get; }
    public ImplicitSubscribers Implicit { get; }

    public IAsyncStream<T> GetStream<T>(StreamId streamId) => new MemoryStream<T>(this, streamId);

    /// <summary>Runs an action on a stream's hub, under its lock.</summary>
    public TResult With<TResult>(StreamId streamId, Func<StreamHub, TResult> action)
    {
        while (true)
        {
            var hub = _hubs.GetOrAdd(streamId, static (id, provider) => new StreamHub(provider, id), this);
            lock (hub)
            {
                if (!hub.IsDropped) return action(hub);
            }
        }
    }

    public void Forget(StreamHub hub) => _hubs.TryRemove(KeyValuePair.Create(hub.StreamId, hub));
    public void Dispose() => _sweeper.Dispose();

    private void Sweep()
    {
        var before = Runtime.Clock.Milliseconds - (long)KeptUnused.TotalMilliseconds;
        foreach (var hub in _hubs.Values) hub.DropIfUnused(before);
    }
}

/// <summary>A reference to a stream. Immutable.</summary>
internal sealed class MemoryStream<T>(MemoryStreamProvider provider, StreamId streamId) : IAsyncStream<T>
{
    public bool IsRewindable => true;
    public string ProviderName => provider.Name;
    public StreamId StreamId => streamId;

    public Task OnNextAsync(T item, StreamSequenceToken? token = null) => Append(new[] { item });

    public Task OnNextBatchAsync(IEnumerable<T> batch, StreamSequenceToken? token = null)
    {
        ArgumentNullException.ThrowIfNull(batch);
        T[] items = [.. batch];
        return items.Length == 0 ? Task.CompletedTask : Append(items);
    }

    /// <summary>Tells the consumers that are subscribed now, after the items before it.</summary>
    public Task OnCompletedAsync() => Append(new StreamEnd(null));

    public Task OnErrorAsync(Exception ex)
    {
        ArgumentNullException.ThrowIfNull(ex);
        return Append(new StreamEnd(ex));
    }

    public Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncObserver<T> observer) => SubscribeAsync(observer, null);

    public Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncObserver<T> observer, StreamSequenceToken? token,
        string? filterData = null)
    {
        ArgumentNullException.ThrowIfNull(observer);
        return Subscribe(new ItemConsumer<T>(observer), token);
    }

    public Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncBatchObserver<T> observer) => SubscribeAsync(observer, null);

    public Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncBatchObserver<T> observer, StreamSequenceToken? token)
    {
        ArgumentNullException.ThrowIfNull(observer);
        return Subscribe(new BatchConsumer<T>(observer), token);
    }

    public Task<IList<StreamSubscriptionHandle<T>>> GetAllSubscriptionHandles()
    {
        var owner = Activation.Current?.GrainId;
        return Task.FromResult<IList<StreamSubscriptionHandle<T>>>(provider.With(streamId, hub => hub.SubscriptionsOf(owner)
            .Select(StreamSubscriptionHandle<T> (subscription) => new MemorySubscriptionHandle<T>(provider, subscription)).ToList()));
    }

    public bool Equals(IAsyncStream<T>? other) => other is not null && other.StreamId == streamId && other.ProviderName == provider.Name;
    public override bool Equals(object? obj) => Equals(obj as IAsyncStream<T>);
    public override int GetHashCode() => streamId.GetHashCode();
    public int CompareTo(IAsyncStream<T>? other) => other is null ? 1 : streamId.CompareTo(other.StreamId);

    private Task Append(object entry)
    {
        provider.With(streamId, hub =>
        {
            hub.Append(entry);
            return true;
        });
        return Task.CompletedTask;
    }

    private Task<StreamSubscriptionHandle<T>> Subscribe(StreamConsumer consumer, StreamSequenceToken? token)
    {
        var subscription = provider.With(streamId, hub => hub.Subscribe(Activation.Current, consumer, token));
        return Task.FromResult<StreamSubscriptionHandle<T>>(new MemorySubscriptionHandle<T>(provider, subscription));
    }
}

/// <summary>A subscription as its consumer holds it. Immutable.</summary>
internal sealed class MemorySubscriptionHandle<T>(MemoryStreamProvider provider, StreamSubscription subscription)
    : StreamSubscriptionHandle<T>
{
    public override StreamId StreamId => subscription.StreamId;
    public override string ProviderName => provider.Name;
    public override Guid HandleId => subscription.Id;

    public override Task UnsubscribeAsync()
    {
        provider.With(StreamId, hub =>
        {
            hub.Unsubscribe(subscription);
            return true;
        });
        return Task.CompletedTask;
    }

    public override Task<StreamSubscriptionHandle<T>> ResumeAsync(IAsyncObserver<T> observer, StreamSequenceToken? token = null)
    {
        ArgumentNullException.ThrowIfNull(observer);
        return Resume(new ItemConsumer<T>(observer), token);
    }

    public override Task<StreamSubscriptionHandle<T>> ResumeAsync(IAsyncBatchObserver<T> observer, StreamSequenceToken? token = null)
    {
        ArgumentNullException.ThrowIfNull(observer);
        return Resume(new BatchConsumer<T>(observer), token);
    }

    public override bool Equals(StreamSubscriptionHandle<T>? other) => other is not null && other.HandleId == HandleId;
    public override bool Equals(object? obj) => Equals(obj as StreamSubscriptionHandle<T>);
    public override int GetHashCode() => HandleId.GetHashCode();

    private Task<StreamSubscriptionHandle<T>> Resume(StreamConsumer consumer, StreamSequenceToken? token)
    {
        provider.With(StreamId, hub =>
        {
            hub.Resume(subscription, Activation.Current, consumer, token);
            return true;
        });
        return Task.FromResult<StreamSubscriptionHandle<T>>(this);
    }
}
