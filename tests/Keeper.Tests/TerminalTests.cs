using System.Text;

namespace Squad.Keeper.Tests;

public sealed class TerminalTests
{
    private static bool HasTmux => File.Exists("/usr/bin/tmux") || File.Exists("/usr/local/bin/tmux");

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_terminal_program_is_seen_from_its_first_byte_to_its_last_and_its_exit_code_is_true(bool tmux)
    {
        await using var keeper = new RunningKeeper();
        Without(keeper, tmux);
        var events = await keeper.RunAsync(keeper.Terminal("stty size; echo $TERM; /usr/bin/seq 1 20000; printf end; exit 7") with { Columns = 91, Rows = 27 });
        var expected = "27 91\r\nxterm-256color\r\n" + string.Concat(Enumerable.Range(1, 20_000).Select(n => n + "\r\n")) + "end";
        Assert.Equal(expected, events.Joined("terminal"));
        Assert.Equal("terminal", events.One("engine.started").Data().GetProperty("mode").GetString());
        Assert.Equal(7, await keeper.ExitAsync());
    }

    [Fact]
    public async Task What_is_typed_is_echoed_and_read_and_a_resize_is_seen()
    {
        await using var keeper = new RunningKeeper();
        keeper.Start(keeper.Terminal("trap 'stty size' WINCH; echo ready; while read line; do echo got $line; done"));
        await using var connection = await keeper.ConnectAsync();
        await connection.AttachAsync(0, keeper.Cancellation);
        var text = new StringBuilder();
        async Task Until(string wanted)
        {
            while (!text.ToString().Contains(wanted, StringComparison.Ordinal))
                text.Append((await keeper.ReadAsync(connection, e => e.Type() == "engine.output")).Joined("terminal"));
        }
        await Until("ready");
        await connection.InputAsync("hello", cancellation: keeper.Cancellation);
        await Until("hello\r\ngot hello\r\n");
        Assert.True((await connection.ResizeAsync(77, 22, keeper.Cancellation)).IsOk);
        await connection.InputAsync("", cancellation: keeper.Cancellation);
        await Until("22 77");
        Assert.Equal("command.invalid", (await connection.ResizeAsync(0, 22, keeper.Cancellation)).Error!.Code);
        await connection.InputAsync("", enter: false, end: true, cancellation: keeper.Cancellation);
        await keeper.ReadAsync(connection, e => e.Type() == "engine.exited");
    }

    [Fact]
    public async Task Tmux_answers_what_a_program_asks_its_terminal_when_nobody_watches()
    {
        Assert.SkipUnless(HasTmux, "tmux is not installed.");
        await using var keeper = new RunningKeeper();
        // Asks where the cursor is, in raw mode, and reads the answer: ESC [ row ; column R.
        var events = await keeper.RunAsync(keeper.Terminal("stty raw -echo; printf 'ab\\033[6n'; answer=$(head -c 6 | tr -d '\\033'); stty sane; echo \"<$answer>\""));
        Assert.Contains("<[1;3R>", events.Joined("terminal"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tmux_being_killed_costs_no_output()
    {
        Assert.SkipUnless(HasTmux, "tmux is not installed.");
        await using var keeper = new RunningKeeper();
        var events = await keeper.RunAsync(keeper.Terminal(
            $"until tmux -S {keeper.Directory}/tmux.sock has-session 2>/dev/null; do :; done; echo before; tmux -S {keeper.Directory}/tmux.sock kill-server; seq 1 100000; echo after"));
        Assert.Equal("before\r\n" + string.Concat(Enumerable.Range(1, 100_000).Select(n => n + "\r\n")) + "after\r\n", events.Joined("terminal"));
    }

    [Fact]
    public async Task A_person_can_attach_through_tmux_and_sees_what_was_printed()
    {
        Assert.SkipUnless(HasTmux, "tmux is not installed.");
        await using var keeper = new RunningKeeper();
        var tmux = $"tmux -S {keeper.Directory}/tmux.sock";
        var events = await keeper.RunAsync(keeper.Terminal(
            $"echo visible; until {tmux} capture-pane -p -t engine 2>/dev/null | grep -q visible; do :; done; {tmux} send-keys -t engine typed Enter; read line; echo got $line"));
        Assert.EndsWith("got typed\r\n", events.Joined("terminal"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Characters_are_not_torn_between_events()
    {
        await using var keeper = new RunningKeeper();
        var line = string.Concat(Enumerable.Repeat("\u20AC\U0001F600", 30_000));
        await File.WriteAllTextAsync(Path.Combine(keeper.Root, "line"), line, keeper.Cancellation);
        var events = await keeper.RunAsync(keeper.Terminal($"cat {keeper.Root}/line; printf '\\377'"));
        Assert.Equal(line + "\uFFFD", events.Joined("terminal"));
    }

    [Fact]
    public async Task The_first_input_waits_for_the_prompt_and_is_submitted_with_Enter()
    {
        await using var keeper = new RunningKeeper();
        var events = await keeper.RunAsync(keeper.Terminal("sleep 0.2; stty -echo; printf '> '; read line; echo got $line") with { Input = "fix the bug" });
        Assert.Equal("> got fix the bug\r\n", events.Joined("terminal"));
    }

    /// <summary>A PATH with everything that these tests use, but tmux.</summary>
    private static void Without(RunningKeeper keeper, bool tmux)
    {
        if (tmux)
            return;
        var path = Directory.CreateDirectory(Path.Combine(keeper.Root, "bin")).FullName;
        foreach (var program in (string[])["sh", "stty", "git"])
            File.CreateSymbolicLink(Path.Combine(path, program), File.Exists("/bin/" + program) ? "/bin/" + program : "/usr/bin/" + program);
        keeper.Environment["PATH"] = path;
    }
}
