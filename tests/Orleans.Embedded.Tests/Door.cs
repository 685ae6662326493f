using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Tests;

namespace Orleans.Embedded.Tests;

/// <summary>A silo with a gateway in a directory of its own, and clients of it, each a host as in a process of its own. The silo may be killed and started again.</summary>
internal sealed class Door : IAsyncDisposable
{
    private readonly List<IHost> _clients = [];
    private readonly List<string> _log = [];
    private IHost? _silo;

    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("door-").FullName;
    public string Path => System.IO.Path.Combine(Directory, "s", "gateway.sock");
    public Probe Probe { get; } = new();

    /// <summary>Warnings of the silo.</summary>
    public IReadOnlyList<string> Warnings
    {
        get
        {
            lock (_log) return [.. _log];
        }
    }

    public static async Task<Door> OpenAsync()
    {
        var door = new Door();
        await door.StartSiloAsync();
        return door;
    }

    public async Task StartSiloAsync()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton(Probe);
        builder.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning).AddProvider(new Collected(_log)));
        builder.UseOrleans(silo =>
        {
            silo.AddMemoryStreams("live");
            silo.UseUnixSocketGateway(Path);
            silo.Configure<SiloMessagingOptions>(options => options.MaxMessageBodySize = 1 << 20);
        });
        var silo = builder.Build();
        await silo.StartAsync();
        _silo = silo;
    }

    /// <summary>Ends the silo as a crash would: its connections are gone, nobody is told why.</summary>
    public void KillSilo()
    {
        _silo!.Dispose();
        _silo = null;
    }

    /// <summary>Ends the connections, and not the silo.</summary>
    public Task CutAsync() => _silo!.Services.GetRequiredService<Gateway.GatewayServer>().CloseAll(default);

    public async Task StopSiloAsync()
    {
        await _silo!.StopAsync();
        _silo.Dispose();
        _silo = null;
    }

    public async Task<IClusterClient> ConnectAsync(Action<IClientBuilder>? configure = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddLogging();
        builder.UseOrleansClient(client =>
        {
            client.UseStaticClustering(options => options.Gateways.Add(new Uri($"unix://{Path}")));
            client.AddMemoryStreams("live");
            client.Configure<ClientMessagingOptions>(options => options.MaxMessageBodySize = 1 << 20);
            configure?.Invoke(client);
        });
        var host = builder.Build();
        _clients.Add(host);
        await host.StartAsync();
        return host.Services.GetRequiredService<IClusterClient>();
    }

    public async Task DisconnectAsync(IClusterClient client)
    {
        var host = _clients.Find(c => c.Services.GetRequiredService<IClusterClient>() == client)!;
        _clients.Remove(host);
        await host.StopAsync();
        host.Dispose();
    }

    /// <summary>A connection that speaks as it likes.</summary>
    public async Task<Socket> RawAsync()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path));
        return socket;
    }

    public async ValueTask DisposeAsync()
    {
        Probe.OpenAll();
        foreach (var client in _clients)
        {
            await client.StopAsync();
            client.Dispose();
        }
        if (_silo is not null) await StopSiloAsync();
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    private sealed class Collected(List<string> log) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;
        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (log) log.Add(formatter(state, exception));
        }

        public void Dispose()
        {
        }
    }
}
