using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace Orleans.Runtime;

/// <summary>
/// The objects behind observer references. An object is held weakly and its calls run one after another in a queue of its own; calls
/// to one that is gone fail with <see cref="ClientNotAvailableException"/>. Safe from any thread.
/// </summary>
internal sealed class ObserverDirectory(SiloRuntime runtime)
{
    private static readonly GrainType ObserverType = GrainType.Create("sys.observer");
    private readonly ConcurrentDictionary<GrainId, ObserverQueue> _observers = new();
    private readonly ConditionalWeakTable<object, Reaper> _reapers = [];

    public static bool IsObserver(GrainId grainId) => grainId.Type == ObserverType;

    public GrainId Add(IGrainObserver target)
    {
        ArgumentNullException.ThrowIfNull(target);
        if (target is GrainReference) throw new ArgumentException("The object is a reference already.", nameof(target));
        if (target is IGrainBase) throw new ArgumentException("A grain is called through its own reference.", nameof(target));
        var id = GrainId.Create(ObserverType, runtime.NewGuid().ToString("N"));
        _observers[id] = new ObserverQueue(runtime, id, target);
        if (!runtime.Scheduler.IsSimulated) _reapers.GetOrCreateValue(target).Add(this, id);
        runtime.Router?.Fabric.AddObserver(id, runtime);
        return id;
    }

    public void Remove(GrainId id)
    {
        runtime.Router?.Fabric.RemoveObserver(id);
        if (_observers.TryRemove(id, out var queue)) queue.End();
    }

    public bool Contains(GrainId id) => _observers.ContainsKey(id);

    public TurnQueue? Deliver(GrainId id, Message message)
    {
        if (_observers.TryGetValue(id, out var queue) && queue.TryEnqueue(message)) return queue;
        message.Fail(new ClientNotAvailableException(id));
        return null;
    }

    /// <summary>Dies with the object and takes its references along.</summary>
    private sealed class Reaper
    {
        private readonly List<(ObserverDirectory, GrainId)> _ids = [];

        ~Reaper()
        {
            foreach (var (directory, id) in _ids) directory.Remove(id);
        }

        public void Add(ObserverDirectory directory, GrainId id)
        {
            lock (_ids) _ids.Add((directory, id));
        }
    }

    private sealed class ObserverQueue(SiloRuntime runtime, GrainId id, object target) : TurnQueue(runtime)
    {
        private readonly WeakReference _target = new(target);
        // A simulation must not depend on when the collector runs: there an observer lives until it is deleted.
        private readonly object? _kept = runtime.Scheduler.IsSimulated ? target : null;

        public override object GetTarget() => _kept ?? _target.Target ?? throw new ClientNotAvailableException(id);
        public override string ToString() => id.ToString();
        public void End() => CloseAndFail(new ClientNotAvailableException(id));
    }
}
