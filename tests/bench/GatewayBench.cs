using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using Squad.Client;
using Squad.Sessions;
using Squad.Tests.Support;

namespace Squad.Bench;

/// <summary>
/// Calls from this process to grains of a real silo in another, through its gateway; against a bare echo of as many bytes over a Unix socket, by a process of its own.
/// </summary>
internal sealed class GatewayBench : IBench
{
    private const int Warm = 20_000;
    private const int Calls = 50_000;
    private const int Grains = 100;
    private const int InFlight = 1_000;
    private const int CallsACaller = 1_000;

    /// <summary>About what a call without arguments takes there and back.</summary>
    private const int RequestBytes = 32;

    private static readonly TimeSpan EchoFor = TimeSpan.FromSeconds(3);

    public string Name => "gateway";

    public string About => "calls through the silo's gateway, against a bare echo over a Unix socket (goals: p50 40 us one after another, 200,000 calls/s)";

    public async Task RunAsync(TextWriter output, IReadOnlyList<string> arguments, CancellationToken cancellation)
    {
        if (arguments is ["echo", var listen])
        {
            await EchoAsync(listen);
            return;
        }

        await using var silo = await SquadServer.StartAsync("process", new Dictionary<string, string?> { ["Squad__Roles"] = "silo" });
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.SetMinimumLevel(LogLevel.None);
        builder.AddSquadClient(client => client.Gateway = SquadClientOptions.GatewayIn(silo.Data));
        using var host = builder.Build();
        await host.StartAsync(cancellation);
        var factory = host.Services.GetRequiredService<IGrainFactory>();
        var grains = Enumerable.Range(0, Grains).Select(i => factory.GetGrain<ISessionGrain>($"bench{i:d5}")).ToArray();
        await Task.WhenAll(grains.Select(grain => grain.Get()));

        var path = Path.Combine(silo.Data, "silo", "echo.sock");
        using var process = Process.Start(Environment.ProcessPath!, ["gateway", "echo", path]);
        await Eventually.Async("the echo listens", TimeSpan.FromSeconds(20), () => Task.FromResult(File.Exists(path)));
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation);

        // By turns, because the machine is not the same from minute to minute.
        var (ours, bare, oursMany, bareMany) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round < 3; round++)
        {
            ours.AddRange(await SequentialAsync(() => grains[0].Get()));
            bare.AddRange(await SequentialAsync(() => EchoOnceAsync(socket)));
            oursMany.Add(await ManyAsync(grains));
            bareMany.Add(await EchoManyAsync(socket));
        }

        process.Kill();
        await host.StopAsync(cancellation);
        await output.WriteLineAsync("| what | gateway | bare echo | ratio |\n|---|---:|---:|---:|");
        await RowAsync(output, "one call after another, p50 us", Quantile(ours, 0.5), Quantile(bare, 0.5));
        await RowAsync(output, "the same, p99 us", Quantile(ours, 0.99), Quantile(bare, 0.99));
        await RowAsync(output, string.Create(CultureInfo.InvariantCulture, $"calls/s over {Grains} grains, {InFlight:#,0} in flight"), Quantile(oursMany, 0.5), Quantile(bareMany, 0.5));
    }

    private static async Task<double[]> SequentialAsync(Func<Task> call)
    {
        for (var warm = 0; warm < Warm; warm++)
            await call();
        var times = new double[Calls];
        for (var i = 0; i < Calls; i++)
        {
            var clock = Stopwatch.GetTimestamp();
            await call();
            times[i] = Stopwatch.GetElapsedTime(clock).TotalMicroseconds;
        }

        return times;
    }

    /// <summary>Calls a second: so many callers, each one call after another.</summary>
    private static async Task<double> ManyAsync(ISessionGrain[] grains)
    {
        async Task CallerAsync(ISessionGrain grain, int calls)
        {
            for (; calls > 0; calls--)
                await grain.Get();
        }

        await Task.WhenAll(Enumerable.Range(0, InFlight).Select(n => CallerAsync(grains[n % Grains], CallsACaller / 4)));
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, InFlight).Select(n => CallerAsync(grains[n % Grains], CallsACaller)));
        return InFlight * CallsACaller / clock.Elapsed.TotalSeconds;
    }

    private static async Task EchoOnceAsync(Socket socket)
    {
        var buffer = new byte[RequestBytes];
        await socket.SendAsync(buffer);
        for (var read = 0; read < buffer.Length;)
            read += await socket.ReceiveAsync(buffer.AsMemory(read));
    }

    /// <summary>As many frames on the way as calls are; each that comes back is sent again.</summary>
    private static async Task<double> EchoManyAsync(Socket socket)
    {
        var buffer = new byte[InFlight * RequestBytes];
        await socket.SendAsync(buffer);
        var clock = Stopwatch.StartNew();
        var bytes = 0L;
        while (clock.Elapsed < EchoFor)
        {
            var read = await socket.ReceiveAsync(buffer);
            bytes += read;
            for (var sent = 0; sent < read;)
                sent += await socket.SendAsync(buffer.AsMemory(sent, read - sent));
        }

        var rate = bytes / RequestBytes / clock.Elapsed.TotalSeconds;
        for (var left = buffer.Length; left > 0;)
            left -= await socket.ReceiveAsync(buffer);
        return rate;
    }

    private static async Task EchoAsync(string path)
    {
        using var listening = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listening.Bind(new UnixDomainSocketEndPoint(path));
        listening.Listen();
        using var socket = await listening.AcceptAsync();
        var buffer = new byte[InFlight * RequestBytes];
        while (await socket.ReceiveAsync(buffer) is > 0 and var read)
        {
            for (var sent = 0; sent < read;)
                sent += await socket.SendAsync(buffer.AsMemory(sent, read - sent));
        }
    }

    private static double Quantile(IEnumerable<double> values, double quantile)
    {
        var sorted = values.Order().ToArray();
        return sorted[(int)(quantile * (sorted.Length - 1))];
    }

    private static Task RowAsync(TextWriter output, string what, double ours, double bare) =>
        output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"| {what} | {ours:#,0.0} | {bare:#,0.0} | {ours / bare:0.00} |"));
}
