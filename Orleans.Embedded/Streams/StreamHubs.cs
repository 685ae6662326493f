using System.Collections.Concurrent;
using Orleans.Runtime;

namespace Orleans.Streams;

/// <summary>
/// The streams of one provider's name: of a silo that runs alone, or of a cluster. There each stream has an owner, the silo that keeps its items
/// and serves its consumers, chosen by the stream's id among the active ones. Subscriptions are kept beside the silos, as in a database: when an
/// owner leaves, another takes over with them; when it has crashed, items that were not delivered are gone with it. Safe from any thread.
/// </summary>
internal sealed class StreamHubs(string name)
{
    private readonly ConcurrentDictionary<StreamId, StreamHub> _hubs = new();

    /// <summary>Runs an action on a stream's hub, under its lock. The provider is that of whoever asks.</summary>
    public TResult With<TResult>(StreamId streamId, MemoryStreamProvider provider, Func<StreamHub, TResult> action)
    {
        while (true)
        {
            var hub = Get(streamId, provider) ?? _hubs.GetOrAdd(streamId, new StreamHub(OwnerOf(streamId, provider), streamId));
            lock (hub)
            {
                if (!hub.IsDropped) return action(hub);
            }
        }
    }

    /// <summary>The silo that has, or would have, a stream.</summary>
    public MemoryStreamProvider Find(StreamId streamId, MemoryStreamProvider provider) =>
        Get(streamId, provider)?.Provider ?? OwnerOf(streamId, provider);

    public void Forget(StreamHub hub) => _hubs.TryRemove(KeyValuePair.Create(hub.StreamId, hub));

    public void DropUnused(long lastUsedBefore)
    {
        foreach (var hub in _hubs.Values) hub.DropIfUnused(lastUsedBefore);
    }

    /// <summary>A silo or client is gone: its streams get other owners, and the subscriptions of its code outside of grains end.</summary>
    public void Leave(SiloRuntime gone, bool gracefully)
    {
        foreach (var hub in _hubs.OrderBy(pair => pair.Key).Select(pair => pair.Value)) hub.Leave(gone, gracefully, OwnerOf);
    }

    private StreamHub? Get(StreamId streamId, MemoryStreamProvider provider)
    {
        if (!_hubs.TryGetValue(streamId, out var hub)) return null;
        // Its owner left when there was no silo to take over.
        if (hub.Provider.Runtime is { IsDead: true } dead && provider.Runtime.Router?.Fabric.Find(dead.Silo.SiloAddress) is null)
            hub.Leave(dead, gracefully: false, OwnerOf);
        return hub;
    }

    private MemoryStreamProvider OwnerOf(StreamId streamId, MemoryStreamProvider provider)
    {
        if (provider.Runtime.Router is not { } router) return provider;
        var active = router.Fabric.Membership.Active();
        if (active.Length == 0) return provider;
        var owner = router.Fabric.Find(active[(int)((uint)streamId.GetHashCode() % (uint)active.Length)]);
        return owner?.StreamProvider(name) ?? provider;
    }
}
