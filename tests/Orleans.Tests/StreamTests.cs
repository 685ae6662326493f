using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Streams;

namespace Orleans.Tests;

public sealed class StreamTests
{
    [Fact]
    public async Task A_client_gets_items_and_batches_in_order()
    {
        await using var silo = await Silo.StartAsync();
        var stream = Stream(silo, "s");
        await stream.SubscribeAsync((item, _) => Report(silo, $"item {item}"));
        await stream.OnNextAsync(1);
        await stream.OnNextBatchAsync([2, 3]);
        await silo.Grain<ILifeGrain>("producer").Publish("s", 4);
        await silo.Probe.Reported("item 4");
        Assert.Equal(["item 1", "item 2", "item 3", "item 4"], silo.Probe.Log.Where(l => !l.StartsWith("act", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_producers_error_and_end_come_in_order_with_its_items()
    {
        Assert.SkipUnless(RuntimeUnderTest.IsEmbedded, "Persistent streams of Microsoft Orleans implement neither OnErrorAsync nor OnCompletedAsync.");
        await using var silo = await Silo.StartAsync();
        var stream = Stream(silo, "s");
        await stream.SubscribeAsync((item, _) => Report(silo, $"item {item}"), error => Report(silo, error.Message), () => Report(silo, "end"));
        await stream.OnNextAsync(1);
        await stream.OnErrorAsync(new FormatException("bad"));
        await stream.OnNextAsync(2);
        await stream.OnCompletedAsync();
        await silo.Probe.Reported("end");
        Assert.Equal(["item 1", "bad", "item 2", "end"], silo.Probe.Log);
    }

    [Fact]
    public async Task A_slow_consumer_does_not_hold_up_another()
    {
        await using var silo = await Silo.StartAsync();
        var stream = Stream(silo, "s");
        await silo.Grain<ILifeGrain>("slow").SubscribeAndBlock("s", "never"); // another grain: what one client consumes comes in one line
        await stream.SubscribeAsync((item, _) => Report(silo, $"item {item}"));
        for (var i = 0; i < 1000; i++) await stream.OnNextAsync(i);
        await silo.Probe.Reported("item 999");
        Assert.Equal(Enumerable.Range(0, 1000).Select(i => $"item {i}"), silo.Probe.Log.Where(line => line.StartsWith("item", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_consumer_that_falls_out_of_the_cache_is_told_and_goes_on_with_what_is_kept()
    {
        Assert.SkipUnless(RuntimeUnderTest.IsEmbedded, "Memory streams of Microsoft Orleans keep items by their age: no number of them falls out of the cache.");
        await using var silo = await Silo.StartAsync(orleans =>
            orleans.Services.Configure<SimpleQueueCacheOptions>("live", options => options.CacheSize = 10));
        var stream = Stream(silo, "s");
        await stream.SubscribeAsync(async (item, _) =>
        {
            silo.Probe.Report($"item {item}");
            await silo.Probe.Gate("go");
        }, error => Report(silo, error.GetType().Name));
        await stream.OnNextAsync(0);
        await silo.Probe.Reported("item 0");
        for (var i = 1; i <= 50; i++) await stream.OnNextAsync(i);
        silo.Probe.Open("go");
        await silo.Probe.Reported("item 50");
        Assert.Equal(["item 0", "QueueCacheMissException", .. Enumerable.Range(41, 10).Select(i => $"item {i}")], silo.Probe.Log);
    }

    [Fact]
    public async Task A_failing_consumer_gets_the_item_again_for_the_delivery_time_then_an_error_and_the_next_item()
    {
        await using var silo = await Silo.StartAsync(orleans =>
            orleans.Services.Configure<StreamPullingAgentOptions>("live", options => options.MaxEventDeliveryTime = TimeSpan.FromSeconds(2.5)));
        var stream = Stream(silo, "s");
        await stream.SubscribeAsync((item, _) =>
        {
            silo.Probe.Report($"item {item}");
            return item == 1 ? Task.FromException(new FormatException()) : Task.CompletedTask;
        }, error => Report(silo, error.GetType().Name));
        await stream.OnNextAsync(1);
        await stream.OnNextAsync(2);
        if (RuntimeUnderTest.IsEmbedded) // Microsoft Orleans waits by the machine's clock, and for random times
        {
            foreach (var pause in new[] { TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2) })
            {
                await silo.Time.WhenDueIn(pause);
                silo.Time.Advance(pause);
            }
        }
        await silo.Probe.Reported("item 2");
        var attempts = silo.Probe.Log.Count(line => line == "item 1");
        Assert.InRange(attempts, 2, 3);
        Assert.Equal([.. Enumerable.Repeat("item 1", attempts), "StreamEventDeliveryFailureException", "item 2"], silo.Probe.Log);
        Assert.Equal(TimeSpan.FromMinutes(1), new StreamPullingAgentOptions().MaxEventDeliveryTime);
    }

    [Fact]
    public async Task A_grain_subscription_outlives_its_activation_and_activates_the_grain()
    {
        await using var silo = await Silo.StartAsync();
        var grain = silo.Grain<ILifeGrain>("consumer");
        await grain.Subscribe("consumer");
        await Stream(silo, "consumer").OnNextAsync(1);
        await silo.Probe.Reported("item 1");
        await silo.Cluster.DeactivateAsync(grain);
        await Stream(silo, "consumer").OnNextAsync(2);
        await silo.Probe.Reported("item 2");
        Assert.Equal(1, await grain.Subscriptions("consumer"));
        await grain.Unsubscribe("consumer");
        Assert.Equal(0, await grain.Subscriptions("consumer"));
    }

    [Fact]
    public async Task A_subscription_resumes_at_a_token_that_is_still_kept()
    {
        await using var silo = await Silo.StartAsync();
        var stream = Stream(silo, "s");
        var tokens = new List<StreamSequenceToken>();
        var handle = await stream.SubscribeAsync((item, token) =>
        {
            tokens.Add(token!);
            return Report(silo, $"item {item}");
        });
        await stream.OnNextAsync(1);
        await stream.OnNextBatchAsync([2, 3]);
        await stream.OnNextAsync(4);
        await silo.Probe.Reported("item 4");
        var resumed = await handle.ResumeAsync((item, _) => Report(silo, $"again {item}"), tokens[1]);
        await stream.OnNextAsync(5); // what pulls the streams of Microsoft Orleans hears of the token when it brings the next item
        await silo.Probe.Reported("again 5");
        Assert.Equal(["item 1", "item 2", "item 3", "item 4", "again 2", "again 3", "again 4", "again 5"], silo.Probe.Log);
        Assert.Equal(handle, resumed);
        Assert.Equal(resumed, Assert.Single(await stream.GetAllSubscriptionHandles()));
        await Assert.ThrowsAsync<InvalidOperationException>(() => handle.UnsubscribeAsync());
        await resumed.UnsubscribeAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => resumed.ResumeAsync((_, _) => Task.CompletedTask));
        Assert.Empty(await stream.GetAllSubscriptionHandles());
    }

    [Fact]
    public async Task An_unknown_provider_is_named_in_the_error()
    {
        await using var silo = await Silo.StartAsync();
        var error = Assert.Throws<KeyNotFoundException>(() => silo.Inside.GetStreamProvider("nope"));
        Assert.Contains("nope", error.Message, StringComparison.Ordinal);
    }

    private static IAsyncStream<int> Stream(Silo silo, string key) =>
        silo.Inside.GetStreamProvider("live").GetStream<int>(StreamId.Create("numbers", key));

    private static Task Report(Silo silo, string line)
    {
        silo.Probe.Report(line);
        return Task.CompletedTask;
    }
}
