using System.Collections.ObjectModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Storage;

namespace Orleans.TestingHost;

/// <summary>
/// Silos for tests, in this process. Memory storage is one for all of them and outlives each, so that a restarted one finds it. A crash is
/// noticed at once. Not for use from several threads at once, except for the client.
/// </summary>
public sealed class InProcessTestCluster : IDisposable, IAsyncDisposable
{
    private readonly MemoryStorageTables _memory = new();
    private readonly ClusterFabric _fabric = new(new ThreadPoolTurnScheduler()) { CopiesMessages = true };
    private readonly List<InProcessSiloHandle> _silos = [];
    private IHost? _client;
    private short _started;

    internal InProcessTestCluster(InProcessTestClusterOptions options) => Options = options;

    public InProcessTestClusterOptions Options { get; }
    public ReadOnlyCollection<InProcessSiloHandle> Silos => _silos.AsReadOnly();

    /// <summary>A client of the cluster, which outlives its silos.</summary>
    public IClusterClient Client => (_client ?? throw NotDeployed()).Services.GetRequiredService<IClusterClient>();

    private InProcessSiloHandle Active => _silos.Find(silo => silo.IsActive)
        ?? throw NotDeployed();

    public async Task DeployAsync()
    {
        if (_silos.Exists(silo => silo.IsActive)) throw new InvalidOperationException("The cluster is deployed already.");
        await StartSilosAsync(Options.InitialSilosCount);
        if (Options.InitializeClientOnDeploy) await InitializeClientAsync();
    }

    public async Task InitializeClientAsync()
    {
        if (_client is not null) return;
        var builder = NewHost("TestClusterClient", "Client", isClient: true);
        SiloBuilder.AddClientRuntime(builder.Services, builder.Configuration);
        foreach (var configure in Options.ClientHostConfigurationDelegates) configure(builder);
        _client = builder.Build();
        await _client.StartAsync();
        _client.Services.GetRequiredService<SiloRuntime>().Start();
    }

    public async Task StopClusterClientAsync()
    {
        if (_client is not { } client) return;
        _client = null;
        await client.Services.GetRequiredService<SiloRuntime>().StopAsync(CancellationToken.None);
        await client.StopAsync();
        client.Dispose();
    }

    public async Task<List<InProcessSiloHandle>> StartSilosAsync(int silosToStart)
    {
        var started = new List<InProcessSiloHandle>();
        for (var i = 0; i < silosToStart; i++) started.Add(await StartAdditionalSiloAsync());
        return started;
    }

    public IEnumerable<InProcessSiloHandle> GetActiveSilos() => _silos.Where(silo => silo.IsActive);

    public InProcessSiloHandle? GetSiloForAddress(SiloAddress siloAddress) => _silos.Find(silo => silo.SiloAddress.Equals(siloAddress));

    public IServiceProvider GetSiloServiceProvider(SiloAddress? silo = null) =>
        (silo is null ? Active : GetSiloForAddress(silo) ?? throw new ArgumentException($"There is no silo at {silo}.", nameof(silo))).ServiceProvider;

    public Task StopSiloAsync(InProcessSiloHandle instance) => EndAsync(instance, gracefully: true);

    /// <summary>Ends the silo as a crash would: no activation is told. The others have noticed when this completes.</summary>
    public Task KillSiloAsync(InProcessSiloHandle instance) => EndAsync(instance, gracefully: false);

    public Task StopAllSilosAsync() => StopSilosAsync();

    public async Task StopSilosAsync()
    {
        foreach (var silo in _silos.ToArray()) await EndAsync(silo, gracefully: true);
    }

    /// <summary>Stops a silo gracefully, unless it has crashed, and starts one with its name.</summary>
    public async Task<InProcessSiloHandle> RestartSiloAsync(InProcessSiloHandle instance)
    {
        await StopSiloAsync(instance);
        var next = await StartAsync(instance.Name);
        _silos.Add(next);
        return next;
    }

    public InProcessSiloHandle StartAdditionalSilo() => StartAdditionalSiloAsync().GetAwaiter().GetResult();

    public async Task<InProcessSiloHandle> StartAdditionalSiloAsync()
    {
        var next = await StartAsync();
        _silos.Add(next);
        return next;
    }

    /// <summary>Completes at once: here every silo knows of every change when it has happened.</summary>
    public Task WaitForLivenessToStabilizeAsync(bool didKill = false) => _silos.Count == 0 ? throw NotDeployed() : Task.CompletedTask;

    public bool TryGetGrainContext(GrainId grainId, out IGrainContext? grainContext)
    {
        grainContext = _fabric.Find(grainId);
        return grainContext is not null;
    }

    public Task DeactivateAsync(IAddressable grain) => DeactivateAsync(grain.GetGrainId());

    /// <summary>Ends a grain's activation, if there is one, and completes when it has ended.</summary>
    public async Task DeactivateAsync(GrainId grainId)
    {
        if (!TryGetGrainContext(grainId, out var context)) return;
        await context!.DeactivateAsync(new DeactivationReason(DeactivationReasonCode.RuntimeRequested, "The test asked for it."));
    }

    public Task WaitForDeactivationAsync(IAddressable grain) => WaitForDeactivationAsync(grain.GetGrainId());

    /// <summary>Completes when the grain's present activation has ended.</summary>
    public Task WaitForDeactivationAsync(GrainId grainId) =>
        TryGetGrainContext(grainId, out var context) ? context!.Deactivated : Task.CompletedTask;

    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    public async ValueTask DisposeAsync()
    {
        await StopClusterClientAsync();
        await StopSilosAsync();
    }

    private static InvalidOperationException NotDeployed() => new("The cluster is not running: call DeployAsync first.");

    private async Task EndAsync(InProcessSiloHandle silo, bool gracefully)
    {
        await silo.StopSiloAsync(gracefully);
        _silos.Remove(silo);
    }

    private async Task<InProcessSiloHandle> StartAsync(string? name = null)
    {
        var number = _started++;
        var silo = new InProcessTestSiloSpecificOptions { SiloName = name ?? $"Silo{number}" };
        var builder = NewHost("TestCluster", silo.SiloName, isClient: false);
        builder.UseOrleans();
        foreach (var configure in Options.SiloHostConfigurationDelegates) configure(silo, builder);
        return await InProcessSiloHandle.StartAsync(builder.Build(), silo.SiloName, number);
    }

    private HostApplicationBuilder NewHost(string application, string name, bool isClient)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings
        {
            ApplicationName = application,
            EnvironmentName = Environments.Development,
        });
        builder.Services.AddSingleton(_memory);
        builder.Services.AddSingleton(new ClusterSeat(_fabric, isClient));
        builder.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning));
        builder.Services.Configure<ClusterOptions>(options =>
        {
            options.ClusterId = Options.ClusterId;
            options.ServiceId = Options.ServiceId;
        });
        builder.Services.Configure<SiloOptions>(options => options.SiloName = name);
        return builder;
    }
}
