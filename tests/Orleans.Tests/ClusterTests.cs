using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.TestingHost;

namespace Orleans.Tests;

/// <summary>Several silos: where grains live, and what becomes of them and of their callers when a silo leaves or dies.</summary>
public sealed class ClusterTests
{
    [Fact]
    public async Task A_grain_has_one_activation_in_the_cluster_whoever_calls()
    {
        await using var cluster = await Silos.StartAsync(3);
        for (var i = 0; i < 20; i++)
        {
            var key = $"one{i}";
            var fromEach = await Task.WhenAll(cluster.Factories().Select(factory => factory.GetGrain<IPlaceGrain>(key).Activation()));
            Assert.Single(fromEach.Distinct());
        }
    }

    [Fact]
    public async Task Grains_spread_over_the_silos_and_call_each_other()
    {
        await using var cluster = await Silos.StartAsync(3);
        var caller = cluster.Client.GetGrain<IPlaceGrain>("caller");
        var silos = new HashSet<string>();
        for (var i = 0; i < 60; i++)
        {
            var grain = cluster.Client.GetGrain<IPlaceGrain>($"spread{i}");
            silos.Add(await caller.Ask(grain));
        }
        Assert.Equal(3, silos.Count);
    }

    [Fact]
    public async Task Strategies_decide_where_a_grain_lives()
    {
        await using var cluster = await Silos.StartAsync(3);
        var second = cluster.Cluster.Silos[1];
        var factory = second.ServiceProvider.GetRequiredService<IGrainFactory>();
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(cluster.NameOf(second), await factory.GetGrain<IHereGrain>($"here{i}").Silo());
            Assert.Equal(cluster.NameOf(second), await factory.GetGrain<ILocalWorkerGrain>($"worker{i}").Silo());
        }

        var hashed = new List<string>();
        for (var i = 0; i < 40; i++) hashed.Add(await factory.GetGrain<IHashedGrain>($"hash{i}").Silo());
        Assert.Equal(3, hashed.Distinct().Count());
        for (var i = 0; i < 60; i++) await factory.GetGrain<IEvenGrain>($"even{i}").Silo();
    }

    [Fact]
    public async Task A_director_of_the_application_decides_and_its_refusal_reaches_the_caller()
    {
        await using var cluster = await Silos.StartAsync(2);
        foreach (var silo in cluster.Cluster.Silos)
        {
            var name = cluster.NameOf(silo);
            Assert.Equal(name, await cluster.Client.GetGrain<IPinnedGrain>(name).Silo());
        }
        var error = await Assert.ThrowsAnyAsync<Exception>(() => cluster.Client.GetGrain<IPinnedGrain>("nowhere").Silo());
        Assert.Contains("There is no silo 'nowhere'", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stopped_silo_hands_over_its_grains()
    {
        await using var cluster = await Silos.StartAsync(2);
        var leaving = cluster.Cluster.Silos[1];
        var factory = leaving.ServiceProvider.GetRequiredService<IGrainFactory>();
        for (var i = 0; i < 10; i++) Assert.Equal(cluster.NameOf(leaving), await factory.GetGrain<IHereGrain>($"moving{i}").Silo());
        await cluster.Cluster.StopSiloAsync(leaving);
        var staying = cluster.NameOf(cluster.Cluster.Silos[0]);
        for (var i = 0; i < 10; i++)
            Assert.Equal(staying, await cluster.Client.GetGrain<IHereGrain>($"moving{i}").Silo().WaitAsync(Silo.Patience));
    }

    [Fact]
    public async Task A_call_in_flight_to_a_killed_silo_fails_and_the_next_one_finds_the_grain_elsewhere()
    {
        await using var cluster = await Silos.StartAsync(2);
        var dying = cluster.Cluster.Silos[1];
        var name = cluster.NameOf(dying);
        var home = dying.ServiceProvider.GetRequiredService<IGrainFactory>();
        Assert.Equal(name, await home.GetGrain<IHereGrain>("victim").Silo());
        var grain = cluster.Client.GetGrain<IHereGrain>("victim");
        var waiting = grain.Wait("never");
        await cluster.Probe.Reported($"waits in {name}");
        await cluster.Cluster.KillSiloAsync(dying);
        // Which of the two depends on whether the crash is noticed before the caller's time is up.
        var error = await Assert.ThrowsAnyAsync<Exception>(() => waiting.WaitAsync(Silo.Patience));
        Assert.True(error is SiloUnavailableException or TimeoutException, error.ToString());
        Assert.NotEqual(name, await grain.Silo().WaitAsync(Silo.Patience));
    }

    [Fact]
    public async Task A_silo_can_be_added_and_restarted()
    {
        await using var cluster = await Silos.StartAsync(1);
        var added = await cluster.Cluster.StartAdditionalSiloAsync();
        var factory = added.ServiceProvider.GetRequiredService<IGrainFactory>();
        Assert.Equal(cluster.NameOf(added), await factory.GetGrain<IHereGrain>("a").Silo());
        await cluster.Cluster.KillSiloAsync(added);
        var back = await cluster.Cluster.RestartSiloAsync(added);
        Assert.NotEqual(added.SiloAddress, back!.SiloAddress);
        Assert.Equal(cluster.NameOf(back), await back.ServiceProvider.GetRequiredService<IGrainFactory>().GetGrain<IHereGrain>("b").Silo());
        Assert.Equal(2, cluster.Cluster.GetActiveSilos().Count());
    }

    [Fact]
    public async Task Exceptions_cross_silos()
    {
        await using var cluster = await Silos.StartAsync(2);
        foreach (var factory in cluster.Factories())
        {
            var error = await Assert.ThrowsAsync<FormatException>(() => factory.GetGrain<IHashedGrain>("thrower").Fail());
            Assert.StartsWith("thrown in ", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Every_silo_sees_who_is_in_the_cluster_and_who_left()
    {
        await using var cluster = await Silos.StartAsync(2);
        var dying = cluster.Cluster.Silos[1];
        var membership = cluster.Cluster.Silos[0].ServiceProvider.GetRequiredService<IClusterMembershipService>();
        Assert.Equal(2, membership.CurrentSnapshot.Members.Values.Count(m => m.Status == SiloStatus.Active));
        Assert.Contains(membership.CurrentSnapshot.Members.Values, m => m.Name == cluster.NameOf(dying) && m.SiloAddress.Equals(dying.SiloAddress));

        var seen = Task.Run(async () =>
        {
            await foreach (var snapshot in membership.MembershipUpdates)
            {
                if (snapshot.GetSiloStatus(dying.SiloAddress) == SiloStatus.Dead) return snapshot;
            }
            throw new InvalidOperationException("The updates ended.");
        });
        await cluster.Cluster.KillSiloAsync(dying);
        var last = await seen.WaitAsync(Silo.Patience);
        Assert.Single(last.Members.Values, m => m.Status == SiloStatus.Active);
    }

    [Fact]
    public async Task A_stream_reaches_consumers_on_every_silo_whoever_produces()
    {
        await using var cluster = await Silos.StartAsync(3);
        var factories = cluster.Factories().ToArray();
        for (var i = 0; i < 3; i++) await factories[i].GetGrain<IHereGrain>($"listener{i}").Listen("news");
        for (var i = 0; i < factories.Length; i++) await factories[i].GetGrain<IHereGrain>($"producer{i}").Publish("news", i);
        for (var listener = 0; listener < 3; listener++)
        {
            for (var item = 0; item < factories.Length; item++) await cluster.Probe.Reported($"listener{listener} heard {item}");
        }
    }

    /// <summary>A cluster of several silos with memory storage and a place where grains report.</summary>
    private sealed class Silos : IAsyncDisposable
    {
        private Silos(InProcessTestCluster cluster, Probe probe)
        {
            Cluster = cluster;
            Probe = probe;
        }

        public InProcessTestCluster Cluster { get; }
        public Probe Probe { get; }
        public IClusterClient Client => Cluster.Client;

        public static async Task<Silos> StartAsync(short count)
        {
            var probe = new Probe();
            var builder = new InProcessTestClusterBuilder(count);
            builder.ConfigureSilo((_, orleans) =>
            {
                orleans.Services.AddSingleton(probe);
                orleans.AddMemoryGrainStorageAsDefault();
                orleans.AddMemoryGrainStorage("PubSubStore");
                orleans.AddMemoryStreams("live");
                orleans.AddPlacementDirector<PinnedPlacement, PinnedDirector>();
            });
            builder.ConfigureClient(client => client.Configure<ClientMessagingOptions>(options => options.ResponseTimeout = TimeSpan.FromSeconds(10)));
            var silos = new Silos(builder.Build(), probe);
            await silos.Cluster.DeployAsync();
            return silos;
        }

        public string NameOf(InProcessSiloHandle silo) => silo.Name;

        /// <summary>Every silo's factory, and the client.</summary>
        public IEnumerable<IGrainFactory> Factories() =>
            Cluster.Silos.Select(silo => silo.ServiceProvider.GetRequiredService<IGrainFactory>()).Append(Cluster.Client);

        public ValueTask DisposeAsync()
        {
            Probe.OpenAll();
            return Cluster.DisposeAsync();
        }
    }
}
