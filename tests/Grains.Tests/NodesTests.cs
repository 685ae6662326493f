using Orleans;
using Orleans.Runtime;
using Orleans.TestingHost;
using Squad.Cluster;
using Squad.Sessions;

namespace Squad.Grains.Tests;

/// <summary>Several nodes: a node's grain lives on its silo, and what becomes of sessions when a node leaves.</summary>
public sealed class NodesTests
{
    [Fact]
    public async Task Sessions_spread_over_the_nodes_and_each_runs_where_it_was_placed()
    {
        await using var squad = await TwoNodesAsync(TimeSpan.FromMinutes(10));
        var nodes = new HashSet<string?>();
        foreach (var id in new[] { "s1", "s2" })
        {
            await squad.StartSessionAsync(id);
            nodes.Add((await squad.ReachesAsync(id, SessionState.SettingUp)).Node);
        }

        Assert.Equal(2, nodes.Count);
        foreach (var silo in squad.Cluster.Silos)
        {
            Assert.True(squad.Cluster.TryGetGrainContext(squad.Grains.GetGrain<INodeGrain>(silo.Name).GetGrainId(), out var context));
            Assert.Equal(silo.SiloAddress, context!.Address.SiloAddress);
        }
    }

    [Fact]
    public async Task A_node_that_is_not_in_the_cluster_is_named_in_the_error()
    {
        await using var squad = await SquadCluster.StartAsync();
        var error = await Assert.ThrowsAnyAsync<Exception>(() => squad.Grains.GetGrain<INodeGrain>("nowhere").Stop("s1", TimeSpan.Zero));
        Assert.Contains("Node 'nowhere' is not in the cluster", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_waits_for_its_node_and_says_so_meanwhile()
    {
        await using var squad = await TwoNodesAsync(TimeSpan.FromMinutes(10));
        await squad.StartSessionAsync("s1");
        var session = await squad.ReachesAsync("s1", SessionState.SettingUp);
        await squad.KeeperSaysAsync("s1", 1, "engine.started");
        await squad.Cluster.KillSiloAsync(SiloOf(squad, session.Node!));
        var input = await squad.Session("s1").Input(new SessionInput("ann", "hello", true));
        Assert.Equal("node.away", input.Error!.Code);
        await squad.Grains.GetGrain<ISchedulerGrain>("default").Survey();
        Assert.Equal(SessionState.Running, (await squad.Session("s1").Get())!.State);
        Assert.NotEqual(session.Node, await squad.Grains.GetGrain<ISchedulerGrain>("default").Place("s2", "u-ann"));
    }

    [Fact]
    public async Task A_session_is_lost_when_its_node_stays_away_and_its_place_in_the_quota_is_free_again()
    {
        await using var squad = await TwoNodesAsync(TimeSpan.Zero, quota: 1);
        await squad.StartSessionAsync("s1");
        var session = await squad.ReachesAsync("s1", SessionState.SettingUp);
        await squad.Cluster.KillSiloAsync(SiloOf(squad, session.Node!));
        await squad.ReachesAsync("s1", SessionState.Lost);
        Assert.Equal("node.lost", (await squad.Session("s1").Get())!.Reason!.Code);
        await Eventually.Async("the quota has room", TimeSpan.FromSeconds(20), async () => (await squad.StartSessionAsync("s2")).IsOk);
        Assert.NotEqual(session.Node, (await squad.ReachesAsync("s2", SessionState.SettingUp)).Node);
    }

    [Fact]
    public async Task A_look_at_the_nodes_that_fails_is_repeated_soon()
    {
        await using var squad = await TwoNodesAsync(TimeSpan.Zero);
        await squad.StartSessionAsync("s1");
        var session = await squad.ReachesAsync("s1", SessionState.SettingUp);
        var failed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        squad.Calling = method =>
        {
            if (method != nameof(ISchedulerGrain.Survey)) return Task.CompletedTask;
            failed.TrySetResult();
            return Task.FromException(new InvalidOperationException("The scheduler's silo dies."));
        };
        await squad.Cluster.KillSiloAsync(SiloOf(squad, session.Node!));
        await failed.Task.WaitAsync(TimeSpan.FromSeconds(20));
        squad.Calling = null;
        await squad.ReachesAsync("s1", SessionState.Lost);
    }

    [Fact]
    public async Task A_session_that_ended_on_a_node_that_is_gone_for_good_can_be_deleted()
    {
        await using var squad = await TwoNodesAsync(TimeSpan.FromMinutes(10));
        await squad.StartSessionAsync("s1");
        var session = await squad.ReachesAsync("s1", SessionState.SettingUp);
        await squad.Session("s1").Stop();
        await squad.ReachesAsync("s1", SessionState.Stopped);
        await squad.Cluster.KillSiloAsync(SiloOf(squad, session.Node!));
        Assert.Equal("node.away", (await squad.Session("s1").Delete()).Error!.Code);
        Assert.NotEmpty(await squad.EventsAsync("session/s1"));
        await squad.Session("s1").NodeLeft(session.Node!, forGood: true);
        await Eventually.Async("its log is gone", TimeSpan.FromSeconds(20), async () => (await squad.EventsAsync("session/s1")).Count == 0);
    }

    /// <summary>Two nodes with room, both known to the scheduler.</summary>
    private static async Task<SquadCluster> TwoNodesAsync(TimeSpan lostAfter, int quota = 10)
    {
        var squad = await SquadCluster.StartAsync(quota, capacity: 2, nodes: 2, lostAfter);
        var scheduler = squad.Grains.GetGrain<ISchedulerGrain>("default");
        await Eventually.Async("both nodes are up", TimeSpan.FromSeconds(20), async () =>
        {
            var both = (await scheduler.Place("probe1", "nobody"), await scheduler.Place("probe2", "nobody"));
            await scheduler.Release("probe1");
            await scheduler.Release("probe2");
            return both is ({ } one, { } two) && one != two;
        });
        return squad;
    }

    private static InProcessSiloHandle SiloOf(SquadCluster squad, string node) => squad.Cluster.Silos.Single(silo => silo.Name == node);
}
