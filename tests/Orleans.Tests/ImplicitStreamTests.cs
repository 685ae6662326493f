using Orleans.Runtime;
using Orleans.Streams;

namespace Orleans.Tests;

/// <summary>Implicit subscriptions, as https://learn.microsoft.com/dotnet/orleans/streaming/streams-programming-apis tells.</summary>
public sealed class ImplicitStreamTests
{
    [Fact]
    public async Task An_item_wakes_the_grain_of_the_streams_key_which_is_told_first()
    {
        await using var silo = await Silo.StartAsync();
        await Stream<int>(silo, "told", "a").OnNextAsync(1);
        await Stream<int>(silo, "told", "a").OnNextAsync(2);
        await silo.Probe.Reported("told 2");
        Assert.Equal(["subscribed to told/a of live", "told 1", "told 2"], silo.Probe.Log);
    }

    [Fact]
    public async Task The_next_activation_is_told_again()
    {
        await using var silo = await Silo.StartAsync();
        await Stream<int>(silo, "told", "a").OnNextAsync(1);
        await silo.Probe.Reported("told 1");
        await silo.Cluster.DeactivateAsync(silo.Grain<IToldGrain>("a"));
        await Stream<int>(silo, "told", "a").OnNextAsync(2);
        await silo.Probe.Reported("told 2");
        Assert.Equal(2, silo.Probe.Log.Count(line => line == "subscribed to told/a of live"));
        Assert.Single(silo.Probe.Log, "told 1");
    }

    [Fact]
    public async Task Items_for_which_a_grain_attaches_nothing_are_dropped()
    {
        await using var silo = await Silo.StartAsync();
        await Stream<int>(silo, "told", "careless").OnNextAsync(1);
        await silo.Probe.Reported("subscribed to told/careless of live");
        await Stream<int>(silo, "told", "b").OnNextAsync(2);
        await silo.Probe.Reported("told 2");
        Assert.DoesNotContain("told 1", silo.Probe.Log);
    }

    [Fact]
    public async Task A_grain_resumes_in_OnActivateAsync_what_its_attributes_subscribe_it_to()
    {
        await using var silo = await Silo.StartAsync();
        await Stream<string>(silo, "resumed", "a").OnNextAsync("x");
        await silo.Probe.Reported("resumed x");
        await Stream<string>(silo, "also resumed", "a").OnNextAsync("y");
        await silo.Probe.Reported("also resumed y");
        var before = await silo.Grain<IResumedGrain>("a").HandleId();
        await silo.Cluster.DeactivateAsync(silo.Grain<IResumedGrain>("a"));
        Assert.Equal(before, await silo.Grain<IResumedGrain>("a").HandleId()); // one subscription for ever
        await Stream<string>(silo, "resumed", "a").OnNextAsync("z");
        await silo.Probe.Reported("resumed z");
        Assert.Equal(["resumed x", "also resumed y", "resumed z"], silo.Probe.Log);
    }

    [Fact]
    public async Task A_pattern_subscribes_to_many_namespaces_and_keys_are_as_the_grain_writes_them()
    {
        await using var silo = await Silo.StartAsync();
        var key = Guid.NewGuid();
        var provider = silo.Inside.GetStreamProvider("live");
        await provider.GetStream<int>(StreamId.Create("metrics.cpu", key)).OnNextAsync(1);
        await provider.GetStream<int>(StreamId.Create("metrics.disk", key)).OnNextAsync(2);
        await silo.Probe.Reported($"metrics.cpu 1 for {key:N}");
        await silo.Probe.Reported($"metrics.disk 2 for {key:N}");
        await provider.GetStream<int>(StreamId.Create("counted", -7)).OnNextAsync(3);
        await silo.Probe.Reported("-7 counted 3");
    }

    [Fact]
    public async Task Implicit_and_explicit_consumers_of_one_stream_each_get_every_item()
    {
        await using var silo = await Silo.StartAsync();
        var stream = Stream<int>(silo, "told", "a");
        foreach (var name in new[] { "one", "two" })
        {
            await stream.SubscribeAsync((item, _) =>
            {
                silo.Probe.Report($"{name} {item}");
                return Task.CompletedTask;
            });
        }
        await stream.OnNextBatchAsync([1, 2, 3]);
        foreach (var name in new[] { "told", "one", "two" })
        {
            await silo.Probe.Reported($"{name} 3");
            Assert.Equal([$"{name} 1", $"{name} 2", $"{name} 3"], silo.Probe.Log.Where(line => line.StartsWith(name, StringComparison.Ordinal)));
        }
    }

    private static IAsyncStream<T> Stream<T>(Silo silo, string ns, string key) =>
        silo.Inside.GetStreamProvider("live").GetStream<T>(StreamId.Create(ns, key));
}
