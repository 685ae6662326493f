using Orleans.Configuration;
using Orleans.Hosting;
using Squad.Client;
using Squad.Events;
using Squad.Platform.Storage;

namespace Squad.Silo.Cluster;

/// <summary>Makes this process a silo. The one place that may know which Orleans stands behind the API.</summary>
internal static class SquadCluster
{
    public static void AddSquadCluster(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSquadGrainStorage();
        builder.Services.AddSquadReminderTable();
        builder.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering();
            silo.AddReminders();
#if !ORLEANS_PACKAGES // whose gateway is a port
            silo.UseUnixSocketGateway(SquadClientOptions.GatewayIn(builder.Configuration["Squad:Storage:DataDirectory"]!));
            silo.Configure<SiloMessagingOptions>(options => options.MaxMessageBodySize = new SquadClientOptions().MessageBytesMax);
#endif
            silo.AddMemoryStreams(EventStreams.Provider);
            silo.AddMemoryGrainStorage("PubSubStore");
            silo.Configure<SiloOptions>(options => options.SiloName = builder.Configuration["Squad:Node:Name"] ?? "local");
        });
    }
}
