using Squad.Cluster;
using Squad.Sessions;

namespace Squad.Grains.Tests;

/// <summary>The session grain with scheduler, node and user around it.</summary>
public sealed class SessionGrainTests
{
    [Fact]
    public async Task A_session_goes_from_its_start_to_its_end_and_tells_each_step()
    {
        await using var squad = await SquadCluster.StartAsync();
        Assert.True((await squad.StartSessionAsync("s1")).IsOk);
        await squad.ReachesAsync("s1", SessionState.SettingUp);
        await squad.KeeperSaysAsync("s1", 1, "workspace.ready");
        await squad.KeeperSaysAsync("s1", 2, "engine.started");
        await squad.KeeperSaysAsync("s1", 3, "engine.output", "{\"stream\":\"stdout\",\"text\":\"hi\"}");
        await squad.KeeperSaysAsync("s1", 4, "diff.changed", "{\"added\":3,\"removed\":1,\"files\":2}");
        await squad.KeeperSaysAsync("s1", 5, "engine.exited", "{\"code\":0,\"signal\":null,\"ms\":5}");

        var session = await squad.ReachesAsync("s1", SessionState.Stopped);
        Assert.Equal((0, new DiffStat(3, 1, 2)), (session.ExitCode, session.Diff));
        Assert.Equal(
            ["state:queued", "state:provisioning", "state:settingUp", "workspace.ready", "engine.started", "state:running", "engine.output", "diff.changed", "engine.exited", "state:stopped"],
            await squad.EventsAsync("session/s1"));
        Assert.Equal(session.LastSeq, (await squad.EventsAsync("session/s1")).Count);
    }

    [Fact]
    public async Task Batches_that_come_twice_are_taken_once_and_a_gap_is_not_taken()
    {
        await using var squad = await SquadCluster.StartAsync();
        await squad.StartSessionAsync("s1");
        await squad.ReachesAsync("s1", SessionState.SettingUp);
        Assert.Equal(1, await squad.KeeperSaysAsync("s1", 1, "engine.started"));
        Assert.Equal(1, await squad.KeeperSaysAsync("s1", 1, "engine.started"));
        Assert.Equal(1, await squad.KeeperSaysAsync("s1", 3, "engine.output"));
        Assert.Equal(2, await squad.KeeperSaysAsync("s1", 2, "engine.output"));
        Assert.Equal(2, await squad.MarkAsync("s1"));
        Assert.Equal(1, (await squad.EventsAsync("session/s1")).Count(e => e == "engine.started"));
    }

    [Fact]
    public async Task A_new_activation_continues_the_log_where_the_old_one_left_it()
    {
        await using var squad = await SquadCluster.StartAsync();
        await squad.StartSessionAsync("s1");
        await squad.ReachesAsync("s1", SessionState.SettingUp);
        await squad.KeeperSaysAsync("s1", 1, "engine.started");
        await squad.Cluster.DeactivateAsync(squad.Session("s1"));
        Assert.Equal(1, await squad.MarkAsync("s1"));
        Assert.Equal(2, await squad.KeeperSaysAsync("s1", 2, "engine.output"));
        Assert.Equal(["engine.started", "state:running", "engine.output"], (await squad.EventsAsync("session/s1"))[^3..]);
    }

    [Fact]
    public async Task An_engine_that_fails_fails_its_session_and_an_error_that_Keeper_told_is_the_reason()
    {
        await using var squad = await SquadCluster.StartAsync();
        await squad.StartSessionAsync("s1");
        await squad.ReachesAsync("s1", SessionState.SettingUp);
        await squad.KeeperSaysAsync("s1", 1, "engine.started");
        await squad.KeeperSaysAsync("s1", 2, "error", "{\"code\":\"engine.notFound\",\"message\":\"No such command.\"}");
        await squad.KeeperSaysAsync("s1", 3, "engine.exited", "{\"code\":127,\"signal\":null,\"ms\":5}");
        var session = await squad.ReachesAsync("s1", SessionState.Failed);
        Assert.Equal((127, "engine.notFound"), (session.ExitCode, session.Reason!.Code));
    }

    [Fact]
    public async Task A_sandbox_that_cannot_be_made_fails_its_session_and_gives_its_places_back()
    {
        await using var squad = await SquadCluster.StartAsync(quota: 1, capacity: 1);
        squad.Engine.Images.Add("other");
        await squad.StartSessionAsync("s1");
        var session = await squad.ReachesAsync("s1", SessionState.Failed);
        Assert.Equal("sandbox.imageNotFound", session.Reason!.Code);
        squad.Engine.Images.Clear();
        await Eventually.Async("the quota is free again", TimeSpan.FromSeconds(10), async () => (await squad.StartSessionAsync("s2")).IsOk);
        await squad.ReachesAsync("s2", SessionState.SettingUp);
    }

    [Fact]
    public async Task Stopping_asks_the_sandbox_to_end_and_says_why_it_did()
    {
        await using var squad = await SquadCluster.StartAsync();
        await squad.StartSessionAsync("s1");
        await squad.ReachesAsync("s1", SessionState.SettingUp);
        Assert.True((await squad.Session("s1").Stop()).IsOk);
        var session = await squad.ReachesAsync("s1", SessionState.Stopped);
        Assert.Equal("session.stopped", session.Reason!.Code);
        Assert.True((await squad.Session("s1").Stop()).IsOk);
        var refused = await squad.Session("s1").Pause();
        Assert.Equal(("session.state", "stopped", "pause"), (refused.Error!.Code, refused.Error.Facts["from"], refused.Error.Facts["asked"]));
    }

    [Fact]
    public async Task A_waiting_session_is_granted_when_another_ends()
    {
        await using var squad = await SquadCluster.StartAsync(capacity: 1);
        await squad.StartSessionAsync("s1");
        await squad.ReachesAsync("s1", SessionState.SettingUp);
        await squad.StartSessionAsync("s2");
        Assert.Equal(SessionState.Queued, (await squad.Session("s2").Get())!.State);
        await squad.Session("s1").Stop();
        await squad.ReachesAsync("s2", SessionState.SettingUp);
    }

    [Fact]
    public async Task Concurrent_asks_never_get_more_than_the_quota()
    {
        await using var squad = await SquadCluster.StartAsync(quota: 3);
        var started = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => squad.StartSessionAsync($"s{i}")));
        Assert.Equal(3, started.Count(s => s.IsOk));
        Assert.All(started.Where(s => !s.IsOk), s => Assert.Equal("quota.sessions", s.Error!.Code));
    }

    [Fact]
    public async Task Deleting_a_running_session_leaves_no_sandbox_no_workspace_and_no_log()
    {
        await using var squad = await SquadCluster.StartAsync();
        await squad.StartSessionAsync("s1");
        await squad.ReachesAsync("s1", SessionState.SettingUp);
        Assert.True((await squad.Session("s1").Delete()).IsOk);
        Assert.Null(await squad.Session("s1").Get());
        Assert.Empty(squad.Engine.Sandboxes);
        Assert.Empty(squad.Engine.Workspaces);
        Assert.Empty(await squad.EventsAsync("session/s1"));
        Assert.Equal("session.deleted", (await squad.EventsAsync("sessions/u-ann"))[^1]);
        Assert.Equal("session.notFound", (await squad.Session("s1").Stop()).Error!.Code);
    }

    [Fact]
    public async Task A_deletion_does_not_wait_for_a_runner_that_waits_for_the_session()
    {
        await using var squad = await SquadCluster.StartAsync();
        await squad.StartSessionAsync("s1");
        await squad.ReachesAsync("s1", SessionState.SettingUp);
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        squad.Calling = async method =>
        {
            if (method == nameof(ISessionGrain.Mark))
                asked.TrySetResult();
            if (method != nameof(INodeGrain.Remove))
                return;
            squad.Engine.Exit("s1", 0);
            await asked.Task;
        };
        Assert.True((await squad.Session("s1").Delete().WaitAsync(TimeSpan.FromSeconds(20))).IsOk);
        Assert.Empty(squad.Engine.Sandboxes);
    }

    [Fact]
    public async Task A_board_hears_of_every_change()
    {
        await using var squad = await SquadCluster.StartAsync();
        await squad.StartSessionAsync("s1");
        await squad.ReachesAsync("s1", SessionState.SettingUp);
        await Eventually.Async("the board has it", TimeSpan.FromSeconds(10), async () => (await squad.EventsAsync("sessions/u-ann")).Count >= 2);
    }
}
