using System.Collections.Concurrent;
using System.Threading.Channels;

namespace Squad.Bench.Orleans;

/// <summary>What a grain is measured against: an actor made by hand of a <see cref="Channel"/> and a <see cref="TaskCompletionSource{T}"/> a call, without timeout, context or life.</summary>
internal sealed class ChannelActor : IPingable
{
    private static readonly ConcurrentDictionary<long, ChannelActor> Actors = new();

    private readonly Channel<(int Number, TaskCompletionSource<int> Answer)> calls =
        Channel.CreateUnbounded<(int, TaskCompletionSource<int>)>(new UnboundedChannelOptions { SingleReader = true });

    private ChannelActor() => _ = RunAsync();

    public static IPingable Find(long key) => Actors.GetOrAdd(key, _ => new ChannelActor());

    public Task<int> Ping(int number)
    {
        var answer = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        calls.Writer.TryWrite((number, answer));
        return answer.Task;
    }

    public Task<double[]> PingOther(long other, int blocks, int callsABlock) => Measurements.SequentialAsync(Find(other).Ping, blocks, callsABlock);

    private async Task RunAsync()
    {
        await foreach (var (number, answer) in calls.Reader.ReadAllAsync())
            answer.SetResult(number + 1);
    }
}
