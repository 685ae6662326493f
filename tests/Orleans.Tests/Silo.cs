using Microsoft.Extensions.DependencyInjection;
using Orleans.Hosting;
using Orleans.TestingHost;

namespace Orleans.Tests;

/// <summary>A deployed cluster for one test, with memory storage, streams, a manual clock and a place where grains report.</summary>
internal sealed class Silo : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private Silo(InProcessTestCluster cluster) => Cluster = cluster;

    public InProcessTestCluster Cluster { get; }
    public ManualTime Time { get; } = new();
    public Probe Probe { get; } = new();
    public IClusterClient Client => Cluster.Client;

    /// <summary>The client that a silo has for what runs in its process beside grains, as Squad's Api does.</summary>
    public IClusterClient Inside => Cluster.Silos[0].ServiceProvider.GetRequiredService<IClusterClient>();

    /// <param name="clocks">What waits for the manual clock on every runtime. On the embedded one, which has one clock, all does.</param>
    public static async Task<Silo> StartAsync(Action<ISiloBuilder>? configure = null, Action<IClientBuilder>? configureClient = null,
        ManualClocks clocks = ManualClocks.Calls | ManualClocks.Reminders)
    {
        Silo? silo = null;
        var builder = new InProcessTestClusterBuilder(1);
        builder.ConfigureSilo((_, orleans) =>
        {
            orleans.Services.AddSingleton(silo!.Probe);
            orleans.AddMemoryGrainStorageAsDefault();
            orleans.AddMemoryGrainStorage("PubSubStore");
            orleans.AddMemoryStreams("live");
            configure?.Invoke(orleans);
        });
        if (configureClient is not null) builder.ConfigureClient(configureClient);
        builder.ConfigureHost(host => RuntimeUnderTest.UseTime(host.Services, silo!.Time, clocks));
        silo = new Silo(builder.Build());
        await silo.Cluster.DeployAsync();
        return silo;
    }

    public T Grain<T>(string key) where T : IGrainWithStringKey => Client.GetGrain<T>(key);

    public ValueTask DisposeAsync()
    {
        Probe.OpenAll(); // a call that hangs would hold up the graceful stop
        return Cluster.DisposeAsync();
    }
}

/// <summary>Where grains under test report what happens to them, and where they wait to be let go.</summary>
public sealed class Probe
{
    private readonly List<string> _log = [];
    private readonly List<(string Line, int Count, TaskCompletionSource Signal)> _waiting = [];
    private readonly Dictionary<string, TaskCompletionSource> _gates = [];
    private bool _allOpen;

    public IReadOnlyList<string> Log
    {
        get
        {
            lock (_log) return [.. _log];
        }
    }

    public void Report(string line)
    {
        lock (_log)
        {
            _log.Add(line);
            foreach (var waiter in _waiting.Where(w => Count(w.Line) >= w.Count).ToArray())
            {
                _waiting.Remove(waiter);
                waiter.Signal.TrySetResult();
            }
        }
    }

    /// <summary>Completes when a line has been reported so many times.</summary>
    public async Task Reported(string line, int count = 1)
    {
        var signal = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_log)
        {
            if (Count(line) >= count) return;
            _waiting.Add((line, count, signal));
        }
        try
        {
            await signal.Task.WaitAsync(TimeSpan.FromSeconds(20));
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"'{line}' was not reported {count} times. Reported: {string.Join(", ", Log)}");
        }
    }

    /// <summary>A gate that opens once.</summary>
    public Task Gate(string name) => Source(name).Task;

    public void Open(string name) => Source(name).TrySetResult();

    public void OpenAll()
    {
        lock (_gates)
        {
            _allOpen = true; // a call that was still waiting for its turn finds its gate open too
            foreach (var gate in _gates.Values) gate.TrySetResult();
        }
    }

    private int Count(string line) => _log.Count(l => l == line);

    private TaskCompletionSource Source(string name)
    {
        lock (_gates)
        {
            if (!_gates.TryGetValue(name, out var gate))
                _gates[name] = gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_allOpen) gate.TrySetResult();
            return gate;
        }
    }
}
