using Orleans;

namespace Squad.Bench.Start;

/// <summary>The smallest grain: what a call to it costs is what a call costs.</summary>
[Alias("squad.bench.ping")]
public interface IPingGrain : IGrainWithIntegerKey
{
    [Alias("ping")]
    Task<int> Ping(int number);

    /// <summary>Calls another grain so many times, one call after another, and says how long the calls took.</summary>
    /// <returns>Nanoseconds a call, in blocks.</returns>
    [Alias("ping-others")]
    Task<double[]> PingOther(long other, int blocks, int callsABlock);
}

[GrainType("squad-bench-ping")]
public sealed class PingGrain : Grain, IPingGrain
{
    public Task<int> Ping(int number) => Task.FromResult(number + 1);

    public async Task<double[]> PingOther(long other, int blocks, int callsABlock)
    {
        var grain = GrainFactory.GetGrain<IPingGrain>(other);
        var times = new double[blocks];
        for (var block = 0; block < blocks; block++)
        {
            var clock = System.Diagnostics.Stopwatch.GetTimestamp();
            for (var call = 0; call < callsABlock; call++)
                await grain.Ping(call);
            times[block] = System.Diagnostics.Stopwatch.GetElapsedTime(clock).TotalNanoseconds / callsABlock;
        }

        return times;
    }
}
