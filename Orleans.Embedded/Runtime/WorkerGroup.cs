namespace Orleans.Runtime;

/// <summary>The activations of one stateless worker: a call goes to one that is idle, else to a new one up to the limit, else round robin.</summary>
internal sealed class WorkerGroup(SiloRuntime runtime, GrainClass grainClass, GrainId grainId, ActivationDirectory directory)
{
    private readonly List<Activation> _workers = [];
    private int _turn;

    public int Count
    {
        get
        {
            lock (_workers) return _workers.Count;
        }
    }

    public IReadOnlyList<Activation> All
    {
        get
        {
            lock (_workers) return [.. _workers];
        }
    }

    public void Deliver(Message message)
    {
        while (!Choose().TryEnqueue(message)) Thread.Yield();
    }

    public void Remove(Activation activation)
    {
        lock (_workers) _workers.Remove(activation);
    }

    private Activation Choose()
    {
        lock (_workers)
        {
            foreach (var worker in _workers)
            {
                if (worker.IsFree) return worker;
            }
            if (_workers.Count < grainClass.MaxWorkers)
            {
                var worker = new Activation(runtime, grainClass, grainId, directory);
                _workers.Add(worker);
                return worker;
            }
            return _workers[(int)((uint)_turn++ % (uint)_workers.Count)];
        }
    }
}
