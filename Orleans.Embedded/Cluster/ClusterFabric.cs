using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Orleans.Streams;

namespace Orleans.Runtime;

/// <summary>The place of a silo, or of a client, in a cluster. Registered as a service, it makes a silo part of one.</summary>
internal sealed record ClusterSeat(ClusterFabric Fabric, bool IsClient = false);

/// <summary>
/// What the silos of one cluster in one process share: membership, the grain directory, and the way of messages between them. A silo that
/// runs alone has none. Safe from any thread.
/// Invariant: a grain has at most one entry in the directory; an activation starts only after its entry was made, and the entry goes
/// with it, or with its silo when that has left or was declared dead.
/// </summary>
internal sealed class ClusterFabric
{
    private readonly ConcurrentDictionary<GrainId, Activation> _grains = new();
    private readonly ConcurrentDictionary<GrainId, SiloRuntime> _observers = new();
    private readonly ConcurrentDictionary<string, StreamHubs> _streams = new();
    private readonly List<SiloRuntime> _seated = [];
    private readonly Dictionary<string, int> _ports = [];
    private int _lives;

    public ClusterFabric(ITurnScheduler scheduler, IMessageCarrier? carrier = null, Random? random = null)
    {
        Membership = new ClusterMembership(scheduler) { Killing = TryKill };
        Carrier = carrier ?? new DirectCarrier();
        Random = random ?? Random.Shared;
    }

    public ClusterMembership Membership { get; }
    public IMessageCarrier Carrier { get; }
    public Random Random { get; }

    /// <summary>Whether what passes between silos is copied (see <see cref="MessageCopies"/>), and not passed by reference.</summary>
    public bool CopiesMessages { get; init; }

    /// <summary>What becomes of a crash: by default it is noticed at once.</summary>
    public Action<SiloRuntime>? Crashed { get; init; }

    /// <summary>Whether a batch that a stream's consumer has taken is given to it once more.</summary>
    public Func<StreamId, bool>? Repeats { get; init; }

    /// <summary>The streams of a provider's name.</summary>
    public StreamHubs StreamsOf(string provider) => _streams.GetOrAdd(provider, static name => new StreamHubs(name));

    /// <summary>An endpoint for a name, the same for each of its lives.</summary>
    public int PortOf(string name)
    {
        lock (_ports)
        {
            if (!_ports.TryGetValue(name, out var port)) _ports[name] = port = 11111 + _ports.Count;
            return port;
        }
    }

    /// <summary>Tells lives apart that begin within one second.</summary>
    public int NextLife() => Interlocked.Increment(ref _lives);

    /// <summary>All who may send and receive messages, silos and clients, in order of arrival.</summary>
    public SiloRuntime[] Seated()
    {
        lock (_seated) return [.. _seated];
    }

    private bool IsSeated(SiloRuntime silo)
    {
        lock (_seated) return _seated.Contains(silo);
    }

    public SiloRuntime? Find(SiloAddress address)
    {
        lock (_seated) return _seated.Find(silo => silo.Silo.SiloAddress.Equals(address));
    }

    public void Join(SiloRuntime silo)
    {
        lock (_seated) _seated.Add(silo);
        if (silo.HostsGrains) Membership.Set(silo.Silo.SiloAddress, silo.Silo.Name, SiloStatus.Joining);
    }

    /// <summary>The silo has stopped or crashed. What is left of it goes at once, or when the crash is noticed.</summary>
    public void Leave(SiloRuntime silo, bool gracefully)
    {
        if (gracefully || Crashed is null) DeclareDead(silo, gracefully);
        else Crashed(silo);
    }

    /// <summary>
    /// Takes the silo out: its grains may be activated elsewhere, and who waits for an answer from it is told. The silo may in truth be
    /// alive, as after a false suspicion.
    /// </summary>
    public void DeclareDead(SiloRuntime silo, bool gracefully = false)
    {
        lock (_seated)
        {
            if (!_seated.Remove(silo)) return;
        }
        if (silo.HostsGrains) Membership.Set(silo.Silo.SiloAddress, silo.Silo.Name, SiloStatus.Dead);
        foreach (var entry in _grains)
        {
            if (entry.Value.Runtime == silo) _grains.TryRemove(entry);
        }
        foreach (var entry in _observers)
        {
            if (entry.Value == silo) _observers.TryRemove(entry);
        }
        foreach (var streams in _streams.OrderBy(pair => pair.Key, StringComparer.Ordinal)) streams.Value.Leave(silo, gracefully);
        foreach (var other in Seated())
            other.Calls.FailTo(silo, () => new SiloUnavailableException($"The silo {silo.Silo.Name} {silo.Silo.SiloAddress} is gone."));
    }

    public Activation? Find(GrainId grainId) => _grains.GetValueOrDefault(grainId);

    /// <summary>
    /// Makes the activation the grain's only one. False: there is another. A silo that was taken out and does not know it yet may still start what it likes: nobody else
    /// is led there.
    /// </summary>
    public bool TryRegister(Activation activation, out Activation registered)
    {
        registered = activation;
        if (!IsSeated(activation.Runtime)) return true;
        registered = _grains.GetOrAdd(activation.GrainId, activation);
        if (registered != activation) return false;
        if (!IsSeated(activation.Runtime)) Unregister(activation); // taken out just now, before the entry was there to be taken out with it
        return true;
    }

    public void Unregister(Activation activation) => _grains.TryRemove(KeyValuePair.Create(activation.GrainId, activation));

    public bool TryFindObserver(GrainId id, [NotNullWhen(true)] out SiloRuntime? home) => _observers.TryGetValue(id, out home);
    public void AddObserver(GrainId id, SiloRuntime home) => _observers[id] = home;
    public void RemoveObserver(GrainId id) => _observers.TryRemove(id, out _);

    private bool TryKill(SiloAddress address)
    {
        if (Find(address) is not { } silo) return false;
        DeclareDead(silo);
        return true;
    }
}
