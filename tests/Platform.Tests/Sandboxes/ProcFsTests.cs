using Squad.Platform.Sandboxes.Processes;

namespace Squad.Platform.Tests.Sandboxes;

public sealed class ProcFsTests
{
    [Fact]
    public void A_program_may_call_itself_anything()
    {
        var parsed = ProcFs.Parse("42 (a) S 1 (b)\n) T 7 42 43 0 -1 4194560 118 0 0 0 30 12 0 0 20 0 3 0 81234 2568192 200 18446744073709551615 1");
        Assert.Equal(new ProcessInfo(42, 'T', Parent: 7, Session: 43, CpuTicks: 42, Threads: 3, Start: 81234, ResidentPages: 200), parsed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("42 (a")]
    [InlineData("42 (a) S 1 2")]
    [InlineData("(a) S 1 42 43 0 -1 4194560 118 0 0 0 30 12 0 0 20 0 3 0 81234 2568192 200")]
    [InlineData("42 (a) S x 42 43 0 -1 4194560 118 0 0 0 30 12 0 0 20 0 3 0 81234 2568192 200")]
    public void Anything_else_is_no_process(string stat) => Assert.Null(ProcFs.Parse(stat));

    [Fact]
    public void A_zombie_has_ended() => Assert.False(new ProcessInfo(42, 'Z', 1, 1, 0, 0, 1, 0).IsAlive);

    [Fact]
    public void Init_and_groups_are_never_signalled()
    {
        Assert.False(ProcessSignals.Send(new ProcessInfo(1, 'S', 0, 1, 0, 1, 0, 1), UnixSignal.Continue));
        Assert.False(ProcessSignals.Send(new ProcessInfo(0, 'S', 0, 1, 0, 1, 0, 1), UnixSignal.Continue));
        Assert.False(ProcessSignals.Send(new ProcessInfo(-1, 'S', 0, 1, 0, 1, 0, 1), UnixSignal.Continue));
    }
}
