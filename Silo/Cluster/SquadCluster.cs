using Orleans.Configuration;
using Orleans.Hosting;
using Squad.Events;
using Squad.Platform.Storage;

namespace Squad.Silo.Cluster;

/// <summary>Makes this process a silo. The one place that may know which Orleans stands behind the API.</summary>
internal static class SquadCluster
{
    public static void AddSquadCluster(this WebApplicationBuilder builder)
    {
        builder.Services.AddSquadGrainStorage();
        builder.Services.AddSquadReminderTable();
        builder.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering();
            silo.AddReminders();
            silo.AddMemoryStreams(EventStreams.Provider);
            silo.AddMemoryGrainStorage("PubSubStore");
            silo.Configure<SiloOptions>(options => options.SiloName = builder.Configuration["Squad:Node:Name"] ?? "local");
        });
    }
}
