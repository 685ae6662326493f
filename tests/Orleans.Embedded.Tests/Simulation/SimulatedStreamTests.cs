using Microsoft.Extensions.DependencyInjection;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Simulation;
using Orleans.Streams;

namespace Orleans.Embedded.Tests.Simulation;

public interface IListenerGrain : IGrainWithStringKey
{
    Task Listen();
    Task Publish(int item);
}

[GrainType("listener")]
public sealed class ListenerGrain(Heard heard) : Grain, IListenerGrain
{
    private IAsyncStream<int> Stream => this.GetStreamProvider("live").GetStream<int>(StreamId.Create("news", "today"));

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        foreach (var handle in await Stream.GetAllSubscriptionHandles()) await handle.ResumeAsync(HearAsync);
    }

    public Task Listen() => Stream.SubscribeAsync(HearAsync);
    public Task Publish(int item) => Stream.OnNextAsync(item);

    private Task HearAsync(int item, StreamSequenceToken? token)
    {
        heard.Add(this.GetPrimaryKeyString(), item);
        return Task.CompletedTask;
    }
}

public sealed class Heard
{
    private readonly Dictionary<string, List<int>> _items = [];

    public IReadOnlyList<int> By(string listener) => _items.GetValueOrDefault(listener) ?? [];

    public void Add(string listener, int item)
    {
        if (!_items.TryGetValue(listener, out var items)) _items[listener] = items = [];
        items.Add(item);
    }
}

/// <summary>Streams between silos under faults: at least once, in order, and what a crash takes with it.</summary>
public sealed class SimulatedStreamTests
{
    private readonly Heard _heard = new();

    [Fact]
    public void Lost_messages_are_delivered_again_and_every_item_arrives_in_order()
    {
        for (var seed = 0; seed < 30; seed++)
        {
            var cluster = NewCluster(seed);
            var name = $"listener{seed}";
            cluster.Run(() => cluster.Client.GetGrain<IListenerGrain>(name).Listen());
            // Every other delivery, or its answer, is lost, but never three times in a row: then the stream gives up.
            var losses = 0;
            cluster.Faults.Message = delivery => delivery.Call.Info.Method == "Deliver" && ++losses % 3 == 1 ? MessageFate.Lost : MessageFate.Soon;
            cluster.Run(async () =>
            {
                var producer = cluster.Client.GetGrain<IListenerGrain>("producer");
                for (var item = 0; item < 10; item++) await producer.Publish(item);
            });
            cluster.Run(() => _heard.By(name).Distinct().Count() == 10);
            Assert.Equal(Enumerable.Range(0, 10), _heard.By(name).Distinct());
        }
    }

    [Fact]
    public void A_repeated_delivery_gives_the_same_items_again()
    {
        var cluster = NewCluster(1);
        cluster.Run(() => cluster.Client.GetGrain<IListenerGrain>("doubled").Listen());
        var once = true;
        cluster.Faults.DuplicateDelivery = _ => once && !(once = false);
        cluster.Run(() => cluster.Client.GetGrain<IListenerGrain>("producer").Publish(7));
        cluster.Run(() => _heard.By("doubled").Count == 2);
        Assert.Equal([7, 7], _heard.By("doubled"));
    }

    [Fact]
    public void A_subscription_goes_on_when_any_silo_has_crashed()
    {
        for (var seed = 0; seed < 30; seed++)
        {
            var cluster = NewCluster(seed);
            var name = $"survivor{seed}";
            cluster.Run(async () =>
            {
                await cluster.Client.GetGrain<IListenerGrain>(name).Listen();
                cluster.Crash(cluster.Silos[cluster.Random.Next(3)]);
                await Task.Delay(TimeSpan.FromMinutes(1), cluster.Time);
                await cluster.Client.GetGrain<IListenerGrain>("producer").Publish(seed);
            });
            cluster.Run(() => _heard.By(name).Contains(seed));
        }
    }

    [Fact]
    public void A_producer_hears_when_the_stream_s_owner_crashes_under_its_item()
    {
        var cluster = NewCluster(3);
        cluster.Run(async () =>
        {
            await cluster.Client.GetGrain<IListenerGrain>("producer").Publish(0);
            var stream = cluster.Silos[0].Runtime.StreamProvider("live")!.With(StreamId.Create("news", "today"), hub => hub.Provider.Runtime);
            var owner = cluster.Silos.Single(silo => silo.Runtime == stream);
            var elsewhere = Enumerable.Range(0, 50).Select(i => cluster.Client.GetGrain<IListenerGrain>($"producer{i}")).ToList();
            foreach (var grain in elsewhere) await grain.Publish(0);
            var outside = elsewhere.First(grain => cluster.Fabric.Find(grain.GetGrainId())!.Runtime != owner.Runtime);
            cluster.Crash(owner);
            await Assert.ThrowsAsync<SiloUnavailableException>(() => outside.Publish(1));
            await outside.Publish(2);
        });
    }

    private SimulatedCluster NewCluster(int seed)
    {
        var cluster = new SimulatedCluster(seed, (_, silo) =>
        {
            silo.AddMemoryStreams("live");
            silo.Services.AddSingleton(_heard);
        });
        cluster.Start("one", "two", "three");
        return cluster;
    }
}
