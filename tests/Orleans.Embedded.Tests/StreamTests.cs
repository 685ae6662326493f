using Orleans.Runtime;
using Orleans.Streams;

namespace Orleans.Embedded.Tests;

/// <summary>What this stream provider promises beyond the documentation.</summary>
public sealed class StreamTests
{
    [Fact]
    public async Task A_consumer_that_moves_back_amid_a_batch_reads_on_from_there()
    {
        await using var silo = await Silo.StartAsync();
        var stream = silo.Inside.GetStreamProvider("live").GetStream<int>(StreamId.Create("numbers", "s"));
        StreamSubscriptionHandle<int>? handle = null;
        StreamSequenceToken? first = null;
        handle = await stream.SubscribeAsync(Take);
        await stream.OnNextBatchAsync([1, 2, 3, 4]);
        await silo.Probe.Reported("4");
        Assert.Equal(["1", "2", "1", "2", "3", "4"], silo.Probe.Log);

        async Task Take(int item, StreamSequenceToken? token)
        {
            first ??= token;
            silo.Probe.Report($"{item}");
            if (item == 2 && silo.Probe.Log.Count == 2) await handle!.ResumeAsync(Take, first);
        }
    }

    [Fact]
    public async Task A_subscription_resumes_amid_a_batch_and_without_another_item()
    {
        await using var silo = await Silo.StartAsync();
        var stream = silo.Inside.GetStreamProvider("live").GetStream<int>(StreamId.Create("numbers", "s"));
        StreamSequenceToken? second = null;
        var handle = await stream.SubscribeAsync((item, token) =>
        {
            if (item == 2) second = token;
            silo.Probe.Report($"{item}");
            return Task.CompletedTask;
        });
        await stream.OnNextBatchAsync([1, 2, 3]);
        await silo.Probe.Reported("3");
        await handle.ResumeAsync((item, _) =>
        {
            silo.Probe.Report($"again {item}");
            return Task.CompletedTask;
        }, second);
        await silo.Probe.Reported("again 3");
        Assert.Equal(["1", "2", "3", "again 2", "again 3"], silo.Probe.Log);
    }

    [Fact]
    public async Task A_stream_that_rests_is_forgotten_and_its_implicit_subscribers_come_back_with_the_next_item()
    {
        await using var silo = await Silo.StartAsync();
        var stream = silo.Inside.GetStreamProvider("live").GetStream<string>(StreamId.Create("rested", "a"));
        await stream.OnNextAsync("before");
        await silo.Probe.Reported("before");
        await silo.Cluster.DeactivateAsync(silo.Grain<IRestingGrain>("a"));
        silo.Time.Advance(TimeSpan.FromMinutes(30));
        await stream.OnNextAsync("after");
        await silo.Probe.Reported("after");
        Assert.Equal(["before", "after"], silo.Probe.Log);
    }

    [Fact]
    public async Task The_end_and_an_error_reach_an_implicit_subscriber()
    {
        await using var silo = await Silo.StartAsync();
        var stream = silo.Inside.GetStreamProvider("live").GetStream<string>(StreamId.Create("rested", "a"));
        await stream.OnErrorAsync(new FormatException("bad"));
        await stream.OnCompletedAsync();
        await silo.Probe.Reported("end");
        Assert.Equal(["bad", "end"], silo.Probe.Log);
    }

    [Fact]
    public async Task Unsubscribing_an_implicit_subscription_takes_its_observer_away_until_it_resumes()
    {
        await using var silo = await Silo.StartAsync();
        var stream = silo.Inside.GetStreamProvider("live").GetStream<string>(StreamId.Create("rested", "a"));
        await silo.Grain<IRestingGrain>("a").Leave();
        await stream.OnNextAsync("nobody hears this");
        await silo.Cluster.DeactivateAsync(silo.Grain<IRestingGrain>("a"));
        await stream.OnNextAsync("heard");
        await silo.Probe.Reported("heard");
    }
}

[ImplicitStreamSubscription("rested")]
public sealed class RestingGrain(Probe probe) : Grain, IRestingGrain
{
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        foreach (var handle in await Stream.GetAllSubscriptionHandles())
        {
            await handle.ResumeAsync((item, _) => Report(item), error => Report(error.Message), () => Report("end"));
        }
    }

    private IAsyncStream<string> Stream => this.GetStreamProvider("live").GetStream<string>(StreamId.Create("rested", this.GetPrimaryKeyString()));

    public async Task Leave()
    {
        foreach (var handle in await Stream.GetAllSubscriptionHandles()) await handle.UnsubscribeAsync();
    }

    private Task Report(string line)
    {
        probe.Report(line);
        return Task.CompletedTask;
    }
}

public interface IRestingGrain : IGrainWithStringKey
{
    Task Leave();
}
