namespace Squad.Simulation;

/// <summary>One machine: its sandboxes and the directories it shares with their Keepers, which a crash of its silo leaves as they are.</summary>
internal sealed class SimulatedNode(SimulatedWorld world, string name, int capacity)
{
    private int created;

    public SimulatedWorld World => world;

    public string Name => name;

    public int Capacity => capacity;

    /// <summary>By name, in order.</summary>
    public SortedDictionary<string, SimulatedSandbox> Sandboxes { get; } = new(StringComparer.Ordinal);

    /// <summary>By path.</summary>
    public SortedDictionary<string, KeeperDirectory> Directories { get; } = new(StringComparer.Ordinal);

    /// <summary>The state of the sandbox engine's daemon.</summary>
    public Disturbances Daemon { get; } = new(world);

    /// <summary>Breaks what waits for the daemon at this moment.</summary>
    public event Action? DaemonLeft;

    /// <summary>The daemon goes away for a while; the sandboxes run on.</summary>
    public void LoseDaemon(TimeSpan duration)
    {
        Daemon.BeAway(duration);
        DaemonLeft?.Invoke();
    }

    /// <summary>Nothing of it is there any more, and will be.</summary>
    public bool IsGone { get; private set; }

    /// <summary>It breaks down with all that is on it.</summary>
    public void Vanish()
    {
        IsGone = true;
        foreach (var sandbox in Sandboxes.Values)
        {
            world.Invariants.Log.Discarded(sandbox.Ref.Id);
            sandbox.Kill();
        }

        Sandboxes.Clear();
        Directories.Clear();
    }

    public string NewId() => $"{name}-{++created}";
}
