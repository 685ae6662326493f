using System.Text;

namespace Squad.Keeper.Tests;

public sealed class PipeTests
{
    [Fact]
    public async Task A_run_is_told_from_workspace_to_exit_in_numbered_events()
    {
        await using var keeper = new RunningKeeper();
        var events = await keeper.RunAsync(keeper.Spec("echo hello; echo problem >&2; exit 3"));
        events.AreGapless();
        Assert.Equal(["workspace.ready", "engine.started"], events.Take(2).Select(e => e.Type()));
        Assert.Equal("hello\n", events.Joined("stdout"));
        Assert.Equal("problem\n", events.Joined("stderr"));
        Assert.Equal("engine.exited", events[^1].Type());
        Assert.Equal(3, events[^1].Data().GetProperty("code").GetInt32());
        Assert.Equal(3, await keeper.ExitAsync());
    }

    [Fact]
    public async Task The_bytes_of_an_event_are_in_the_order_the_node_scans_for()
    {
        await using var keeper = new RunningKeeper();
        keeper.Start(keeper.Spec("echo hello"));
        var (reader, writer) = await keeper.OpenRawAsync();
        await writer.WriteAsync("{\"op\":\"attach\",\"after\":0}\n"u8.ToArray(), keeper.Cancellation);
        Assert.StartsWith("{\"op\":\"attached\",\"next\":1,\"last\":", await reader.ReadLineAsync(keeper.Cancellation));
        string? line;
        do
            line = await reader.ReadLineAsync(keeper.Cancellation);
        while (line?.Contains("engine.output", StringComparison.Ordinal) == false);
        Assert.Matches("""^\{"n":3,"at":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z","type":"engine.output","data":\{"stream":"stdout","text":"hello"\}\}$""", line);
    }

    [Fact]
    public async Task A_line_that_is_a_JSON_object_is_an_event_and_one_that_only_looks_like_it_is_text()
    {
        await using var keeper = new RunningKeeper();
        await File.WriteAllTextAsync(Path.Combine(keeper.Root, "lines"),
            "{\"tool\":\"edit\",\"n\":[1,{}]}\n{\"open\":\n{}\n{\"half\":\"\\ud800\"}\n[1]\n{\"a\":1} trailing\n{\"last\":true}", keeper.Cancellation);
        var events = await keeper.RunAsync(keeper.Spec($"cat {keeper.Root}/lines"));
        Assert.Equal(["{\"tool\":\"edit\",\"n\":[1,{}]}", "{}", "{\"last\":true}"], events.Of("engine.event").Select(e => e.Data().GetRawText()));
        Assert.Equal("{\"open\":\n{\"half\":\"\\ud800\"}\n[1]\n{\"a\":1} trailing\n", events.Joined("stdout"));
    }

    [Fact]
    public async Task A_JSON_object_written_in_two_writes_is_still_one_event()
    {
        await using var keeper = new RunningKeeper();
        var events = await keeper.RunAsync(keeper.Spec("""printf '{"a":'; sleep 0.3; printf '1}\n'"""));
        Assert.Equal("{\"a\":1}", events.One("engine.event").Data().GetRawText());
    }

    [Fact]
    public async Task A_prompt_without_newline_is_seen_and_the_rest_of_its_line_follows()
    {
        await using var keeper = new RunningKeeper();
        keeper.Start(keeper.Spec("printf 'name? '; read name; echo hello $name"));
        await using var connection = await keeper.ConnectAsync();
        await connection.AttachAsync(0, keeper.Cancellation);
        var asked = await keeper.ReadAsync(connection, e => e.Type() == "engine.output");
        Assert.Equal("name? ", asked[^1].Text());
        Assert.True(asked[^1].Data().GetProperty("partial").GetBoolean());
        Assert.True((await connection.InputAsync("Ada", cancellation: keeper.Cancellation)).IsOk);
        var rest = await keeper.ReadAsync(connection, e => e.Type() == "engine.exited");
        Assert.Equal("name? hello Ada\n", asked.Concat(rest).Joined("stdout"));
    }

    [Fact]
    public async Task A_hundred_megabytes_without_a_newline_stream_in_bounded_memory()
    {
        await using var keeper = new RunningKeeper();
        keeper.Start(keeper.Spec("head -c 100000000 /dev/zero | tr '\\0' x"));
        await using var connection = await keeper.ConnectAsync();
        await connection.AttachAsync(0, keeper.Cancellation);
        long characters = 0, longest = 0, resident = 0;
        while (await connection.ReadBatchAsync(keeper.Cancellation) is { } batch)
        {
            foreach (var e in RunningKeeper.Parse(batch.Lines.Span).Of("engine.output"))
            {
                characters += e.Text().Length;
                longest = Math.Max(longest, e.Text().Length);
            }
            keeper.Process!.Refresh();
            resident = Math.Max(resident, keeper.Process.HasExited ? 0 : keeper.Process.WorkingSet64);
            await connection.AckAsync(batch.Last, keeper.Cancellation);
        }
        Assert.Equal(100_000_000, characters);
        Assert.InRange(longest, 60_000, 65_536);
        Assert.InRange(resident, 1, 150L << 20);
    }

    [Fact]
    public async Task Binary_output_and_invalid_UTF8_arrive_as_text_with_replacements()
    {
        await using var keeper = new RunningKeeper();
        var bytes = new byte[300_000];
        new Random(7).NextBytes(bytes);
        await File.WriteAllBytesAsync(Path.Combine(keeper.Root, "binary"), bytes, keeper.Cancellation);
        var events = await keeper.RunAsync(keeper.Spec($"cat {keeper.Root}/binary; printf '\\nok \\377 \\303 end\\n'"));
        var text = events.Joined("stdout");
        var lines = Encoding.UTF8.GetString(bytes).Split('\n');
        Assert.Equal(lines, text.Split('\n')[..lines.Length]);
        Assert.EndsWith("ok \uFFFD \uFFFD end\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_character_is_never_torn_where_a_long_line_is_cut()
    {
        await using var keeper = new RunningKeeper();
        var line = "x" + string.Concat(Enumerable.Repeat("\u20AC\U0001F600", 60_000));
        await File.WriteAllTextAsync(Path.Combine(keeper.Root, "line"), line + "\nnext\n", keeper.Cancellation);
        var events = await keeper.RunAsync(keeper.Spec($"cat {keeper.Root}/line"));
        Assert.Equal(line + "\nnext\n", events.Joined("stdout"));
    }

    [Fact]
    public async Task A_command_that_does_not_exist_is_named()
    {
        await using var keeper = new RunningKeeper();
        var events = await keeper.RunAsync(keeper.Spec("no-such-engine --x"));
        var error = events.One("error").Data();
        Assert.Equal("engine.notFound", error.GetProperty("code").GetString());
        Assert.Contains("no-such-engine", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(127, events[^1].Data().GetProperty("code").GetInt32());
        Assert.Equal(127, await keeper.ExitAsync());
    }

    [Fact]
    public async Task An_engine_that_a_signal_ends_is_told_with_the_signal()
    {
        await using var keeper = new RunningKeeper();
        var events = await keeper.RunAsync(keeper.Spec("kill -KILL $$"));
        Assert.Equal("KILL", events[^1].Data().GetProperty("signal").GetString());
        Assert.Equal(137, await keeper.ExitAsync());
    }

    [Fact]
    public async Task A_setup_that_fails_ends_the_run_before_the_engine()
    {
        await using var keeper = new RunningKeeper();
        var events = await keeper.RunAsync(keeper.Spec("echo never") with { Setup = "echo installing; read x || echo no input; exit 9" });
        Assert.Equal(["installing", "no input"], events.Of("setup.output").Select(e => e.Text()));
        Assert.Equal("setup.failed", events[^1].Data().GetProperty("code").GetString());
        Assert.DoesNotContain(events, e => e.Type() == "engine.started");
        Assert.Equal(66, await keeper.ExitAsync());
    }

    [Fact]
    public async Task Setup_and_engine_get_the_environment_and_the_first_input()
    {
        await using var keeper = new RunningKeeper();
        var events = await keeper.RunAsync(keeper.Spec("echo $NAME; cat") with
        {
            Setup = "echo setup $NAME",
            Environment = new Dictionary<string, string> { ["NAME"] = "Ada = L\u00e9a" },
            Input = "do it",
            InputEnds = true,
        });
        Assert.Equal("setup Ada = L\u00e9a", events.One("setup.output").Text());
        Assert.Equal("Ada = L\u00e9a\ndo it\n", events.Joined("stdout"));
    }

    [Fact]
    public async Task A_million_lines_arrive_complete()
    {
        await using var keeper = new RunningKeeper();
        keeper.Start(keeper.Spec("seq 1 1000000"));
        await using var connection = await keeper.ConnectAsync();
        await connection.AttachAsync(0, keeper.Cancellation);
        long lines = 0, next = 1;
        while (await connection.ReadBatchAsync(keeper.Cancellation) is { } batch)
        {
            Assert.Equal(next, batch.First);
            next = batch.Last + 1;
            lines += RunningKeeper.LinesIn(batch);
            await connection.AckAsync(batch.Last, keeper.Cancellation);
        }
        Assert.Equal(1_000_000, lines);
    }
}
