using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Squad.Tests.Support;

namespace Squad.EndToEnd.Cluster;

/// <summary>A Redis server of one's own on a free port of the loopback address, which keeps nothing on disk.</summary>
internal sealed class RedisServer : IAsyncDisposable
{
    private readonly Process process;

    private RedisServer(Process process, int port) => (this.process, Connection) = (process, $"127.0.0.1:{port}");

    public string Connection { get; }

    public static async Task<RedisServer> StartAsync()
    {
        var program = new[] { "/usr/bin/redis-server", "/usr/local/bin/redis-server" }.FirstOrDefault(File.Exists);
        Requires.That(program is not null, "redis-server (Debian: redis-server)");
        var port = FreePort();
        var process = Process.Start(new ProcessStartInfo(program, ["--port", $"{port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]) { RedirectStandardOutput = true })!;
        process.BeginOutputReadLine();
        await Eventually.Async("Redis answers", TimeSpan.FromSeconds(20), async () =>
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, port);
                return true;
            }
            catch (SocketException)
            {
                return false;
            }
        });
        return new RedisServer(process, port);
    }

    public async ValueTask DisposeAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
