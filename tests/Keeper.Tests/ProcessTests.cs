using System.Globalization;
using System.Runtime.InteropServices;

namespace Squad.Keeper.Tests;

public sealed partial class ProcessTests
{
    [Fact]
    public async Task Orphans_are_taken_over_and_reaped()
    {
        await using var keeper = new RunningKeeper();
        // Each inner process loses its parent at once; the last line looks for zombies among Keeper's children.
        keeper.Start(keeper.Spec("for i in 1 2 3 4 5; do (sh -c 'sleep 0.05; exit 3' >/dev/null 2>&1 &); done; echo made; read line; ps -o stat= --ppid $PPID | grep -c Z; true"));
        await using var connection = await keeper.ConnectAsync();
        await connection.AttachAsync(0, keeper.Cancellation);
        await keeper.ReadAsync(connection, e => e.Type() == "engine.output");
        while (ChildrenOf(keeper.Process!.Id).Count > 1)
            await connection.SignalAsync("CONT", keeper.Cancellation);
        await connection.InputAsync("", cancellation: keeper.Cancellation);
        var events = await keeper.ReadAsync(connection, e => e.Type() == "engine.exited");
        Assert.Equal("0\n", events.Joined("stdout"));
    }

    [Fact]
    public async Task Nothing_that_the_engine_left_running_outlives_Keeper()
    {
        await using var keeper = new RunningKeeper();
        var events = await keeper.RunAsync(keeper.Spec("setsid sleep 300 >/dev/null 2>&1 & echo $!; (setsid sh -c 'sleep 301 & sleep 302' >/dev/null 2>&1 &) ; exit 0"));
        await keeper.ExitAsync();
        var left = int.Parse(events.Joined("stdout").Trim(), CultureInfo.InvariantCulture);
        Assert.False(Directory.Exists($"/proc/{left}"));
        Assert.DoesNotContain(Directory.GetDirectories("/proc").Select(CommandLineOf), line => line is "sleep\0301\0" or "sleep\0302\0");
    }

    [Theory]
    [InlineData(15)]
    [InlineData(2)]
    [InlineData(1)]
    public async Task A_signal_to_Keeper_stops_the_engine_in_order(int signal)
    {
        // A shell that starts the tests in the background makes its children ignore SIGINT.
        await using var keeper = new RunningKeeper { Before = ["env", "--default-signal"] };
        keeper.Start(keeper.Spec("trap 'echo ending; exit 4' TERM; echo ready; while true; do sleep 0.05; done"));
        await using var connection = await keeper.ConnectAsync();
        await connection.AttachAsync(0, keeper.Cancellation);
        await keeper.ReadAsync(connection, e => e.Type() == "engine.output");
        Assert.Equal(0, Send(keeper.Process!.Id, signal));
        var events = await keeper.ReadAsync(connection, e => e.Type() == "engine.exited");
        Assert.Equal("ending\n", events.Joined("stdout"));
        Assert.Equal(4, await keeper.ExitAsync());
    }

    [Fact]
    public async Task As_PID_1_it_reaps_orphans_and_passes_the_exit_code_on()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Making a PID namespace takes root.");
        await using var keeper = new RunningKeeper { Before = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child", "--"] };
        var events = await keeper.RunAsync(keeper.Spec(
            "echo parent $PPID; (sh -c 'exit 3' &); (setsid sleep 300 &); sleep 0.2; cat /proc/[0-9]*/stat | grep -c ') Z '; exit 9"));
        Assert.Equal("parent 1\n0\n", events.Joined("stdout"));
        Assert.Equal(9, await keeper.ExitAsync());
    }

    [Fact]
    public async Task A_second_TERM_kills()
    {
        await using var keeper = new RunningKeeper();
        keeper.Start(keeper.Spec("trap 'echo stubborn' TERM; echo ready; while true; do sleep 0.05; done"));
        await using var connection = await keeper.ConnectAsync();
        await connection.AttachAsync(0, keeper.Cancellation);
        await keeper.ReadAsync(connection, e => e.Type() == "engine.output");
        Assert.Equal(0, Send(keeper.Process!.Id, 15));
        await keeper.ReadAsync(connection, e => e.Type() == "engine.output" && e.Text() == "stubborn");
        Assert.Equal(0, Send(keeper.Process.Id, 15));
        var events = await keeper.ReadAsync(connection, e => e.Type() == "engine.exited");
        Assert.Equal("KILL", events[^1].Data().GetProperty("signal").GetString());
        Assert.Equal(137, await keeper.ExitAsync());
    }

    [Fact]
    public async Task A_parked_Keeper_ends_when_told_to()
    {
        await using var keeper = new RunningKeeper();
        keeper.Start(null, "--linger-ms", "0");
        await using (await keeper.ConnectAsync())
            Assert.Equal(0, Send(keeper.Process!.Id, 15));
        Assert.Equal(143, await keeper.ExitAsync());
    }

    [Fact]
    public async Task A_stop_during_the_setup_ends_the_setup()
    {
        await using var keeper = new RunningKeeper();
        keeper.Start(keeper.Spec("echo never") with { Setup = "echo installing; exec sleep 60" });
        await using var connection = await keeper.ConnectAsync();
        await connection.AttachAsync(0, keeper.Cancellation);
        await keeper.ReadAsync(connection, e => e.Type() == "setup.output");
        await connection.StopAsync(TimeSpan.FromSeconds(5), keeper.Cancellation);
        var events = await keeper.ReadAsync(connection, _ => false);
        Assert.Equal("keeper.stopped", events.One("error").Data().GetProperty("code").GetString());
        Assert.Equal(143, await keeper.ExitAsync());
    }

    [Fact]
    public async Task The_spec_does_not_stay_on_disk()
    {
        await using var keeper = new RunningKeeper();
        await keeper.RunAsync(keeper.Spec("true") with { Environment = new Dictionary<string, string> { ["TOKEN"] = "very-secret" } });
        await keeper.ExitAsync();
        foreach (var file in Directory.EnumerateFiles(keeper.Directory, "*", SearchOption.AllDirectories))
            Assert.DoesNotContain("very-secret", await File.ReadAllTextAsync(file, keeper.Cancellation), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{", "spec.json cannot be read")]
    [InlineData("{\"session\":\"s\"}", "command is missing")]
    public async Task A_spec_that_cannot_be_read_is_told_and_ends_Keeper(string spec, string message)
    {
        await using var keeper = new RunningKeeper();
        await File.WriteAllTextAsync(Path.Combine(keeper.Directory, "spec.json"), spec, keeper.Cancellation);
        keeper.Start(null);
        await using var connection = await keeper.ConnectAsync();
        await connection.AttachAsync(0, keeper.Cancellation);
        var events = await keeper.ReadAsync(connection, _ => false);
        Assert.Contains(message, events.One("error").Data().GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(64, await keeper.ExitAsync());
    }

    private static List<int> ChildrenOf(int parent) => [.. Directory.GetDirectories("/proc")
        .Select(folder => int.TryParse(Path.GetFileName(folder), out var pid) ? pid : 0)
        .Where(pid => pid > 0 && ParentOf(pid) == parent)];

    private static int ParentOf(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static string CommandLineOf(string folder)
    {
        try
        {
            return File.ReadAllText(folder + "/cmdline");
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Send(int pid, int signal);
}
