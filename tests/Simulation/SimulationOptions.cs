using Orleans.Storage;
using Squad.Platform.Events;

namespace Squad.Simulation;

/// <summary>The size of a simulated world, and what a test puts in place of its parts.</summary>
internal sealed record SimulationOptions
{
    /// <summary>Machines, each with a silo and a sandbox engine of its own.</summary>
    public int Nodes { get; init; } = 1;

    /// <summary>Sandboxes that a node has room for.</summary>
    public int Capacity { get; init; } = 2;

    public int Users { get; init; } = 2;

    public int SessionsPerUser { get; init; } = 4;

    /// <summary>Live sessions that one user may have.</summary>
    public int Quota { get; init; } = 3;

    /// <summary>How long sessions wait for a node that has left.</summary>
    public TimeSpan LostAfter { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long things go wrong, in virtual time; then everything heals.</summary>
    public TimeSpan Faults { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long after that the last session may need to end.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(15);

    public Func<IGrainStorage, IGrainStorage> Storage { get; init; } = static storage => storage;

    public Func<IEventLog, IEventLog> EventLog { get; init; } = static log => log;

    /// <summary>Hears each line of the trace.</summary>
    public Action<string>? Listener { get; init; }
}
