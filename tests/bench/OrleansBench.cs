using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Squad.Bench.Start;


namespace Squad.Bench;

/// <summary>
/// The Orleans that stands behind this build, in process: the cost of a call alone and of many at once, of an idle activation, and of starting.
/// Each against a hand-made actor over a channel (<see cref="ChannelActor"/>) in the same run.
/// </summary>
internal sealed class OrleansBench : IBench
{
    private const int Blocks = 2_000;
    private const int CallsABlock = 100;
    private const int CallsInFlight = 10; // of each grain
    private const int Apart = 8; // counters of different targets lie on different cache lines
    private const int IdleActivations = 50_000;
    private const int Starts = 7;
    private static readonly TimeSpan ManyWarm = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ManyFor = TimeSpan.FromSeconds(3);

    public string Name => "orleans";

    public string About =>
        "calls, activations and start of the Orleans behind this build, against an actor over a channel (goals: p50 1 us and 300 bytes a call, 1,500,000 calls/s over 100 grains, 2 KB an idle activation, first reply within 300 ms in 50 MB)";

    public async Task RunAsync(TextWriter output, IReadOnlyList<string> arguments, CancellationToken cancellation)
    {
        using var host = await PingSilo.StartAsync();
        var grains = host.Services.GetRequiredService<IGrainFactory>();
        await output.WriteLineAsync("| what | Orleans | channel | ratio |\n|---|---:|---:|---:|");

        // First, while nothing else is in memory that could go meanwhile.
        await RowAsync(output, "bytes an idle activation", await IdleBytesAsync(grains), IdleBytes());
        var (client, clientBytes) = await SequentialAsync(grains.GetGrain<IPingGrain>(1).Ping);
        var actor = new ChannelActor();
        var (bare, bareBytes) = await SequentialAsync(actor.Ping);
        actor.End();
        var inside = await grains.GetGrain<IPingGrain>(2).PingOther(3, Blocks, CallsABlock);
        inside = await grains.GetGrain<IPingGrain>(2).PingOther(3, Blocks, CallsABlock);
        await RowAsync(output, "one call after another, from outside, p50 ns", P50(client), P50(bare));
        await RowAsync(output, "the same from grain to grain, p50 ns", P50(inside), P50(bare));
        await RowAsync(output, "bytes allocated a call", clientBytes, bareBytes);
        foreach (var count in new[] { 100, 10_000 })
        {
            var many = Enumerable.Range(10, count).Select(key => (Func<int, Task<int>>)grains.GetGrain<IPingGrain>(key).Ping).ToArray();
            var actors = Enumerable.Range(0, count).Select(_ => new ChannelActor()).ToArray();
            var (ours, share) = await ManyAsync(many);
            var (theirs, theirShare) = await ManyAsync([.. actors.Select(a => (Func<int, Task<int>>)a.Ping)]);
            Array.ForEach(actors, a => a.End());
            await RowAsync(output, string.Create(CultureInfo.InvariantCulture, $"calls/s over {count:#,0} grains, {CallsInFlight} in flight to each"), ours, theirs);
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"| of which the least served grain got, of the mean | {share:0.00} | {theirShare:0.00} | |"));
        }

        await host.StopAsync(cancellation);
        var (silo, none) = (new List<(double Ms, double Mb)>(), new List<(double Ms, double Mb)>());
        for (var start = 0; start < Starts; start++)
        {
            silo.Add(await StartAsync("silo", cancellation));
            none.Add(await StartAsync("channel", cancellation));
        }

        await RowAsync(output, "process start to first reply, ms", P50(silo.Select(s => s.Ms)), P50(none.Select(s => s.Ms)));
        await RowAsync(output, "resident memory then, MB", P50(silo.Select(s => s.Mb)), P50(none.Select(s => s.Mb)));
    }

    /// <summary>Nanoseconds a call by block, and bytes a call.</summary>
    private static async Task<(double[] Nanoseconds, double Bytes)> SequentialAsync(Func<int, Task<int>> ping)
    {
        for (var warm = 0; warm < Blocks * CallsABlock; warm++)
            await ping(warm);
        var times = new double[Blocks];
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        for (var block = 0; block < Blocks; block++)
        {
            var clock = Stopwatch.GetTimestamp();
            for (var call = 0; call < CallsABlock; call++)
                await ping(call);
            times[block] = Stopwatch.GetElapsedTime(clock).TotalNanoseconds / CallsABlock;
        }

        allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;
        return (times, (double)allocated / (Blocks * CallsABlock));
    }

    /// <summary>Calls a second with every target kept busy for a while, and what the least served target got, as a share of the mean.</summary>
    private static async Task<(double CallsASecond, double Fairness)> ManyAsync(Func<int, Task<int>>[] targets)
    {
        await Task.WhenAll(targets.Select(target => target(0)));
        var done = new long[targets.Length * Apart];
        var over = false;
        async Task CallerAsync(int index)
        {
            await Task.Yield();
            while (!Volatile.Read(ref over))
            {
                await targets[index](1);
                Interlocked.Increment(ref done[index * Apart]);
            }
        }

        var callers = Enumerable.Range(0, targets.Length * CallsInFlight).Select(n => CallerAsync(n % targets.Length)).ToArray();
        await Task.Delay(ManyWarm);
        Array.Clear(done);
        var clock = Stopwatch.StartNew();
        await Task.Delay(ManyFor);
        Volatile.Write(ref over, true);
        var elapsed = clock.Elapsed.TotalSeconds;
        await Task.WhenAll(callers);
        var each = done.Where((_, n) => n % Apart == 0).ToArray();
        return (each.Sum() / elapsed, each.Min() / each.Average());
    }

    private static async Task<double> IdleBytesAsync(IGrainFactory grains)
    {
        await grains.GetGrain<IPingGrain>(0).Ping(1);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var key = 0; key < IdleActivations; key++)
            await grains.GetGrain<IPingGrain>(1_000_000 + key).Ping(1);
        return (double)(GC.GetTotalMemory(forceFullCollection: true) - before) / IdleActivations;
    }

    private static double IdleBytes()
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var actors = Enumerable.Range(0, IdleActivations).Select(_ => new ChannelActor()).ToArray();
        var bytes = (double)(GC.GetTotalMemory(forceFullCollection: true) - before) / IdleActivations;
        Array.ForEach(actors, a => a.End());
        return bytes;
    }

    /// <summary>Starts the smallest program there is, which answers one call and prints how long that took from its start.</summary>
    private static async Task<(double Ms, double Mb)> StartAsync(string kind, CancellationToken cancellation)
    {
        using var process = Process.Start(new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "Squad.Bench.Start"), [kind]) { RedirectStandardOutput = true })!;
        var printed = await process.StandardOutput.ReadToEndAsync(cancellation);
        await process.WaitForExitAsync(cancellation);
        var words = printed.Split(' ');
        return (double.Parse(words[0], CultureInfo.InvariantCulture), double.Parse(words[1], CultureInfo.InvariantCulture));
    }

    private static double P50(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private static Task RowAsync(TextWriter output, string what, double ours, double bare) =>
        output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"| {what} | {ours:#,0} | {bare:#,0} | {ours / bare:0.00} |"));
}
