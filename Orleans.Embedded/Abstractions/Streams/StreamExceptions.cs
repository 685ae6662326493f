using Orleans.Runtime;

namespace Orleans.Streams;

public class DataNotAvailableException : OrleansException
{
    public DataNotAvailableException() : this("The data is not available.")
    {
    }

    public DataNotAvailableException(string message) : base(message)
    {
    }

    public DataNotAvailableException(string message, Exception inner) : base(message, inner)
    {
    }
}

/// <summary>A consumer asked for, or was too slow to get, items that are no longer kept.</summary>
public sealed class QueueCacheMissException : DataNotAvailableException
{
    public QueueCacheMissException() : this("The item is no longer in the cache.")
    {
    }

    public QueueCacheMissException(string message) : base(message)
    {
    }

    public QueueCacheMissException(string message, Exception innerException) : base(message, innerException)
    {
    }

    public QueueCacheMissException(string requested, string low, string high)
        : this($"The item is no longer in the cache. Requested: {requested}, low: {low}, high: {high}.")
    {
        Requested = requested;
        Low = low;
        High = high;
    }

    public QueueCacheMissException(StreamSequenceToken requested, StreamSequenceToken low, StreamSequenceToken high)
        : this(requested.ToString() ?? "", low.ToString() ?? "", high.ToString() ?? "")
    {
    }

    public string? Requested { get; }
    public string? Low { get; }
    public string? High { get; }
}

/// <summary>An item could not be delivered to a consumer which kept failing, and was skipped for it.</summary>
public sealed class StreamEventDeliveryFailureException : OrleansException
{
    public StreamEventDeliveryFailureException() : this("An item could not be delivered.")
    {
    }

    public StreamEventDeliveryFailureException(string message) : base(message)
    {
    }

    public StreamEventDeliveryFailureException(string message, Exception innerException) : base(message, innerException)
    {
    }
}
