using Orleans.Runtime;

namespace Orleans.Streams;

/// <summary>Gives streams by id. A stream always exists; making a reference is cheap and local.</summary>
public interface IStreamProvider
{
    string Name { get; }

    /// <summary>Whether a subscription may start at a token of the past.</summary>
    bool IsRewindable { get; }
    IAsyncStream<T> GetStream<T>(StreamId streamId);
}

public interface IAsyncStream
{
    bool IsRewindable { get; }
    string ProviderName { get; }
    StreamId StreamId { get; }
}

/// <summary>A stream: both its producing and its consuming end.</summary>
public interface IAsyncStream<T> : IAsyncStream, IEquatable<IAsyncStream<T>>, IComparable<IAsyncStream<T>>, IAsyncObservable<T>,
    IAsyncBatchObservable<T>, IAsyncBatchProducer<T>
{
    /// <summary>The subscriptions which the asking grain (or, outside of grains, the client) has on this stream.</summary>
    Task<IList<StreamSubscriptionHandle<T>>> GetAllSubscriptionHandles();
}

/// <summary>Takes items one by one. A call is made when the one before it has completed.</summary>
public interface IAsyncObserver<in T>
{
    Task OnNextAsync(T item, StreamSequenceToken? token = null);
    Task OnCompletedAsync() => Task.CompletedTask;
    Task OnErrorAsync(Exception ex);
}

public interface IAsyncObservable<T>
{
    Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncObserver<T> observer);

    /// <summary>Subscribes from a token on; when it is no longer kept, the observer is told by OnErrorAsync and starts at what is.</summary>
    Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncObserver<T> observer, StreamSequenceToken? token, string? filterData = null);
}

public interface IAsyncBatchObserver<T>
{
    Task OnNextAsync(IList<SequentialItem<T>> items);
    Task OnCompletedAsync() => Task.CompletedTask;
    Task OnErrorAsync(Exception ex);
}

public interface IAsyncBatchObservable<T>
{
    Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncBatchObserver<T> observer);
    Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncBatchObserver<T> observer, StreamSequenceToken? token);
}

public interface IAsyncBatchProducer<T> : IAsyncObserver<T>
{
    Task OnNextBatchAsync(IEnumerable<T> batch, StreamSequenceToken? token = null);
}

/// <summary>One item and its place in the stream.</summary>
public class SequentialItem<T>(T item, StreamSequenceToken? token)
{
    public T Item { get; } = item;
    public StreamSequenceToken? Token { get; } = token;
}

/// <summary>A place in a stream. Tokens of one stream are ordered.</summary>
public abstract class StreamSequenceToken : IEquatable<StreamSequenceToken>, IComparable<StreamSequenceToken>
{
    public abstract long SequenceNumber { get; protected set; }
    public abstract int EventIndex { get; protected set; }
    public abstract bool Equals(StreamSequenceToken? other);
    public abstract int CompareTo(StreamSequenceToken? other);
}

/// <summary>One consumer's subscription. It outlives the activation that made it; a new activation resumes it.</summary>
public abstract class StreamSubscriptionHandle<T> : IEquatable<StreamSubscriptionHandle<T>>
{
    public abstract StreamId StreamId { get; }
    public abstract string ProviderName { get; }
    public abstract Guid HandleId { get; }

    /// <summary>Ends the subscription. Idempotent.</summary>
    public abstract Task UnsubscribeAsync();

    /// <summary>Attaches an observer to this subscription in place of the one before.</summary>
    public abstract Task<StreamSubscriptionHandle<T>> ResumeAsync(IAsyncObserver<T> observer, StreamSequenceToken? token = null);
    public abstract Task<StreamSubscriptionHandle<T>> ResumeAsync(IAsyncBatchObserver<T> observer, StreamSequenceToken? token = null);
    public abstract bool Equals(StreamSubscriptionHandle<T>? other);
}
