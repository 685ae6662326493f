#if ORLEANS_PACKAGES
using System.Net;
using Orleans.Configuration;
using Orleans.Hosting;
using Squad.Events;
using Squad.Platform.Storage;

namespace Squad.Silo.Cluster;

/// <summary>A silo of Microsoft Orleans: alone, or in a cluster whose members are in PostgreSQL or Redis.</summary>
internal static class MicrosoftOrleans
{
    private const string Npgsql = "Npgsql";
    private const string PubSubStore = "PubSubStore";

    public static void UseMicrosoftOrleans(this ISiloBuilder silo, ClusterOptions options, StorageOptions storage)
    {
        silo.AddAnnouncements();
        silo.Services.AddHostedService<GatewayAnnouncer>();
        if (options.Provider == ClusterProvider.Localhost)
        {
            silo.UseLocalhostClustering(options.SiloPort, options.GatewayPort, serviceId: options.ServiceId, clusterId: options.ClusterId);
            silo.AddMemoryGrainStorage(PubSubStore);
            return;
        }

        silo.Configure<Orleans.Configuration.ClusterOptions>(o => (o.ClusterId, o.ServiceId) = (options.ClusterId, options.ServiceId));
        silo.Listen(options);
        silo.AddAdoNetGrainStorage(PubSubStore, (AdoNetGrainStorageOptions o) => (o.Invariant, o.ConnectionString) = (Npgsql, storage.ConnectionString!));
        if (options.Provider == ClusterProvider.Redis)
            silo.UseRedisClustering(options.RedisConnection!);
        else
            silo.UseAdoNetClustering((AdoNetClusteringSiloOptions o) => (o.Invariant, o.ConnectionString) = (Npgsql, storage.ConnectionString!));
        if (options.Tls.IsOn)
            silo.UseTls(new ClusterCertificates(options.Tls).Configure);
    }

    /// <summary>
    /// Streams in the memory of the silos: they say only that a log has grown, so what a dying silo takes with it delays a watcher by two seconds and loses nothing
    /// (docs/adr/0004-log-and-wake.md). Fetched every 10 ms, since that is what a watcher waits for.
    /// </summary>
    private static void AddAnnouncements(this ISiloBuilder silo) => silo.AddMemoryStreams(EventStreams.Provider, streams =>
        streams.ConfigurePullingAgent(agent => agent.Configure(o => o.GetQueueMsgsTimerPeriod = TimeSpan.FromMilliseconds(10))));

    private static void Listen(this ISiloBuilder silo, ClusterOptions options)
    {
        if (options.AdvertisedAddress is not { Length: > 0 } advertised)
            silo.ConfigureEndpoints(options.SiloPort, options.GatewayPort);
        else if (IPAddress.TryParse(advertised, out var address))
            silo.ConfigureEndpoints(address, options.SiloPort, options.GatewayPort, listenOnAnyHostAddress: !IPAddress.IsLoopback(address));
        else
            silo.ConfigureEndpoints(advertised, options.SiloPort, options.GatewayPort, listenOnAnyHostAddress: true);
    }
}
#endif
