using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Storage;

namespace Orleans.Simulation;

/// <summary>One life of a virtual silo: its process, its services, and its hosted services started as a host would.</summary>
internal sealed class SimulatedSilo
{
    private static readonly Func<BackgroundService, CancellationToken, Task> Execute = typeof(BackgroundService)
        .GetMethod("ExecuteAsync", BindingFlags.Instance | BindingFlags.NonPublic)!
        .CreateDelegate<Func<BackgroundService, CancellationToken, Task>>();

    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _background = [];
    private IHostedService[] _hosted = [];

    private SimulatedSilo(SimulatedProcess process, ServiceProvider services)
    {
        Process = process;
        Services = services;
    }

    public SimulatedProcess Process { get; }
    public string Name => Process.Name;
    public bool IsAlive => Process.IsAlive;
    public ServiceProvider Services { get; }
    public SiloRuntime Runtime => Services.GetRequiredService<SiloRuntime>();
    public IGrainFactory Grains => Services.GetRequiredService<IGrainFactory>();

    public static SimulatedSilo Create(SimulatedProcess process, ClusterFabric fabric, MemoryStorageTables memory, bool isClient,
        Action<ISiloBuilder>? configure)
    {
        var services = new ServiceCollection();
        var configuration = new ConfigurationManager();
        services.AddSingleton<IConfiguration>(configuration);
        services.AddSingleton(process.Time);
        services.AddSingleton<ITurnScheduler>(process);
        services.AddSingleton(new ClusterSeat(fabric, isClient));
        services.AddSingleton(memory);
        services.AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance);
        services.Configure<SiloOptions>(options => options.SiloName = process.Name);
        if (isClient) SiloBuilder.AddClientRuntime(services, configuration);
        configure?.Invoke(SiloBuilder.For(services, configuration));
        return new SimulatedSilo(process, services.BuildServiceProvider());
    }

    /// <summary>In its process.</summary>
    public async Task StartAsync()
    {
        Services.GetService<IStartupValidator>()?.Validate();
        _hosted = [.. Services.GetServices<IHostedService>()];
        foreach (var service in _hosted)
        {
            // The base class would start it on the thread pool.
            if (service is BackgroundService background) _background.Add(Execute(background, _stopping.Token));
            else await service.StartAsync(CancellationToken.None);
        }
        if (!Runtime.HostsGrains) Runtime.Start();
    }

    /// <summary>Stops as a host would, in its process.</summary>
    public async Task StopAsync()
    {
        _stopping.Cancel();
        foreach (var service in _hosted.Reverse()) await service.StopAsync(CancellationToken.None);
        foreach (var work in _background)
        {
            try
            {
                await work;
            }
            catch (OperationCanceledException)
            {
                // It was asked to.
            }
        }
        await Services.DisposeAsync();
    }

    public override string ToString() => Name;
}
