using System.Diagnostics;
using System.Globalization;

namespace Squad.Bench.Orleans;

/// <summary>What is measured of targets that are found by key, each figure printed as a line <c>name value</c>.</summary>
internal static class Measurements
{
    private const int Blocks = 2_000;
    private const int CallsABlock = 100;
    private const int CallsInFlight = 10; // to each target
    private const int Apart = 8; // counters of different targets lie on different cache lines
    private const int IdleTargets = 50_000;
    private static readonly TimeSpan ManyWarm = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ManyFor = TimeSpan.FromSeconds(3);

    /// <summary>From the start of this process to its first reply, and what is resident then.</summary>
    public static async Task StartAsync(Func<long, IPingable> find)
    {
        await find(1).Ping(1);
        using var self = Process.GetCurrentProcess();
        Print("start-ms", (TimeProvider.System.GetLocalNow().DateTime - self.StartTime).TotalMilliseconds);
        Print("start-mb", self.WorkingSet64 / 1e6);
    }

    public static async Task CallsAsync(Func<long, IPingable> find)
    {
        // First, while nothing else is in memory that could go meanwhile.
        Print("idle-bytes", await IdleBytesAsync(find));
        await SequentialAsync(find(1).Ping, Blocks, CallsABlock);
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        var outside = await SequentialAsync(find(1).Ping, Blocks, CallsABlock);
        Print("call-bytes", (GC.GetTotalAllocatedBytes(precise: true) - allocated) / (double)(Blocks * CallsABlock));
        Print("outside-ns", Median(outside));
        await find(2).PingOther(3, Blocks, CallsABlock);
        Print("inside-ns", Median(await find(2).PingOther(3, Blocks, CallsABlock)));
        foreach (var count in new[] { 100, 10_000 })
        {
            var (calls, share) = await ManyAsync([.. Enumerable.Range(10, count).Select(key => find(key))]);
            Print($"calls-{count}", calls);
            Print($"share-{count}", share);
        }
    }

    /// <summary>Calls one after another. Returns nanoseconds a call, of each block of calls.</summary>
    public static async Task<double[]> SequentialAsync(Func<int, Task<int>> ping, int blocks, int callsABlock)
    {
        var times = new double[blocks];
        for (var block = 0; block < blocks; block++)
        {
            var clock = Stopwatch.GetTimestamp();
            for (var call = 0; call < callsABlock; call++)
                await ping(call);
            times[block] = Stopwatch.GetElapsedTime(clock).TotalNanoseconds / callsABlock;
        }

        return times;
    }

    /// <summary>Calls a second with every target kept busy for a while, and what the least served one got, as a share of the mean.</summary>
    private static async Task<(double CallsASecond, double Share)> ManyAsync(IPingable[] targets)
    {
        await Task.WhenAll(targets.Select(target => target.Ping(0)));
        var done = new long[targets.Length * Apart];
        var over = false;
        async Task CallAsync(int index)
        {
            await Task.Yield();
            while (!Volatile.Read(ref over))
            {
                try
                {
                    await targets[index].Ping(1);
                    Interlocked.Increment(ref done[index * Apart]);
                }
                catch (TimeoutException)
                {
                    // Not served at all: the share tells it.
                }
            }
        }

        var callers = Enumerable.Range(0, targets.Length * CallsInFlight).Select(n => CallAsync(n % targets.Length)).ToArray();
        // On a thread of its own: where callers that never rest keep the pool's threads to themselves, nothing else would ever end this.
        var elapsed = await Task.Factory.StartNew(
            () =>
            {
                Thread.Sleep(ManyWarm);
                Array.Clear(done);
                var clock = Stopwatch.StartNew();
                Thread.Sleep(ManyFor);
                Volatile.Write(ref over, true);
                return clock.Elapsed.TotalSeconds;
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        var each = done.Where((_, n) => n % Apart == 0).ToArray();
        await Task.WhenAll(callers);
        return (each.Sum() / elapsed, each.Min() / each.Average());
    }

    private static async Task<double> IdleBytesAsync(Func<long, IPingable> find)
    {
        await find(0).Ping(1);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var key = 0; key < IdleTargets; key++)
            await find(1_000_000 + key).Ping(1);
        return (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)IdleTargets;
    }

    private static double Median(double[] values)
    {
        Array.Sort(values);
        return (values[(values.Length - 1) / 2] + values[values.Length / 2]) / 2;
    }

    private static void Print(string name, double value) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name} {value:0.00}"));
}
