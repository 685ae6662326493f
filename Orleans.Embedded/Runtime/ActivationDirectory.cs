using System.Collections.Concurrent;

namespace Orleans.Runtime;

/// <summary>
/// The activations of a silo: at most one for each grain id, up to the declared number for stateless workers. Where there are several silos,
/// an activation is registered with them before it starts. Safe from any thread.
/// </summary>
internal sealed class ActivationDirectory(SiloRuntime runtime, GrainClasses classes) : IDisposable
{
    private readonly ConcurrentDictionary<GrainId, Activation> _activations = new();
    private readonly ConcurrentDictionary<GrainId, WorkerGroup> _workers = new();
    private volatile bool _closed;
    private ITimer? _collector;

    public int Count => _activations.Count + _workers.Values.Sum(group => group.Count);

    public Activation? Find(GrainId grainId) => _activations.GetValueOrDefault(grainId);

    public IEnumerable<Activation> All => _activations.Values.Concat(_workers.Values.SelectMany(group => group.All));

    public void Start()
    {
        var quantum = runtime.Collection.CollectionQuantum;
        _collector = runtime.Clock.Provider.CreateTimer(
            static state => ((ActivationDirectory)state!).Collect(), this, quantum, quantum);
    }

    /// <summary>
    /// Brings a call to its grain, activating it first if need be: here, unless its placement wants it elsewhere and has not been asked
    /// (<paramref name="placed"/>). Fails the call when the silo is closing.
    /// </summary>
    public TurnQueue? Deliver(GrainId grainId, Call message, bool placed = false)
    {
        while (true)
        {
            if (_activations.TryGetValue(grainId, out var activation))
            {
                if (activation.TryEnqueue(message)) return activation;
                // It is leaving the directory on another thread.
                Thread.Yield();
                continue;
            }
            if (!classes.TryGet(grainId.Type, out var grainClass))
            {
                message.Fail(new ArgumentException($"There is no grain class for '{grainId.Type}'."));
                return null;
            }
            if (_closed)
            {
                if (runtime.Router is { } router)
                {
                    router.Route(message.Target!, message); // another silo may take it
                    return null;
                }
                message.Fail(new SiloUnavailableException("The silo is stopping and makes no new activations."));
                return null;
            }
            if (grainClass.MaxWorkers > 0)
            {
                _workers.GetOrAdd(grainId, static (id, state) => new WorkerGroup(state.runtime, state.grainClass, id, state.Item3),
                    (runtime, grainClass, this)).Deliver(message);
                return null;
            }
            if (!placed && runtime.Router is null && grainClass.Director is not null)
            {
                _ = PlaceAloneAsync(grainClass, message);
                return null;
            }
            var made = new Activation(runtime, grainClass, grainId, this);
            if (runtime.Router is { } cluster && !cluster.Fabric.TryRegister(made, out var registered))
            {
                if (registered.Runtime != runtime)
                {
                    cluster.Forward(registered, message);
                    return null;
                }
                continue; // another thread has just made it here, or it is about to leave
            }
            _activations.TryAdd(grainId, made);
        }
    }

    /// <summary>Asks a class's director although there is only this silo: it may have reasons to refuse. What this catches goes to the caller.</summary>
    private async Task PlaceAloneAsync(GrainClass grainClass, Call call)
    {
        try
        {
            var chosen = await runtime.Placement.ChooseAsync(grainClass, call.Target!, call);
            if (!chosen.Equals(runtime.Silo.SiloAddress))
                throw new SiloUnavailableException($"{call.Target!.GrainId} was to be placed on {chosen}, which is not in the cluster.");
            Deliver(call.Target!.GrainId, call, placed: true);
        }
        catch (Exception error)
        {
            call.Fail(error);
        }
    }

    public void Remove(Activation activation)
    {
        if (activation.Class.MaxWorkers > 0) _workers.GetValueOrDefault(activation.GrainId)?.Remove(activation);
        else
        {
            _activations.TryRemove(KeyValuePair.Create(activation.GrainId, activation));
            runtime.Router?.Fabric.Unregister(activation);
        }
    }

    /// <summary>Makes no new activations, and ends those there are.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _closed = true;
        _collector?.Dispose();
        while (!_activations.IsEmpty || _workers.Values.Any(group => group.Count > 0))
        {
            var all = InOrder().ToArray();
            foreach (var activation in all)
                activation.Deactivate(
                    new DeactivationReason(DeactivationReasonCode.ShuttingDown, "The silo is stopping."), CancellationToken.None);
            await Task.WhenAll(all.Select(activation => activation.Deactivated)).WaitAsync(cancellationToken);
        }
    }

    public void Dispose() => _collector?.Dispose();

    // The order of a concurrent dictionary depends on the machine, which a simulation must not.
    private IEnumerable<Activation> InOrder() => runtime.Scheduler.IsSimulated ? All.OrderBy(activation => activation.GrainId) : All;

    private void Collect()
    {
        var now = runtime.Clock.Milliseconds;
        foreach (var activation in InOrder())
        {
            if (activation.IsIdle(now))
                activation.Deactivate(new DeactivationReason(DeactivationReasonCode.ActivationIdle, "The activation was idle."));
        }
    }
}
