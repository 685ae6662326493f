using Orleans;

namespace Squad.Bench.Orleans;

/// <summary>The smallest grain: what a call to it costs is what a call costs.</summary>
[Alias("squad.bench.ping")]
public interface IPingGrain : IGrainWithIntegerKey
{
    [Alias("ping")]
    Task<int> Ping(int number);

    /// <summary>Calls another grain, one call after another. Returns nanoseconds a call, of each block of calls.</summary>
    [Alias("ping-other")]
    Task<double[]> PingOther(long other, int blocks, int callsABlock);
}

[GrainType("squad-bench-ping")]
public sealed class PingGrain : Grain, IPingGrain
{
    public Task<int> Ping(int number) => Task.FromResult(number + 1);

    public Task<double[]> PingOther(long other, int blocks, int callsABlock) =>
        Measurements.SequentialAsync(GrainFactory.GetGrain<IPingGrain>(other).Ping, blocks, callsABlock);
}
