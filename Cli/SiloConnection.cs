using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Runtime;
using Squad.Client;
using Squad.Cluster;
using Squad.Sessions;

namespace Squad.Cli;

/// <summary>The silo of a data directory, for one command.</summary>
internal sealed class SiloConnection
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly IGrainFactory grains;

    private SiloConnection(string gateway, IGrainFactory grains) => (Gateway, this.grains) = (gateway, grains);

    public string Gateway { get; }

    public ISchedulerGrain Scheduler => grains.GetGrain<ISchedulerGrain>("default");

    public ISessionGrain Session(string id) => grains.GetGrain<ISessionGrain>(id);

    /// <summary>Connects, works, and says what went wrong.</summary>
    /// <returns>The program's exit code.</returns>
    public static async Task<int> UseAsync(string dataDirectory, Func<SiloConnection, Task<int>> work, CancellationToken cancellation)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration["Squad:Storage:DataDirectory"] = dataDirectory;
        builder.Logging.SetMinimumLevel(LogLevel.None);
        builder.AddSquadClient(client => client.ResponseTimeout = Patience);
        using var host = builder.Build();
        var gateway = host.Services.GetRequiredService<IOptions<SquadClientOptions>>().Value.Gateway;
        var socket = SquadClientOptions.GatewayIn(dataDirectory);
        if (gateway == socket && !File.Exists(socket))
        {
            await Console.Error.WriteLineAsync($"No silo runs on the data directory {Path.GetFullPath(dataDirectory)}: there is no socket {socket}. "
                + "Start one with 'make run', or say with --data which directory it has.");
            return ExitCode.NoSilo;
        }

        try
        {
            await host.StartAsync(cancellation);
            var code = await work(new SiloConnection(gateway, host.Services.GetRequiredService<IGrainFactory>()));
            await host.StopAsync(cancellation);
            return code;
        }
        catch (Exception problem) when (problem is SiloUnavailableException or OrleansConfigurationException or TimeoutException)
        {
            await Console.Error.WriteLineAsync($"{problem.Message} If the silo is gone, start it with 'make run'.");
        }

        return ExitCode.NoSilo;
    }
}
