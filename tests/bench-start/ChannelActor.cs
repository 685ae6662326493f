using System.Threading.Channels;

namespace Squad.Bench.Start;

/// <summary>What a grain is measured against: an actor made by hand of a <see cref="Channel"/> and a <see cref="TaskCompletionSource{T}"/> a call, without identity, timeout, context or life.</summary>
public sealed class ChannelActor
{
    private readonly Channel<(int Number, TaskCompletionSource<int> Answer)> calls =
        Channel.CreateUnbounded<(int, TaskCompletionSource<int>)>(new UnboundedChannelOptions { SingleReader = true });

    public ChannelActor() => _ = RunAsync();

    public Task<int> Ping(int number)
    {
        var answer = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        calls.Writer.TryWrite((number, answer));
        return answer.Task;
    }

    public void End() => calls.Writer.Complete();

    private async Task RunAsync()
    {
        await foreach (var (number, answer) in calls.Reader.ReadAllAsync())
            answer.SetResult(number + 1);
    }
}
