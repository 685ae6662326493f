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
/// A silo for tests, in this process. Memory storage outlives the silo, so that a restarted one finds it. Not for use from several
/// threads at once, except for the client.
/// </summary>
public sealed class InProcessTestCluster : IDisposable, IAsyncDisposable
{
    private readonly MemoryStorageTables _memory = new();
    private readonly List<InProcessSiloHandle> _silos = [];
    private short _started;

    internal InProcessTestCluster(InProcessTestClusterOptions options) => Options = options;

    public InProcessTestClusterOptions Options { get; }
    public ReadOnlyCollection<InProcessSiloHandle> Silos => _silos.AsReadOnly();

    /// <summary>The client of the running silo. After a restart it is another one.</summary>
    public IClusterClient Client => Active.ServiceProvider.GetRequiredService<IClusterClient>();

    private InProcessSiloHandle Active => _silos.Find(silo => silo.IsActive)
        ?? throw new InvalidOperationException("No silo is running: call DeployAsync first.");

    public async Task DeployAsync()
    {
        if (_silos.Exists(silo => silo.IsActive)) throw new InvalidOperationException("The cluster is deployed already.");
        _silos.Add(await StartAsync());
    }

    public IEnumerable<InProcessSiloHandle> GetActiveSilos() => _silos.Where(silo => silo.IsActive);

    public InProcessSiloHandle? GetSiloForAddress(SiloAddress siloAddress) => _silos.Find(silo => silo.SiloAddress.Equals(siloAddress));

    public IServiceProvider GetSiloServiceProvider(SiloAddress? siloAddress = null) =>
        (siloAddress is null ? Active : GetSiloForAddress(siloAddress)
            ?? throw new ArgumentException($"There is no silo at {siloAddress}.", nameof(siloAddress))).ServiceProvider;

    public Task StopSiloAsync(InProcessSiloHandle instance) => EndAsync(instance, gracefully: true);

    /// <summary>Ends the silo as a crash would: no activation is told.</summary>
    public Task KillSiloAsync(InProcessSiloHandle instance) => EndAsync(instance, gracefully: false);

    public Task StopAllSilosAsync() => StopSilosAsync();

    public async Task StopSilosAsync()
    {
        foreach (var silo in _silos.ToArray()) await EndAsync(silo, gracefully: true);
    }

    /// <summary>Stops a silo gracefully and starts one in its place, with the same memory storage.</summary>
    public async Task<InProcessSiloHandle> RestartSiloAsync(InProcessSiloHandle instance)
    {
        await StopSiloAsync(instance);
        var next = await StartAsync(instance.Name);
        _silos.Add(next);
        return next;
    }

    public async Task<InProcessSiloHandle> StartAdditionalSiloAsync()
    {
        if (_silos.Exists(silo => silo.IsActive)) throw new NotSupportedException("The embedded runtime is a single silo.");
        var next = await StartAsync();
        _silos.Add(next);
        return next;
    }

    public bool TryGetGrainContext(GrainId grainId, out IGrainContext? grainContext)
    {
        grainContext = Active.ServiceProvider.GetRequiredService<SiloRuntime>().Directory.Find(grainId);
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

    public async ValueTask DisposeAsync() => await StopSilosAsync();

    private async Task EndAsync(InProcessSiloHandle silo, bool gracefully)
    {
        await silo.StopSiloAsync(gracefully);
        _silos.Remove(silo);
    }

    private async Task<InProcessSiloHandle> StartAsync(string? name = null)
    {
        var number = _started++;
        var silo = new InProcessTestSiloSpecificOptions { SiloName = name ?? $"Silo{number}" };
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings
        {
            ApplicationName = "TestCluster",
            EnvironmentName = Environments.Development,
        });
        builder.Services.AddSingleton(_memory);
        builder.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning));
        builder.UseOrleans(orleans =>
        {
            orleans.Configure<ClusterOptions>(options =>
            {
                options.ClusterId = Options.ClusterId;
                options.ServiceId = Options.ServiceId;
            });
            orleans.Configure<SiloOptions>(options => options.SiloName = silo.SiloName);
        });
        foreach (var configure in Options.SiloHostConfigurationDelegates) configure(silo, builder);
        return await InProcessSiloHandle.StartAsync(builder.Build(), silo.SiloName, number);
    }
}
