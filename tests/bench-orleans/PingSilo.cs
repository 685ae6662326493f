using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Hosting;

namespace Squad.Bench.Orleans;

/// <summary>A silo with nothing but what Orleans needs. It lives as long as the process.</summary>
internal static class PingSilo
{
    /// <summary>How its grains are found: by key, what is called.</summary>
    public static async Task<Func<long, IPingable>> StartAsync()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning));
        builder.UseOrleans(silo => silo.UseLocalhostClustering(siloPort: 11_833, gatewayPort: 30_833));
        var host = builder.Build();
        await host.StartAsync();
        var grains = host.Services.GetRequiredService<IGrainFactory>();
        return key => new Grain(grains.GetGrain<IPingGrain>(key));
    }

    private sealed class Grain(IPingGrain grain) : IPingable
    {
        public Task<int> Ping(int number) => grain.Ping(number);

        public Task<double[]> PingOther(long other, int blocks, int callsABlock) => grain.PingOther(other, blocks, callsABlock);
    }
}
