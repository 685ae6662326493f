using Squad.Grains.Sessions;
using Squad.Sessions;
using static Squad.Grains.Sessions.SessionTrigger;
using static Squad.Sessions.SessionState;

namespace Squad.Grains.Tests;

/// <summary>Every cell of the session's table, written out once more by hand: a change of the table is a change of this picture.</summary>
public sealed class SessionLifecycleTests
{
    // A row a trigger, a column a state: the state it leads to, '.' for accepted without effect, 'x' for refused.
    private const string Picture = """
                        Queued        Provisioning  SettingUp  Running     NeedsInput  Paused    Stopping  Stopped  Failed  Lost
        Place           Provisioning  .             .          .           .           .         .         .        .       .
        SandboxStarted  x             SettingUp     .          .           .           .         .         .        .       .
        EngineStarted   x             Running       Running    .           .           .         .         .        .       .
        InputAsked      x             x             x          NeedsInput  .           .         .         .        .       .
        Input           x             x             x          .           Running     x         x         x        x       x
        Pause           x             x             x          Paused      Paused      .         x         x        x       x
        Resume          x             x             x          .           .           Running   x         x        x       x
        Stop            Stopped       Stopping      Stopping   Stopping    Stopping    Stopping  .         .        .       .
        EndedWell       x             Stopped       Stopped    Stopped     Stopped     Stopped   Stopped   .        .       .
        EndedBadly      x             Failed        Failed     Failed      Failed      Failed    Stopped   .        .       .
        Fail            Failed        Failed        Failed     Failed      Failed      Failed    Stopped   .        .       .
        Lose            x             Lost          Lost       Lost        Lost        Lost      Stopped   .        .       .
        Requeue         .             Queued        x          x           x           x         Stopped   .        .       .
        """;

    public static TheoryData<SessionTrigger, SessionState, string> Cells()
    {
        var cells = new TheoryData<SessionTrigger, SessionState, string>();
        var lines = Picture.Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToArray();
        foreach (var row in lines[1..])
        {
            for (var column = 0; column < lines[0].Length; column++)
                cells.Add(Enum.Parse<SessionTrigger>(row[0]), Enum.Parse<SessionState>(lines[0][column]), row[column + 1]);
        }

        return cells;
    }

    [Theory, MemberData(nameof(Cells))]
    public void A_trigger_does_in_a_state_what_the_picture_shows(SessionTrigger trigger, SessionState state, string expected)
    {
        var transition = SessionLifecycle.Decide(state, trigger);
        Assert.Equal(expected, transition switch { { IsRefused: true } => "x", { Moves: false } => ".", var moves => moves.To.ToString() });
    }

    [Fact]
    public void The_picture_has_every_cell() =>
        Assert.Equal(Enum.GetValues<SessionTrigger>().Length * Enum.GetValues<SessionState>().Length, Cells().Count);

    [Fact]
    public void Nothing_leads_out_of_an_end()
    {
        var out_ =
            from state in Enum.GetValues<SessionState>().Where(SessionLifecycle.IsFinal)
            from trigger in Enum.GetValues<SessionTrigger>()
            where SessionLifecycle.Decide(state, trigger).Moves
            select (state, trigger);
        Assert.Empty(out_);
    }

    [Fact]
    public void Every_state_but_an_end_can_be_stopped() =>
        Assert.All(Enum.GetValues<SessionState>(), state => Assert.False(SessionLifecycle.Decide(state, Stop).IsRefused));

    [Fact]
    public void Every_live_state_reaches_an_end_when_its_sandbox_does()
    {
        foreach (var state in Enum.GetValues<SessionState>().Where(SessionLifecycle.HasSandbox))
            Assert.All(new[] { EndedWell, EndedBadly, Lose }, trigger => Assert.True(SessionLifecycle.IsFinal(SessionLifecycle.Decide(state, trigger).To!.Value)));
        Assert.Equal(Stopped, SessionLifecycle.Decide(Queued, Stop).To);
        Assert.Equal(Lost, SessionLifecycle.Decide(Running, Lose).To);
        Assert.Equal(Provisioning, SessionLifecycle.Decide(Queued, Place).To);
    }
}
