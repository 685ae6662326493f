#if ORLEANS_PACKAGES
using Microsoft.Extensions.Options;
using Orleans.Runtime;
using Squad.Client;
using Squad.Platform.Storage;

namespace Squad.Silo.Cluster;

/// <summary>Keeps <see cref="GatewayFile"/> while the silo serves. One that was killed leaves it; whoever reads it then finds nobody there.</summary>
internal sealed class GatewayAnnouncer(
    ILocalSiloDetails silo, IOptions<Orleans.Configuration.ClusterOptions> cluster, IOptions<StorageOptions> storage) : IHostedLifecycleService
{
    private string Data => storage.Value.DataDirectory;

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        new GatewayFile(silo.GatewayAddress.ToGatewayUri(), cluster.Value.ClusterId, cluster.Value.ServiceId).Write(Data);
        return Task.CompletedTask;
    }

    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        GatewayFile.Delete(Data);
        return Task.CompletedTask;
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
#endif
