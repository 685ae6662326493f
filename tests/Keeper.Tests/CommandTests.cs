using System.Text;
using System.Text.Json;
using Squad.Platform.Sandboxes.Keeper;

namespace Squad.Keeper.Tests;

public sealed class CommandTests
{
    [Theory]
    [InlineData("not json", "command.malformed")]
    [InlineData("[1]", "command.malformed")]
    [InlineData("{\"no\":\"op\"}", "command.malformed")]
    [InlineData("{\"op\":5}", "command.malformed")]
    [InlineData("{\"op\":\"dance\"}", "command.unknown")]
    [InlineData("{\"op\":\"ack\"}", "command.malformed")]
    [InlineData("{\"op\":\"ack\",\"n\":1.5}", "command.malformed")]
    [InlineData("{\"op\":\"input\",\"text\":\"\\ud800\"}", "command.malformed")]
    [InlineData("{\"op\":\"input\",\"text\":\"x\"}", "engine.gone")]
    [InlineData("{\"op\":\"resize\",\"columns\":80,\"rows\":24}", "engine.gone")]
    [InlineData("{\"op\":\"signal\",\"name\":\"NOPE\"}", "command.invalid")]
    [InlineData("{\"op\":\"signal\",\"name\":\"INT\"}", "engine.gone")]
    [InlineData("{\"op\":\"attach\",\"after\":-1}", "attach.ahead")]
    [InlineData("{\"op\":\"run\"}", "spec.invalid")]
    [InlineData("{\"op\":\"run\",\"spec\":{\"session\":\"s\"}}", "spec.invalid")]
    [InlineData("{\"op\":\"run\",\"spec\":{\"session\":\"s\",\"command\":\"true\",\"mode\":\"telepathy\"}}", "spec.invalid")]
    [InlineData("{\"op\":\"run\",\"spec\":{\"session\":\"s\",\"command\":\"true\",\"workspace\":\"relative\"}}", "spec.invalid")]
    [InlineData("{\"op\":\"run\",\"spec\":{\"session\":\"s\",\"command\":\"true\",\"environment\":{\"A=B\":\"c\"}}}", "spec.invalid")]
    public async Task A_command_that_cannot_be_done_is_refused_and_the_connection_goes_on(string command, string code)
    {
        await using var keeper = new RunningKeeper();
        keeper.Start(null);
        var (reader, writer) = await keeper.OpenRawAsync();
        await writer.WriteAsync(Encoding.UTF8.GetBytes(command + "\n{\"op\":\"stop\",\"id\":7}\n"), keeper.Cancellation);
        using var refused = JsonDocument.Parse((await reader.ReadLineAsync(keeper.Cancellation))!);
        Assert.Equal("refused", refused.RootElement.GetProperty("op").GetString());
        Assert.Equal(code, refused.RootElement.GetProperty("code").GetString());
        Assert.NotEmpty(refused.RootElement.GetProperty("message").GetString()!);
        Assert.Equal("{\"op\":\"done\",\"id\":7}", await reader.ReadLineAsync(keeper.Cancellation));
    }

    [Fact]
    public async Task A_command_beyond_a_mebibyte_is_refused_and_the_next_is_read()
    {
        await using var keeper = new RunningKeeper();
        keeper.Start(null);
        var (reader, writer) = await keeper.OpenRawAsync();
        await writer.WriteAsync(Encoding.ASCII.GetBytes($"{{\"op\":\"input\",\"text\":\"{new string('x', 3_000_000)}\"}}\n{{\"op\":\"dance\"}}\n"), keeper.Cancellation);
        Assert.Contains("command.tooLong", await reader.ReadLineAsync(keeper.Cancellation), StringComparison.Ordinal);
        Assert.Contains("command.unknown", await reader.ReadLineAsync(keeper.Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_workspace_s_disk_is_told_once_there_is_one()
    {
        await using var keeper = new RunningKeeper();
        keeper.Start(null);
        await using var connection = await keeper.ConnectAsync();
        Assert.Equal("disk.unknown", (await connection.DiskAsync(keeper.Cancellation)).Error!.Code);

        await connection.AttachAsync(0, keeper.Cancellation);
        Assert.True((await connection.RunAsync(keeper.Spec("head -c 3000000 /dev/urandom > big; echo writ''ten; read line"), keeper.Cancellation)).IsOk);
        while (await connection.ReadBatchAsync(keeper.Cancellation) is { } batch && !Encoding.UTF8.GetString(batch.Lines.Span).Contains("written", StringComparison.Ordinal))
        {
        }

        Assert.InRange((await connection.DiskAsync(keeper.Cancellation)).Value, 3_000_000, 4_000_000);
        Assert.True((await connection.InputAsync("", cancellation: keeper.Cancellation)).IsOk);
    }

    [Fact]
    public async Task A_parked_Keeper_runs_what_it_is_given_once()
    {
        await using var keeper = new RunningKeeper();
        keeper.Start(null);
        await using var connection = await keeper.ConnectAsync();
        await connection.AttachAsync(0, keeper.Cancellation);
        Assert.True((await connection.RunAsync(keeper.Spec("echo warm; read line"), keeper.Cancellation)).IsOk);
        Assert.Equal("run.already", (await connection.RunAsync(keeper.Spec("echo twice"), keeper.Cancellation)).Error!.Code);
        await keeper.ReadAsync(connection, e => e.Type() == "engine.output");
        Assert.True((await connection.InputAsync("go", cancellation: keeper.Cancellation)).IsOk);
        await keeper.ReadAsync(connection, e => e.Type() == "engine.exited");
        Assert.Equal(0, await keeper.ExitAsync());
    }

    [Fact]
    public async Task A_parked_Keeper_takes_its_work_from_standard_input_too()
    {
        await using var keeper = new RunningKeeper();
        keeper.Environment["SQUAD_STDOUT"] = "all";
        keeper.Start(null, "--linger-ms", "0");
        await keeper.Process!.StandardInput.WriteLineAsync($"{{\"op\":\"run\",\"id\":1,\"spec\":{Encoding.UTF8.GetString(keeper.Spec("echo hello").ToJson())}}}");
        await keeper.Process.StandardInput.FlushAsync(keeper.Cancellation);
        var printed = await keeper.Process.StandardOutput.ReadToEndAsync(keeper.Cancellation);
        var lines = printed.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("{\"op\":\"done\",\"id\":1}", lines[0]);
        Assert.Equal("hello\n", RunningKeeper.Parse(Encoding.UTF8.GetBytes(string.Join('\n', lines[1..]))).Joined("stdout"));
    }

    [Fact]
    public async Task With_stdio_events_and_answers_come_on_standard_output()
    {
        await using var keeper = new RunningKeeper();
        var process = keeper.Start(null, "--stdio");
        await using var connection = KeeperConnection.Over(new Platform.Sandboxes.SandboxAttachment(
            process.StandardInput.BaseStream, process.StandardOutput.BaseStream, process.StandardInput.BaseStream));
        Assert.True((await connection.AttachAsync(0, keeper.Cancellation)).IsOk);
        var ran = connection.RunAsync(keeper.Spec("seq 1 100000; read line; echo $line"), keeper.Cancellation);
        var events = new List<JsonElement>();
        events.AddRange(await keeper.ReadAsync(connection, e => e.Type() == "engine.output" && e.Text() == "100000"));
        Assert.True((await ran).IsOk);
        var typed = connection.InputAsync("over stdio", cancellation: keeper.Cancellation);
        events.AddRange(await keeper.ReadAsync(connection, e => e.Type() == "engine.exited"));
        Assert.True((await typed).IsOk);
        events.AreGapless();
        Assert.EndsWith("100000\nover stdio\n", events.Joined("stdout"), StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(keeper.Directory, "keeper.sock")));
    }

    [Fact]
    public async Task An_engine_that_ignores_TERM_is_killed_after_the_grace()
    {
        await using var keeper = new RunningKeeper();
        keeper.Start(keeper.Spec("trap 'echo not yet' TERM; echo ready; while true; do sleep 0.05; done"));
        await using var connection = await keeper.ConnectAsync();
        await connection.AttachAsync(0, keeper.Cancellation);
        await keeper.ReadAsync(connection, e => e.Type() == "engine.output");
        Assert.True((await connection.StopAsync(TimeSpan.FromMilliseconds(300), keeper.Cancellation)).IsOk);
        var events = await keeper.ReadAsync(connection, e => e.Type() == "engine.exited");
        Assert.Contains("not yet", events.Joined("stdout"), StringComparison.Ordinal);
        Assert.Equal("KILL", events[^1].Data().GetProperty("signal").GetString());
    }

    [Fact]
    public async Task A_signal_reaches_the_engine()
    {
        await using var keeper = new RunningKeeper();
        keeper.Start(keeper.Spec("trap 'echo interrupted; exit 5' INT; echo ready; while true; do sleep 0.05; done"));
        await using var connection = await keeper.ConnectAsync();
        await connection.AttachAsync(0, keeper.Cancellation);
        await keeper.ReadAsync(connection, e => e.Type() == "engine.output");
        Assert.True((await connection.SignalAsync("INT", keeper.Cancellation)).IsOk);
        var events = await keeper.ReadAsync(connection, e => e.Type() == "engine.exited");
        Assert.Equal("interrupted\n", events.Joined("stdout"));
        Assert.Equal(5, events[^1].Data().GetProperty("code").GetInt32());
    }

    [Fact]
    public async Task Input_that_the_engine_does_not_read_is_bounded()
    {
        await using var keeper = new RunningKeeper();
        keeper.Start(keeper.Spec("echo ready; exec sleep 60"));
        await using var connection = await keeper.ConnectAsync();
        await connection.AttachAsync(0, keeper.Cancellation);
        await keeper.ReadAsync(connection, e => e.Type() == "engine.output");
        var text = new string('x', 500_000);
        Result result;
        var typed = 0;
        do
            result = await connection.InputAsync(text, cancellation: keeper.Cancellation);
        while (result.IsOk && ++typed < 10);
        Assert.Equal("input.full", result.Error!.Code);
        await connection.StopAsync(TimeSpan.Zero, keeper.Cancellation);
    }
}
