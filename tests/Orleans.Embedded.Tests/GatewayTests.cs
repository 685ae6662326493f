using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Gateway;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Serialization;
using Orleans.Streams;
using Orleans.Tests;

namespace Orleans.Embedded.Tests;

/// <summary>Calls, callbacks and streams through the gateway are those of Orleans.</summary>
public sealed class GatewayTests
{
    [Fact]
    public async Task A_client_calls_grains_and_gets_their_answers()
    {
        await using var door = await Door.OpenAsync();
        var client = await door.ConnectAsync();
        var grain = client.GetGrain<IDoorGrain>("one");
        Assert.Equal(new Box<Leaf>(new Leaf("täxt", 5), null), await grain.Echo(new Leaf("täxt", 5)));
        Assert.Equal(3, await grain.Add(3));
        Assert.Equal(5, await grain.Add(2));
        var other = await grain.Other("two");
        Assert.Equal("two", await other.Key());
        Assert.Equal(client.GetGrain<IDoorGrain>("two"), other);
        await grain.Forget("one-way");
        await door.Probe.Reported("one-way");
    }

    [Fact]
    public async Task A_hundred_thousand_calls_in_flight_are_each_answered_once()
    {
        await using var door = await Door.OpenAsync();
        var client = await door.ConnectAsync();
        var grains = Enumerable.Range(0, 50).Select(i => client.GetGrain<IDoorGrain>($"g{i}")).ToArray();
        var calls = Enumerable.Range(0, 100_000).Select(i => grains[i % grains.Length].Add(1).AsTask()).ToArray();
        var answers = await Task.WhenAll(calls).WaitAsync(TimeSpan.FromSeconds(60));
        for (var g = 0; g < grains.Length; g++)
            Assert.Equal(Enumerable.Range(1, 2000).Select(i => (long)i), answers.Where((_, i) => i % grains.Length == g).Order());
    }

    [Fact]
    public async Task Exceptions_cross_with_type_and_message()
    {
        await using var door = await Door.OpenAsync();
        var grain = (await door.ConnectAsync()).GetGrain<IDoorGrain>("x");
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => grain.Fail("as it is"));
        Assert.Equal("as it is", error.Message);
        Assert.Contains(nameof(DoorGrain), error.StackTrace, StringComparison.Ordinal);
        Assert.Equal("It failed with 7.", (await Assert.ThrowsAsync<ForeignException>(grain.FailWithOwn)).Message);
    }

    [Fact]
    public async Task The_request_context_goes_along_and_does_not_stay()
    {
        await using var door = await Door.OpenAsync();
        var grain = (await door.ConnectAsync()).GetGrain<IDoorGrain>("x");
        RequestContext.Set("user", "ann");
        Assert.Equal("ann", await grain.Context("user"));
        RequestContext.Clear();
        Assert.Null(await grain.Context("user"));
    }

    [Fact]
    public async Task A_caller_s_token_cancels_the_callee()
    {
        await using var door = await Door.OpenAsync();
        var grain = (await door.ConnectAsync()).GetGrain<IDoorGrain>("x");
        using var cancellation = new CancellationTokenSource();
        var call = grain.Wait("never", cancellation.Token);
        await door.Probe.Reported("waiting never");
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await door.Probe.Reported("cancelled never");
    }

    [Fact]
    public async Task A_call_that_is_not_answered_in_time_fails_as_in_the_silo()
    {
        await using var door = await Door.OpenAsync();
        var client = await door.ConnectAsync(c => c.Configure<ClientMessagingOptions>(options =>
            (options.ResponseTimeout, options.CancelRequestOnTimeout) = (TimeSpan.FromMilliseconds(200), true)));
        await Assert.ThrowsAsync<TimeoutException>(() => client.GetGrain<IDoorGrain>("x").Wait("never", default));
        await door.Probe.Reported("cancelled never");
    }

    [Fact]
    public async Task A_sequence_is_read_step_by_step_and_ended_by_its_reader()
    {
        await using var door = await Door.OpenAsync();
        var grain = (await door.ConnectAsync()).GetGrain<IDoorGrain>("x");
        var read = new List<int>();
        await foreach (var number in grain.Count(5, default))
        {
            read.Add(number);
            if (read.Count == 3) break;
        }
        Assert.Equal([5, 6, 7], read);
        await door.Probe.Reported("counted");

        Assert.Equal(1000, await grain.Count(0, default).CountAsync());
        var error = await Assert.ThrowsAsync<InvalidOperationException>(async () => await grain.Count(-3, default).CountAsync());
        Assert.Equal("no negative numbers", error.Message);
    }

    [Fact]
    public async Task Grains_call_the_observers_of_a_client_until_it_is_gone()
    {
        await using var door = await Door.OpenAsync();
        var client = await door.ConnectAsync();
        var grain = client.GetGrain<IDoorGrain>("x");
        var observer = new DoorObserver();
        await grain.Subscribe(client.CreateObjectReference<IDoorObserver>(observer));
        Assert.Equal(10, await grain.Tell("hello"));
        await observer.Reported("hello");

        var second = await door.ConnectAsync();
        await door.DisconnectAsync(client);
        await Assert.ThrowsAsync<ClientNotAvailableException>(() => second.GetGrain<IDoorGrain>("x").Tell("anybody"));
        GC.KeepAlive(observer);
    }

    [Fact]
    public async Task A_grain_s_observers_are_there_again_when_their_client_has_connected_again()
    {
        await using var door = await Door.OpenAsync();
        var client = await door.ConnectAsync();
        var grain = client.GetGrain<IDoorGrain>("x");
        var observer = new DoorObserver();
        await grain.Subscribe(client.CreateObjectReference<IDoorObserver>(observer));
        await door.CutAsync();
        using var giveUp = new CancellationTokenSource(Door.Patience);
        while (true)
        {
            try
            {
                Assert.Equal(10, await grain.Tell("hello"));
                break;
            }
            catch (SiloUnavailableException)
            {
                giveUp.Token.ThrowIfCancellationRequested(); // sent before the client had noticed
            }
        }
        await observer.Reported("hello");
        GC.KeepAlive(observer);
    }

    [Fact]
    public async Task A_client_hears_and_feeds_streams()
    {
        await using var door = await Door.OpenAsync();
        var client = await door.ConnectAsync();
        var other = await door.ConnectAsync();
        var probe = new Probe();
        var handle = await Stream(client).SubscribeAsync((leaf, _) =>
        {
            probe.Report(leaf.Text!);
            return Task.CompletedTask;
        });
        await client.GetGrain<IDoorGrain>("s").Say("from a grain");
        await Stream(other).OnNextAsync(new Leaf("from a client", 1));
        await probe.Reported("from a client");
        Assert.Equal(["from a grain", "from a client"], probe.Log);

        Assert.Single(await Stream(client).GetAllSubscriptionHandles());
        await handle.UnsubscribeAsync();
        await client.GetGrain<IDoorGrain>("s").Say("unheard");
        Assert.Empty(await Stream(client).GetAllSubscriptionHandles());
        Assert.DoesNotContain("unheard", probe.Log);
    }

    [Fact]
    public async Task What_cannot_be_serialised_fails_its_call_and_nothing_else()
    {
        await using var door = await Door.OpenAsync();
        var grain = (await door.ConnectAsync()).GetGrain<IDoorGrain>("x");
        var error = await Assert.ThrowsAsync<CodecNotFoundException>(() => grain.Bad(new Unserialisable("n", [])));
        Assert.Contains("Unserialisable.Streams", error.Message, StringComparison.Ordinal);
        var large = await Assert.ThrowsAsync<SerializerException>(() => grain.Large(new byte[2 << 20]));
        Assert.Contains("larger than the 1048576", large.Message, StringComparison.Ordinal);
        Assert.Equal(1 << 19, await grain.Large(new byte[1 << 19]));
    }

    [Fact]
    public async Task Calls_under_way_fail_when_the_silo_dies_and_new_ones_wait_for_it()
    {
        await using var door = await Door.OpenAsync();
        var client = await door.ConnectAsync();
        var grain = client.GetGrain<IDoorGrain>("x");
        var probe = new Probe();
        await Stream(client).SubscribeAsync((leaf, _) =>
        {
            probe.Report(leaf.Text!);
            return Task.CompletedTask;
        });
        var running = grain.Wait("never", default);
        await door.Probe.Reported("waiting never");

        door.KillSilo();
        var lost = await Assert.ThrowsAsync<SiloUnavailableException>(() => running);
        Assert.Contains(door.Path, lost.Message, StringComparison.Ordinal);
        var waiting = grain.Add(1).AsTask();
        await door.StartSiloAsync();
        Assert.Equal(1, await waiting.WaitAsync(Door.Patience));

        // Subscriptions are there again.
        using var giveUp = new CancellationTokenSource(Door.Patience);
        while (probe.Log.Count == 0)
        {
            giveUp.Token.ThrowIfCancellationRequested();
            await client.GetGrain<IDoorGrain>("s").Say("again");
        }
    }

    [Fact]
    public async Task New_calls_wait_for_the_silo_no_longer_than_for_an_answer()
    {
        await using var door = await Door.OpenAsync();
        var client = await door.ConnectAsync(c => c.Configure<ClientMessagingOptions>(options => options.ResponseTimeout = TimeSpan.FromMilliseconds(300)));
        var grain = client.GetGrain<IDoorGrain>("x");
        Assert.Equal(1, await grain.Add(1));
        await door.StopSiloAsync();
        using var giveUp = new CancellationTokenSource(Door.Patience);
        while (client.ServiceProvider.GetRequiredService<GatewayClient>().IsConnected)
        {
            giveUp.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
        await Assert.ThrowsAsync<SiloUnavailableException>(async () => await grain.Add(1));
        await Assert.ThrowsAsync<SiloUnavailableException>(async () => await grain.Count(0, default).CountAsync());
    }

    [Fact]
    public async Task Without_a_silo_a_client_says_where_it_looked()
    {
        var door = new Door();
        var error = await Assert.ThrowsAsync<SiloUnavailableException>(() => door.ConnectAsync());
        Assert.Contains($"No silo listens at '{door.Path}'", error.Message, StringComparison.Ordinal);
        var attempts = 0;
        await Assert.ThrowsAsync<SiloUnavailableException>(() => door.ConnectAsync(c => c.UseConnectionRetryFilter((_, _) => Task.FromResult(++attempts < 3))));
        Assert.Equal(3, attempts);
    }

    private static IAsyncStream<Leaf> Stream(IClusterClient client) => client.GetStreamProvider("live").GetStream<Leaf>(StreamId.Create("said", "s"));
}
