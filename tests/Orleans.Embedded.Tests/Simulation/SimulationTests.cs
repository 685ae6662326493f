using Microsoft.Extensions.DependencyInjection;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Simulation;
using Orleans.Storage;

namespace Orleans.Embedded.Tests.Simulation;

/// <summary>The simulation itself: the same seed is the same run, time is virtual, crashes and lost messages do what they should.</summary>
public sealed class SimulationTests
{
    [Fact]
    public void The_same_seed_gives_the_same_run()
    {
        var hashes = new HashSet<ulong>();
        for (var seed = 0; seed < 50; seed++)
        {
            var first = Busy(seed);
            var second = Busy(seed);
            Assert.Equal(first.Steps, second.Steps);
            Assert.Equal(first.Hash, second.Hash);
            hashes.Add(first.Hash);
        }
        Assert.True(hashes.Count > 45, "Different seeds should lead to different runs.");
    }

    [Fact]
    public void Time_passes_only_when_nothing_else_can_happen()
    {
        var cluster = new World(1).Cluster;
        var began = cluster.Time.GetUtcNow();
        cluster.Run(async () => await Task.Delay(TimeSpan.FromDays(3), cluster.Time), TimeSpan.FromDays(4));
        Assert.Equal(TimeSpan.FromDays(3), cluster.Time.GetUtcNow() - began);
    }

    [Fact]
    public void A_call_that_is_never_answered_times_out_on_the_virtual_clock()
    {
        var cluster = new World(2).Cluster;
        var began = cluster.Time.GetUtcNow();
        cluster.Run(() => Assert.ThrowsAsync<TimeoutException>(() => cluster.Client.GetGrain<IAccountGrain>("a").Hang()));
        Assert.InRange(cluster.Time.GetUtcNow() - began, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(32));
    }

    [Fact]
    public void A_lost_answer_is_a_timeout_although_the_call_was_made()
    {
        var cluster = new World(3).Cluster;
        cluster.Faults.Message = delivery => delivery is { Kind: DeliveryKind.Answer, Call.Info.Method: "Add" } ? MessageFate.Lost : MessageFate.Soon;
        cluster.Run(async () =>
        {
            var account = cluster.Client.GetGrain<IAccountGrain>("a");
            await Assert.ThrowsAsync<TimeoutException>(() => account.Add(7));
            Assert.Equal(7, await account.Get());
        });
    }

    [Fact]
    public void A_late_answer_finds_nobody_and_does_no_harm()
    {
        var cluster = new World(4).Cluster;
        cluster.Faults.Message = delivery => delivery is { Kind: DeliveryKind.Answer, Call.Info.Method: "Add" }
            ? MessageFate.Late(TimeSpan.FromSeconds(40)) : MessageFate.Soon;
        cluster.Run(async () =>
        {
            var account = cluster.Client.GetGrain<IAccountGrain>("a");
            await Assert.ThrowsAsync<TimeoutException>(() => account.Add(7));
            await Task.Delay(TimeSpan.FromMinutes(1), cluster.Time);
            Assert.Equal(7, await account.Get());
        });
    }

    [Fact]
    public void Who_waits_for_a_crashed_silo_hears_of_it_when_the_crash_is_noticed()
    {
        var cluster = new World(5).Cluster;
        cluster.Run(async () =>
        {
            var account = cluster.Client.GetGrain<IAccountGrain>("a");
            await account.Add(3);
            var home = cluster.Silos.Single(silo => silo.Runtime.Directory.Count == 1);
            var hanging = account.Hang();
            await Task.Delay(TimeSpan.FromSeconds(1), cluster.Time);
            cluster.Crash(home);
            var crashed = cluster.Time.GetUtcNow();
            await Assert.ThrowsAsync<SiloUnavailableException>(() => hanging);
            Assert.Equal(TimeSpan.FromSeconds(15), cluster.Time.GetUtcNow() - crashed);
            Assert.Equal(3, await account.Get());
        });
    }

    [Fact]
    public void A_dead_silo_s_timers_never_fire()
    {
        var world = new World(6);
        var cluster = world.Cluster;
        cluster.Run(() => cluster.Client.GetGrain<IAccountGrain>("a").Tick());
        cluster.Pass(TimeSpan.FromSeconds(10.5));
        var (home, ticks) = world.Ledger.TicksBySilo.Single();
        Assert.Equal(10, ticks);
        cluster.Crash(cluster.Silos.Single(silo => silo.Runtime.Silo.SiloAddress.ToString() == home));
        cluster.Pass(TimeSpan.FromMinutes(1));
        Assert.Equal(10, world.Ledger.TicksBySilo[home]);
    }

    [Fact]
    public void A_crash_at_any_step_loses_no_answered_write_and_leaves_one_activation()
    {
        for (var seed = 100; seed < 200; seed++)
        {
            var world = new World(seed);
            var cluster = world.Cluster;
            var crashAt = cluster.Trace.Steps + cluster.Random.Next(400);
            cluster.Stepped = () =>
            {
                world.CheckActivations();
                if (cluster.Trace.Steps == crashAt) cluster.Crash(cluster.Silos[cluster.Random.Next(cluster.Silos.Count)]);
            };
            cluster.Run(async () =>
            {
                var accounts = Enumerable.Range(0, 6).Select(async i =>
                {
                    var account = cluster.Client.GetGrain<IAccountGrain>($"acc{i}");
                    var answered = 0;
                    for (var n = 0; n < 10; n++)
                    {
                        try
                        {
                            answered = await account.Add(1);
                        }
                        catch (Exception error) when (error is SiloUnavailableException or TimeoutException)
                        {
                            // It may or may not have been written.
                        }
                    }
                    await Task.Delay(TimeSpan.FromMinutes(1), cluster.Time); // until the crash is noticed
                    Assert.True(await account.Get() >= answered, $"seed {cluster.Seed}: {answered} was answered and is lost");
                });
                await Task.WhenAll(accounts);
            });
        }
    }

    [Fact]
    public void A_silo_that_is_taken_for_dead_cannot_overwrite_what_its_successor_wrote()
    {
        var cluster = new World(9).Cluster;
        cluster.Run(async () =>
        {
            var account = cluster.Client.GetGrain<IAccountGrain>("a");
            await account.Add(1);
            var old = cluster.Silos.Single(silo => silo.Runtime == cluster.Fabric.Find(account.GetGrainId())!.Runtime);
            cluster.Suspect(old);
            Assert.Equal(3, await account.Add(2));
            Assert.NotEqual(old.Runtime, cluster.Fabric.Find(account.GetGrainId())!.Runtime);

            // Its own code still finds the old activation, which learns from the etag that it is not alone.
            var stale = old.Runtime.Directory.Find(account.GetGrainId());
            Assert.NotNull(stale);
            var balance = (AccountGrain)stale.GrainInstance!;
            await Assert.ThrowsAsync<InconsistentStateException>(() => old.Process.RunAsync(() => balance.Add(10)));
            cluster.Crash(old);
            Assert.Equal(3, await account.Get());
        });
    }

    [Fact]
    public void What_a_silo_starts_after_it_was_taken_for_dead_is_no_entry_of_the_directory()
    {
        var cluster = new World(11).Cluster;
        var suspected = cluster.Silos[0];
        var accounts = Enumerable.Range(0, 10).Select(i => cluster.Client.GetGrain<IAccountGrain>($"a{i}")).ToArray();
        cluster.Run(async () =>
        {
            // To a gateway and from there to where the account is placed: the second half of the way is travelled when the silo is taken for dead.
            cluster.Faults.Message = _ => MessageFate.Late(TimeSpan.FromSeconds(2));
            var calls = accounts.Select(account => account.Get()).ToArray();
            await Task.Delay(TimeSpan.FromSeconds(3), cluster.Time);
            cluster.Suspect(suspected);
            await Task.WhenAll(calls).ContinueWith(_ => { }, TaskScheduler.FromCurrentSynchronizationContext());
            cluster.Faults.Message = null;
            Assert.Contains(suspected.Runtime.Directory.All, activation => activation.GrainId.Type == accounts[0].GetGrainId().Type);
            cluster.Crash(suspected);
            foreach (var account in accounts)
                Assert.Equal(0, await account.Get());
        });
    }

    [Fact]
    public void What_leaves_for_the_thread_pool_is_reported_with_its_stack()
    {
        var cluster = new World(7).Cluster;
        var error = Assert.Throws<SimulationException>(() => cluster.Run(() => cluster.Client.GetGrain<IAccountGrain>("a").Escape()));
        Assert.NotEmpty(error.Escapes);
        Assert.Contains("Seed 7", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_silo_stops_gracefully_and_comes_back()
    {
        var cluster = new World(8).Cluster;
        cluster.Run(async () =>
        {
            for (var i = 0; i < 20; i++) await cluster.Client.GetGrain<IAccountGrain>($"acc{i}").Add(i);
            await cluster.StopSiloAsync(cluster.Silos[0]);
            await cluster.StartSiloAsync("one");
            for (var i = 0; i < 20; i++) Assert.Equal(i, await cluster.Client.GetGrain<IAccountGrain>($"acc{i}").Get());
        });
        Assert.Equal(3, cluster.Silos.Count);
    }

    private static Trace Busy(int seed)
    {
        var cluster = new World(seed).Cluster;
        cluster.Faults.Message = _ => cluster.Random.Next(20) switch
        {
            0 => MessageFate.Lost,
            1 => MessageFate.Late(TimeSpan.FromMilliseconds(cluster.Random.Next(60_000))),
            _ => MessageFate.Soon,
        };
        var crashAt = cluster.Trace.Steps + cluster.Random.Next(300);
        cluster.Stepped = () =>
        {
            if (cluster.Trace.Steps == crashAt) cluster.Crash(cluster.Silos[cluster.Random.Next(cluster.Silos.Count)]);
        };
        cluster.Run(() => Task.WhenAll(Enumerable.Range(0, 8).Select(async i =>
        {
            var account = cluster.Client.GetGrain<IAccountGrain>($"acc{i}");
            var listener = cluster.Client.GetGrain<IListenerGrain>($"listener{i}");
            for (var n = 1; n < 5; n++)
            {
                try
                {
                    await (n == 1 ? listener.Listen() : listener.Publish(n));
                    cluster.Trace.Add((ulong)await account.Pay($"acc{(i + n) % 8}", n));
                }
                catch (Exception error) when (error is SiloUnavailableException or TimeoutException)
                {
                    cluster.Trace.Add(99);
                }
            }
        })));
        return cluster.Trace;
    }

    /// <summary>Three silos whose grains tell a ledger.</summary>
    private sealed class World
    {
        public World(int seed)
        {
            Cluster = new SimulatedCluster(seed, (_, silo) =>
            {
                silo.AddMemoryGrainStorageAsDefault();
                silo.AddMemoryStreams("live");
                silo.Services.AddSingleton(new Heard());
                silo.Services.AddSingleton(Ledger);
            });
            Cluster.Start("one", "two", "three");
        }

        public SimulatedCluster Cluster { get; }
        public Ledger Ledger { get; } = new();

        /// <summary>No grain is active on two living silos.</summary>
        public void CheckActivations()
        {
            var seen = new HashSet<GrainId>();
            foreach (var activation in Cluster.Silos.SelectMany(silo => silo.Runtime.Directory.All))
            {
                if (!seen.Add(activation.GrainId)) throw Cluster.Fail($"{activation.GrainId} is active twice.");
            }
        }
    }
}
