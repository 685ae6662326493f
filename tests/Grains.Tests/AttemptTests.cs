using Squad.Cluster;
using Squad.Grains.Sessions;
using Squad.Sessions;

namespace Squad.Grains.Tests;

/// <summary>A session that has given up an attempt to run it hears no more of it, and its node removes what it has of it.</summary>
public sealed class AttemptTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task What_is_said_of_an_attempt_that_was_given_up_is_refused_and_its_sandbox_makes_room_for_the_next()
    {
        await using var squad = await SquadCluster.StartAsync();
        var starting = new TaskCompletionSource<SquadError?>(TaskCreationOptions.RunContinuationsAsynchronously);
        squad.Engine.Before = (call, _) => call == "start" ? starting.Task : Task.FromResult<SquadError?>(null);
        await squad.StartSessionAsync("s1");
        await Eventually.Async("the first sandbox is made", Patience, () => Task.FromResult(squad.Engine.Sandboxes.ContainsKey("s1")));
        var first = squad.AttemptOf("s1");
        await squad.Session("s1").Recover(first);
        starting.SetResult(null);
        var session = await squad.ReachesAsync("s1", SessionState.SettingUp);
        var second = squad.AttemptOf("s1");
        Assert.True(second.Number > first.Number);
        Assert.Equal(squad.Engine.Sandboxes["s1"].Ref.Id, session.Sandbox!.Id);

        var before = await squad.EventsAsync("session/s1");
        Assert.Equal("attempt.over", (await squad.KeeperSaysAsync("s1", first, 1, "engine.started")).Error?.Code);
        Assert.Equal("attempt.over", (await squad.Session("s1").Mark(first)).Error?.Code);
        Assert.Equal("attempt.over", (await squad.Session("s1").Mark(second with { Node = "another" })).Error?.Code);
        Assert.Equal("attempt.over", (await squad.Session("s1").SandboxStarted(new SandboxInfo("fake", "other", "", true), first)).Error?.Code);
        Assert.Equal("attempt.over", (await squad.Session("s1").SandboxFailed(SquadError.Conflict("x.y", "No."), first)).Error?.Code);
        Assert.Equal("attempt.over", (await squad.Session("s1").Usage(new SandboxUsage(1, 1, 1, null), first)).Error?.Code);
        Assert.Equal("attempt.over", (await squad.Session("s1").SandboxEnded(new SandboxEnd(0, false), first)).Error?.Code);
        await squad.Session("s1").Recover(first);
        Assert.Equal(before, await squad.EventsAsync("session/s1"));

        Assert.Equal(1, await squad.KeeperSaysAsync("s1", 1, "engine.started"));
        await squad.ReachesAsync("s1", SessionState.Running);
    }

    [Fact]
    public async Task A_sandbox_whose_session_has_ended_without_it_is_removed_and_its_workspace_stays()
    {
        await using var squad = await SquadCluster.StartAsync(usageEvery: TimeSpan.FromMilliseconds(200));
        await squad.StartSessionAsync("s1");
        await squad.ReachesAsync("s1", SessionState.SettingUp);
        await squad.Session("s1").Recover(squad.AttemptOf("s1")); // as a node does that did not find it
        await squad.ReachesAsync("s1", SessionState.Lost);
        await Eventually.Async("the sandbox is gone", Patience, () => Task.FromResult(squad.Engine.Sandboxes.IsEmpty));
        Assert.Contains("s1", squad.Engine.Workspaces);
        Assert.Equal("session.settled", (await squad.KeeperSaysAsync("s1", squad.AttemptOf("s1"), 1, "engine.started")).Error?.Code);
    }

    [Fact]
    public async Task A_node_that_is_back_takes_over_the_sandbox_of_the_attempt_the_session_is_at_and_removes_that_of_an_earlier_one()
    {
        await using var squad = await SquadCluster.StartAsync();
        foreach (var id in new[] { "at-it", "beyond-it" })
        {
            await squad.StartSessionAsync(id);
            await squad.ReachesAsync(id, SessionState.SettingUp);
        }

        var (own, earlier) = (squad.AttemptOf("at-it"), squad.AttemptOf("beyond-it"));
        squad.Live.Add(new LiveSession("at-it", own.Node, own.Number));
        squad.Live.Add(new LiveSession("beyond-it", earlier.Node, earlier.Number + 1));
        await squad.Cluster.RestartSiloAsync(squad.Cluster.Silos[0]);
        await Eventually.Async("the earlier sandbox is gone", Patience, () => Task.FromResult(!squad.Engine.Sandboxes.ContainsKey("beyond-it")));
        Assert.DoesNotContain("beyond-it", squad.Engine.Workspaces);
        squad.Engine.Exit("at-it", 0);
        await Eventually.Async("whoever follows the other has seen its end", Patience, () => Task.FromResult(squad.Engine.Sandboxes.IsEmpty));
        Assert.Contains("at-it", squad.Engine.Workspaces);
    }
}
