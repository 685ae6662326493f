using Orleans.Placement;
using Orleans.Runtime;

namespace Orleans.Concurrency;

/// <summary>Calls to a grain of this class may interleave at their awaits.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ReentrantAttribute : Attribute;

/// <summary>This method may run while other calls await, and others while it does.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AlwaysInterleaveAttribute : Attribute;

/// <summary>This method does not change state and may interleave with others of its kind.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ReadOnlyAttribute : Attribute;

/// <summary>The caller does not wait: its task is complete when the call is queued, and failures are only logged.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OneWayAttribute : Attribute;

[AttributeUsage(AttributeTargets.Interface)]
public sealed class UnorderedAttribute : Attribute;

/// <summary>Calls go to any of up to MaxLocalWorkers activations, one per processor unless said otherwise.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class StatelessWorkerAttribute : PlacementAttribute
{
    public StatelessWorkerAttribute() : this(-1)
    {
    }

    public StatelessWorkerAttribute(int maxLocalWorkers) : base(RandomPlacement.Singleton) => MaxWorkers = maxLocalWorkers;

    internal int MaxWorkers { get; }
}
