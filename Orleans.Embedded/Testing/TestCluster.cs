using System.Collections.ObjectModel;
using Microsoft.Extensions.Hosting;
using Orleans.Runtime;

namespace Orleans.TestingHost;

/// <summary>Builds a <see cref="TestCluster"/> from configurator types.</summary>
public class TestClusterBuilder
{
    public TestClusterBuilder() : this(2)
    {
    }

    public TestClusterBuilder(short initialSilosCount)
    {
        var id = CreateClusterId();
        Options = new TestClusterOptions { InitialSilosCount = initialSilosCount, ClusterId = id, ServiceId = id };
    }

    public TestClusterOptions Options { get; }
    internal List<Action<IHostApplicationBuilder>> SiloDelegates { get; } = [];

    public static string CreateClusterId() => InProcessTestClusterBuilder.CreateClusterId();

    public TestClusterBuilder AddSiloBuilderConfigurator<T>() where T : new()
    {
        if (!typeof(ISiloConfigurator).IsAssignableFrom(typeof(T)))
            throw new ArgumentException($"{typeof(T)} is not an {nameof(ISiloConfigurator)}.");
        Options.SiloBuilderConfiguratorTypes.Add(typeof(T).AssemblyQualifiedName!);
        SiloDelegates.Add(static host => host.UseOrleans(silo => ((ISiloConfigurator)(object)new T()).Configure(silo)));
        return this;
    }

    public TestCluster Build() => new(this);
}

/// <summary>A silo for tests, by the older of the two interfaces. See <see cref="InProcessTestCluster"/>.</summary>
public class TestCluster : IDisposable, IAsyncDisposable
{
    private readonly InProcessTestCluster _cluster;

    internal TestCluster(TestClusterBuilder builder)
    {
        Options = builder.Options;
        var inside = new InProcessTestClusterBuilder(builder.Options.InitialSilosCount);
        inside.Options.ClusterId = Options.ClusterId;
        inside.Options.ServiceId = Options.ServiceId;
        foreach (var configure in builder.SiloDelegates) inside.ConfigureSiloHost((_, host) => configure(host));
        _cluster = inside.Build();
    }

    public TestClusterOptions Options { get; }
    public IClusterClient Client => _cluster.Client;
    public IGrainFactory GrainFactory => _cluster.Client;
    public IServiceProvider ServiceProvider => _cluster.Client.ServiceProvider;
    public SiloHandle Primary => _cluster.Silos[0];
    public ReadOnlyCollection<SiloHandle> Silos => _cluster.Silos.Cast<SiloHandle>().ToList().AsReadOnly();

    public void Deploy() => DeployAsync().GetAwaiter().GetResult();
    public Task DeployAsync() => _cluster.DeployAsync();
    public IEnumerable<SiloHandle> GetActiveSilos() => _cluster.GetActiveSilos();
    public SiloHandle? GetSiloForAddress(SiloAddress siloAddress) => _cluster.GetSiloForAddress(siloAddress);
    public IServiceProvider GetSiloServiceProvider(SiloAddress? silo = null) => _cluster.GetSiloServiceProvider(silo);
    public Task StopSiloAsync(SiloHandle instance) => _cluster.StopSiloAsync((InProcessSiloHandle)instance);
    public Task KillSiloAsync(SiloHandle instance) => _cluster.KillSiloAsync((InProcessSiloHandle)instance);
    public async Task<SiloHandle> RestartSiloAsync(SiloHandle instance) => await _cluster.RestartSiloAsync((InProcessSiloHandle)instance);
    public void StopAllSilos() => StopAllSilosAsync().GetAwaiter().GetResult();
    public Task StopAllSilosAsync() => _cluster.StopAllSilosAsync();
    public bool TryGetGrainContext(GrainId grainId, out IGrainContext? grainContext) => _cluster.TryGetGrainContext(grainId, out grainContext);
    public Task DeactivateAsync(IAddressable grain) => _cluster.DeactivateAsync(grain);
    public Task DeactivateAsync(GrainId grainId) => _cluster.DeactivateAsync(grainId);
    public Task WaitForDeactivationAsync(IAddressable grain) => _cluster.WaitForDeactivationAsync(grain);
    public Task WaitForDeactivationAsync(GrainId grainId) => _cluster.WaitForDeactivationAsync(grainId);

    public void Dispose()
    {
        _cluster.Dispose();
        GC.SuppressFinalize(this);
    }

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
