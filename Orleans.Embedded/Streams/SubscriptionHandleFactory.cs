using Orleans.Runtime;
using Orleans.Streams.Core;

namespace Orleans.Streams;

/// <summary>Makes handles of one subscription. Immutable.</summary>
internal sealed class SubscriptionHandleFactory(MemoryStreamProvider provider, StreamSubscription subscription)
    : IStreamSubscriptionHandleFactory
{
    public StreamId StreamId => subscription.StreamId;
    public string ProviderName => provider.Name;
    public GuidId SubscriptionId => GuidId.GetGuidId(subscription.Id);
    public StreamSubscriptionHandle<T> Create<T>() => new MemorySubscriptionHandle<T>(provider, subscription);
}
