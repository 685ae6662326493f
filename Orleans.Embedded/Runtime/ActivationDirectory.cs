using System.Collections.Concurrent;

namespace Orleans.Runtime;

/// <summary>
/// The activations of a silo: at most one for each grain id, up to the declared number for stateless workers. Safe from any thread.
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

    /// <summary>Brings a message to its grain, activating it first if need be. Fails the message when the silo is closing.</summary>
    public TurnQueue? Deliver(GrainId grainId, Message message)
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
                message.Fail(new SiloUnavailableException("The silo is stopping and makes no new activations."));
                return null;
            }
            if (grainClass.MaxWorkers > 0)
            {
                _workers.GetOrAdd(grainId, static (id, state) => new WorkerGroup(state.runtime, state.grainClass, id, state.Item3),
                    (runtime, grainClass, this)).Deliver(message);
                return null;
            }
            _activations.TryAdd(grainId, new Activation(runtime, grainClass, grainId, this));
        }
    }

    public void Remove(Activation activation)
    {
        if (activation.Class.MaxWorkers > 0) _workers.GetValueOrDefault(activation.GrainId)?.Remove(activation);
        else _activations.TryRemove(KeyValuePair.Create(activation.GrainId, activation));
    }

    /// <summary>Makes no new activations, and ends those there are.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _closed = true;
        _collector?.Dispose();
        while (!_activations.IsEmpty || _workers.Values.Any(group => group.Count > 0))
        {
            var all = All.ToArray();
            foreach (var activation in all)
                activation.Deactivate(
                    new DeactivationReason(DeactivationReasonCode.ShuttingDown, "The silo is stopping."), CancellationToken.None);
            await Task.WhenAll(all.Select(activation => activation.Deactivated)).WaitAsync(cancellationToken);
        }
    }

    public void Dispose() => _collector?.Dispose();

    private void Collect()
    {
        var now = runtime.Clock.Milliseconds;
        foreach (var activation in All)
        {
            if (activation.IsIdle(now))
                activation.Deactivate(new DeactivationReason(DeactivationReasonCode.ActivationIdle, "The activation was idle."));
        }
    }
}
