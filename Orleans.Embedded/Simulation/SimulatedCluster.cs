using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Storage;

namespace Orleans.Simulation;

/// <summary>
/// A cluster of virtual silos and a client on a virtual clock, all on the calling thread, with everything that happens drawn from one seed.
/// Use it from the thread that made it. README.md beside this file shows how.
/// </summary>
internal sealed class SimulatedCluster
{
    private static readonly TimeSpan Patience = TimeSpan.FromHours(1);

    private readonly Simulation _simulation;
    private readonly Action<string, ISiloBuilder>? _configure;
    private readonly MemoryStorageTables _memory = new();
    private readonly Dictionary<SiloRuntime, SimulatedProcess> _processes = [];
    private readonly SimulatedProcess _world;
    private readonly SimulatedSilo _client;
    private int _count;

    /// <param name="seed">Decides everything.</param>
    /// <param name="configure">Configures each life of each silo, by its name.</param>
    public SimulatedCluster(int seed, Action<string, ISiloBuilder>? configure = null)
    {
        _simulation = new Simulation(seed);
        _configure = configure;
        _world = NewProcess("world");
        Fabric = new ClusterFabric(_world, new SimulatedNetwork(_simulation, Faults, silo => _processes[silo]), _simulation.Random)
        {
            CopiesMessages = true,
            Crashed = NoticeLater,
            Repeats = stream => Faults.DuplicateDelivery?.Invoke(stream) ?? false,
        };
        _client = SimulatedSilo.Create(NewProcess("client"), Fabric, _memory, isClient: true, null);
        _processes[_client.Runtime] = _client.Process;
        Run(() => _client.StartAsync());
    }

    public int Seed => _simulation.Seed;
    public SimulatedFaults Faults { get; } = new();
    public ClusterFabric Fabric { get; }

    /// <summary>Chance that belongs to the run.</summary>
    public Random Random => _simulation.Random;
    public VirtualClock Clock => _simulation.Clock;
    public Trace Trace => _simulation.Trace;

    /// <summary>The clock as code outside of silos sees it.</summary>
    public TimeProvider Time => _client.Process.Time;

    /// <summary>A client outside of the silos, which outlives them.</summary>
    public IClusterClient Client => (IClusterClient)_client.Services.GetService(typeof(IClusterClient))!;

    /// <summary>Those that are alive, in order of their start.</summary>
    public List<SimulatedSilo> Silos { get; } = [];

    /// <summary>Called between any two steps: check invariants here, and crash silos.</summary>
    public Action? Stepped
    {
        get => _simulation.Stepped;
        set => _simulation.Stepped = value;
    }

    /// <summary>Starts silos, named as given, one after another.</summary>
    public void Start(params ReadOnlySpan<string> names)
    {
        foreach (var name in names) Run(() => StartSiloAsync(name));
    }

    /// <summary>Starts a silo, or another life of one that has crashed or stopped. For use in scenarios.</summary>
    public async Task<SimulatedSilo> StartSiloAsync(string name)
    {
        var silo = SimulatedSilo.Create(NewProcess(name), Fabric, _memory, isClient: false, builder => _configure?.Invoke(name, builder));
        _processes[silo.Runtime] = silo.Process;
        Silos.Add(silo);
        await silo.Process.RunAsync(silo.StartAsync);
        return silo;
    }

    /// <summary>Stops a silo gracefully. For use in scenarios.</summary>
    public async Task StopSiloAsync(SimulatedSilo silo)
    {
        await silo.Process.RunAsync(silo.StopAsync);
        End(silo);
    }

    /// <summary>Ends a silo between two steps: nothing of it happens any more, and the others notice after <see cref="SimulatedFaults.Detection"/>.</summary>
    public void Crash(SimulatedSilo silo)
    {
        if (!silo.IsAlive) return;
        End(silo);
        silo.Runtime.Kill();
    }

    /// <summary>Makes the others take a living silo for dead: its grains may then be active twice, until it hears of it and ends.</summary>
    public void Suspect(SimulatedSilo silo) => Fabric.DeclareDead(silo.Runtime);

    /// <summary>Runs a scenario as code outside of the silos, until it ends.</summary>
    /// <exception cref="SimulationException">It does not end within the limit of virtual time (default: 1 hour), or something escaped.</exception>
    public void Run(Func<Task> scenario, TimeSpan? limit = null)
    {
        var running = _client.Process.RunAsync(scenario);
        _simulation.Run(() => running.IsCompleted, limit ?? Patience, "the scenario ends");
        if (!running.IsCompletedSuccessfully) _simulation.ThrowIfEscaped();
        running.GetAwaiter().GetResult();
    }

    /// <summary>Lets things happen until a condition holds, which is asked between any two steps.</summary>
    public void Run(Func<bool> until, TimeSpan? limit = null) => _simulation.Run(until, limit ?? Patience, "the condition holds");

    /// <summary>Lets some virtual time pass.</summary>
    public void Pass(TimeSpan time)
    {
        var passed = false;
        using var timer = Time.CreateTimer(_ => passed = true, null, time, Timeout.InfiniteTimeSpan);
        _simulation.Run(() => passed, time + TimeSpan.FromTicks(1), "time passes");
    }

    /// <summary>The failure of an invariant, with the seed and the last steps in its message.</summary>
    public SimulationException Fail(string problem) => _simulation.Fail(problem);

    private SimulatedProcess NewProcess(string name) => new(_simulation, name, _count++);

    private void End(SimulatedSilo silo)
    {
        silo.Process.Kill();
        Silos.Remove(silo);
    }

    private void NoticeLater(SiloRuntime silo) => _simulation.Clock.After(Faults.Detection(),
        new Step(StepKind.Post, _world, (SendOrPostCallback)(_ => Fabric.DeclareDead(silo)), null, 4));
}
