using System.Text;
using Squad.Platform.Events;
using Squad.Sessions;
using Squad.Users;

namespace Squad.Grains.Tests;

/// <summary>Writes that fail, and crashes between two writes: nothing is lost, told twice, or told in the wrong order.</summary>
public sealed class FullDiskTests
{
    [Fact]
    public async Task A_step_that_the_log_refused_is_told_before_anything_else_when_it_takes_events_again()
    {
        await using var squad = await SquadCluster.StartAsync();
        await squad.StartSessionAsync("s1");
        await squad.ReachesAsync("s1", SessionState.SettingUp);
        squad.Refuse = batch => Encoding.UTF8.GetString(batch.Body.Span).Contains("session.state", StringComparison.Ordinal);
        Assert.Equal(1, await squad.KeeperSaysAsync("s1", 1, "engine.started"));
        Assert.Equal(SessionState.Running, (await squad.Session("s1").Get())!.State);
        await Assert.ThrowsAnyAsync<Exception>(() => squad.KeeperSaysAsync("s1", 2, "engine.output"));
        Assert.Equal("engine.started", (await squad.EventsAsync("session/s1"))[^1]);

        squad.Refuse = null;
        Assert.Equal(2, await squad.KeeperSaysAsync("s1", 2, "engine.output"));
        Assert.Equal(["engine.started", "state:running", "engine.output"], (await squad.EventsAsync("session/s1"))[^3..]);
    }

    [Fact]
    public async Task A_step_that_was_not_told_is_told_by_the_next_activation_without_being_asked()
    {
        await using var squad = await SquadCluster.StartAsync();
        await squad.StartSessionAsync("s1");
        await squad.ReachesAsync("s1", SessionState.SettingUp);
        squad.Refuse = batch => Encoding.UTF8.GetString(batch.Body.Span).Contains("session.state", StringComparison.Ordinal);
        await squad.KeeperSaysAsync("s1", 1, "engine.started");
        await squad.Cluster.DeactivateAsync(squad.Session("s1"));
        squad.Refuse = null;
        await squad.Session("s1").Get();
        await Eventually.Async("it is told", TimeSpan.FromSeconds(20), async () => (await squad.EventsAsync("session/s1"))[^1] == "state:running");
        Assert.Equal(1, (await squad.EventsAsync("session/s1")).Count(e => e == "state:running"));
    }

    [Fact]
    public async Task A_batch_that_was_refused_is_taken_when_it_comes_again()
    {
        await using var squad = await SquadCluster.StartAsync();
        await squad.StartSessionAsync("s1");
        await squad.ReachesAsync("s1", SessionState.SettingUp);
        squad.Refuse = _ => true;
        await Assert.ThrowsAnyAsync<Exception>(() => squad.KeeperSaysAsync("s1", 1, "engine.started"));
        var before = await squad.Session("s1").Get();
        Assert.Equal((SessionState.SettingUp, 3), (before!.State, before.LastSeq));
        squad.Refuse = null;
        Assert.Equal(1, await squad.KeeperSaysAsync("s1", 1, "engine.started"));
        Assert.Equal(SessionState.Running, (await squad.Session("s1").Get())!.State);
    }

    [Fact]
    public async Task What_the_log_took_just_before_a_crash_is_understood_when_Keeper_sends_it_again()
    {
        await using var squad = await SquadCluster.StartAsync();
        await squad.StartSessionAsync("s1");
        await squad.ReachesAsync("s1", SessionState.SettingUp);
        await squad.KeeperSaysAsync("s1", 1, "engine.started");
        await squad.Cluster.DeactivateAsync(squad.Session("s1"));
        var end = await squad.Log.EndAsync("session/s1");
        var line = $"{{\"seq\":{end.Last + 1},\"at\":\"2026-11-22T02:10:00.123Z\",\"type\":\"engine.exited\",\"data\":{{\"code\":3,\"signal\":null,\"ms\":5}}}}\n";
        await squad.Log.AppendAsync(new EventBatch("session/s1", end.Last + 1, 1, DateTimeOffset.UnixEpoch, Encoding.UTF8.GetBytes(line), Mark: 2));

        Assert.Equal(1, await squad.MarkAsync("s1"));
        Assert.Equal(2, await squad.KeeperSaysAsync("s1", 2, "engine.exited", "{\"code\":3,\"signal\":null,\"ms\":5}"));
        Assert.Equal(3, (await squad.ReachesAsync("s1", SessionState.Failed)).ExitCode);
        Assert.Equal(["engine.exited", "state:failed"], (await squad.EventsAsync("session/s1"))[^2..]);
    }

    [Fact]
    public async Task A_place_whose_session_ended_or_never_began_is_given_to_the_next()
    {
        await using var squad = await SquadCluster.StartAsync(quota: 1, startPatience: TimeSpan.Zero);
        var user = squad.Grains.GetGrain<IUserGrain>("u-ann");
        Assert.True((await user.Admit("crashed-before-it-began")).IsOk);
        Assert.True((await squad.StartSessionAsync("s1")).IsOk);
        Assert.Equal("quota.sessions", (await user.Admit("s2")).Error!.Code);
        await squad.Session("s1").Stop();
        await squad.ReachesAsync("s1", SessionState.Stopped);
        Assert.True((await user.Admit("s2")).IsOk);
    }

    [Fact]
    public async Task A_place_that_was_just_given_is_kept_for_a_session_that_is_not_written_down_yet()
    {
        await using var squad = await SquadCluster.StartAsync(quota: 1);
        var user = squad.Grains.GetGrain<IUserGrain>("u-ann");
        Assert.True((await user.Admit("begins-on-another-silo")).IsOk);
        Assert.Equal("quota.sessions", (await user.Admit("s1")).Error!.Code);
    }
}
