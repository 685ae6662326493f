using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Hosting;
using Squad.Client;
using Squad.Events;
using Squad.Platform.Storage;

namespace Squad.Silo.Cluster;

/// <summary>Makes this process a silo, or a client of one. The one folder that may know which Orleans stands behind the API.</summary>
internal static class SquadCluster
{
#if ORLEANS_PACKAGES
    private const bool HasClusters = true;
#else
    private const bool HasClusters = false;
#endif

    /// <exception cref="OptionsValidationException">Section <c>Squad:Cluster</c> asks for what cannot be.</exception>
    public static void AddSquadCluster(this IHostApplicationBuilder builder)
    {
        var configuration = builder.Configuration;
        var storage = configuration.GetSection(StorageOptions.Section).Get<StorageOptions>() ?? new StorageOptions();
        var node = configuration["Squad:Node:Name"];
        var options = configuration.GetSection(ClusterOptions.Section).Get<ClusterOptions>() ?? new ClusterOptions();
        // Checked here and not when the host starts: the wiring itself depends on it.
        if (new ClusterOptionsValidator(HasClusters, storage.Provider, node).Validate(null, options) is { Failed: true } refused)
            throw new OptionsValidationException(ClusterOptions.Section, typeof(ClusterOptions), refused.Failures);

        builder.Services.AddSquadGrainStorage();
        builder.Services.AddSquadReminderTable();
        builder.UseOrleans(silo =>
        {
            silo.Configure<SiloOptions>(o => o.SiloName = node ?? "local");
            silo.AddReminders();
#if ORLEANS_PACKAGES
            silo.UseMicrosoftOrleans(options, storage);
#else
            silo.UseLocalhostClustering(serviceId: options.ServiceId, clusterId: options.ClusterId);
            silo.UseUnixSocketGateway(SquadClientOptions.GatewayIn(storage.DataDirectory));
            silo.Configure<SiloMessagingOptions>(o => o.MaxMessageBodySize = new SquadClientOptions().MessageBytesMax);
            silo.AddMemoryStreams(EventStreams.Provider);
            silo.AddMemoryGrainStorage("PubSubStore");
#endif
        });
    }

    /// <summary>Makes this process a client of a silo that may start later, over TLS where the cluster has it.</summary>
    public static void AddSquadClusterClient(this IHostApplicationBuilder builder)
    {
        builder.AddSquadClient(client => client.WaitForSilo = false);
#if ORLEANS_PACKAGES
        var tls = builder.Configuration.GetSection(ClusterOptions.Section).Get<ClusterOptions>()?.Tls;
        if (tls is { IsOn: true })
            builder.UseOrleansClient(client => client.UseTls(new ClusterCertificates(tls).Configure));
#endif
    }
}
