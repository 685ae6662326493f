using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime;

namespace Orleans.Streams;

/// <summary>
/// Streams in memory. Items go into a bounded log per stream; each subscription reads it with a cursor and a pump of its own, so consumers do
/// not wait for one another, and producers for none. In a cluster the log is with the stream's owner (<see cref="StreamHubs"/>), and what
/// others produce is sent there: a producer whose message is lost hears of it.
/// </summary>
internal sealed class MemoryStreamProvider : IStreamProvider, IDisposable
{
    private static readonly TimeSpan KeptUnused = TimeSpan.FromMinutes(10);
    private readonly StreamHubs _hubs;
    private readonly Lazy<GrainId> _agent;
    private readonly ITimer _sweeper;

    public MemoryStreamProvider(string name, int cacheSize, TimeSpan maxDeliveryTime, SiloRuntime runtime)
    {
        Name = name;
        CacheSize = cacheSize;
        MaxDeliveryTime = maxDeliveryTime;
        Runtime = runtime;
        _hubs = runtime.Router?.Fabric.StreamsOf(name) ?? new StreamHubs(name);
        _agent = new Lazy<GrainId>(() => runtime.Observers.Add(Agent.Instance));
        Implicit = new ImplicitSubscribers(runtime.Classes);
        _sweeper = runtime.Clock.Provider.CreateTimer(static state => ((MemoryStreamProvider)state!).Sweep(), this,
            KeptUnused / 2, KeptUnused / 2);
    }

    public static MemoryStreamProvider Create(string name, IServiceProvider services) => new(name,
        services.GetRequiredService<IOptionsMonitor<SimpleQueueCacheOptions>>().Get(name).CacheSize,
        services.GetRequiredService<IOptionsMonitor<StreamPullingAgentOptions>>().Get(name).MaxEventDeliveryTime, services.GetRequiredService<SiloRuntime>());

    public string Name { get; }
    public bool IsRewindable => true;
    public int CacheSize { get; }

    /// <summary>How long an item is given again to a consumer that fails.</summary>
    public TimeSpan MaxDeliveryTime { get; }
    public SiloRuntime Runtime { get; }
    public ImplicitSubscribers Implicit { get; }

    public IAsyncStream<T> GetStream<T>(StreamId streamId) => new MemoryStream<T>(this, streamId);

    /// <summary>Runs an action on a stream's hub, under its lock.</summary>
    public TResult With<TResult>(StreamId streamId, Func<StreamHub, TResult> action) => _hubs.With(streamId, this, action);

    /// <summary>Adds an entry to a stream, here or by a message to its owner.</summary>
    public Task AppendAsync(StreamId streamId, object entry)
    {
        var owner = _hubs.Find(streamId, this);
        var caller = TurnQueue.Current?.Runtime ?? Runtime;
        if (owner.Runtime == caller)
        {
            Append(streamId, entry);
            return Task.CompletedTask;
        }
        return StreamCall.Send(caller.ReferenceTo(owner._agent.Value), StreamCall.Append, _ =>
        {
            owner.Append(streamId, entry);
            return Task.FromResult<Exception?>(null);
        });
    }

    public void Forget(StreamHub hub) => _hubs.Forget(hub);
    public void Dispose() => _sweeper.Dispose();

    private void Sweep()
    {
        var before = Runtime.Clock.Milliseconds - (long)KeptUnused.TotalMilliseconds;
        _hubs.DropUnused(before);
    }

    private void Append(StreamId streamId, object entry) => With(streamId, hub =>
    {
        hub.Append(entry);
        return true;
    });

    /// <summary>What other silos call to append here.</summary>
    private sealed class Agent : IGrainObserver
    {
        public static readonly Agent Instance = new();
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

    private Task Append(object entry) => provider.AppendAsync(streamId, entry);

    private Task<StreamSubscriptionHandle<T>> Subscribe(StreamConsumer consumer, StreamSequenceToken? token)
    {
        var subscription = provider.With(streamId, hub => hub.Subscribe(provider.Runtime, Activation.Current, consumer, token));
        return Task.FromResult<StreamSubscriptionHandle<T>>(new MemorySubscriptionHandle<T>(provider, subscription));
    }
}

/// <summary>A subscription as its consumer holds it: good for one ResumeAsync, which gives the next handle, or one UnsubscribeAsync.</summary>
internal sealed class MemorySubscriptionHandle<T>(MemoryStreamProvider provider, StreamSubscription subscription)
    : StreamSubscriptionHandle<T>
{
    private bool _isUsed;

    public override StreamId StreamId => subscription.StreamId;
    public override string ProviderName => provider.Name;
    public override Guid HandleId => subscription.Id;

    public override Task UnsubscribeAsync()
    {
        ThrowIfUsed();
        provider.With(StreamId, hub =>
        {
            hub.Unsubscribe(subscription);
            _isUsed = true;
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
        ThrowIfUsed();
        provider.With(StreamId, hub =>
        {
            hub.Resume(subscription, provider.Runtime, Activation.Current, consumer, token);
            return _isUsed = true;
        });
        return Task.FromResult<StreamSubscriptionHandle<T>>(new MemorySubscriptionHandle<T>(provider, subscription));
    }

    private void ThrowIfUsed()
    {
        if (_isUsed) throw new InvalidOperationException($"This handle of a subscription to {StreamId} was used to resume it or to end it. Use the one that ResumeAsync gave.");
    }
}
