using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Hosting;

namespace Squad.Bench.Start;

/// <summary>A silo with nothing but what Orleans needs.</summary>
public static class PingSilo
{
    public static async Task<IHost> StartAsync()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning));
        builder.UseOrleans(silo => silo.UseLocalhostClustering(siloPort: 11_833, gatewayPort: 30_833));
        var host = builder.Build();
        await host.StartAsync();
        return host;
    }
}
