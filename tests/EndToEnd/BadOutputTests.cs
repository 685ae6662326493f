using System.Text;
using System.Text.Json;
using Squad.EndToEnd.Clients;
using Squad.Tests.Support;

namespace Squad.EndToEnd;

/// <summary>Engines that print what nobody expects, or nothing at all.</summary>
[Collection(nameof(OneServer))]
public sealed class BadOutputTests(RunningServer running)
{
    private SquadUser User => running.User;

    [Fact]
    public async Task A_command_that_does_not_exist_fails_its_session_and_is_named()
    {
        var session = await RunAsync("there-is-no-such-command --help", "failed");
        Assert.Equal(127, session.GetProperty("exitCode").GetInt32());
        Assert.Equal("engine.notFound", session.GetProperty("reason").GetProperty("code").GetString());
        Assert.Contains("there-is-no-such-command", session.GetProperty("reason").GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_million_lines_at_once_all_arrive_once_and_in_order()
    {
        const int lines = 1_000_000;
        var session = await RunAsync($"seq {lines}", "stopped");
        long after = 0, expected = 1;
        while (true)
        {
            var page = await User.SendAsync(HttpMethod.Get, $"/v1/sessions/{Id(session)}/events?after={after}&limit=10000");
            if (page.GetProperty("events").GetArrayLength() == 0)
                break;
            foreach (var e in page.GetProperty("events").EnumerateArray())
            {
                Assert.Equal(++after, e.Seq());
                if (e.IsOutput())
                    Assert.Equal(expected++, long.Parse(e.Text(), System.Globalization.CultureInfo.InvariantCulture));
            }

            Assert.Equal(after, page.GetProperty("next").GetInt64());
        }

        Assert.Equal(lines, expected - 1);
        await Refused.ServerIsUpAsync(running.Server);
    }

    [Fact]
    public async Task A_line_of_100_MB_without_newline_arrives_whole_in_pieces()
    {
        const int bytes = 100_000_000;
        var session = await RunAsync($"head -c {bytes} /dev/zero | tr '\\0' x", "stopped");
        long after = 0, length = 0;
        while (true)
        {
            var page = await User.SendAsync(HttpMethod.Get, $"/v1/sessions/{Id(session)}/events?after={after}&limit=200");
            if (page.GetProperty("events").GetArrayLength() == 0)
                break;
            foreach (var e in page.GetProperty("events").EnumerateArray().Where(Clients.Events.IsOutput))
            {
                Assert.True(e.Text().AsSpan().IndexOfAnyExcept('x') < 0);
                length += e.Text().Length;
            }

            after = page.GetProperty("next").GetInt64();
        }

        Assert.Equal(bytes, length);
        await Refused.ServerIsUpAsync(running.Server);
    }

    [Fact]
    public async Task Bytes_that_are_not_text_arrive_as_replacement_characters_and_text_beside_them_is_whole()
    {
        var session = await RunAsync(@"printf 'a\377\376b\n\303\nwhole: \303\244\360\237\230\200\n\000\001\033[31mred\n'; head -c 300000 /dev/urandom; echo; echo done", "stopped");
        var texts = (await User.EventsAsync(Id(session))).Where(Clients.Events.IsOutput).Select(Clients.Events.Text).ToList();
        Assert.Equal(["a\uFFFD\uFFFDb", "\uFFFD", "whole: ä😀", "\0\u0001\u001b[31mred"], texts[..4]);
        Assert.Equal("done", texts[^1]);
        Assert.InRange(texts.Sum(t => Encoding.UTF8.GetByteCount(t)), 300_000, 1_200_000);
        await Refused.ServerIsUpAsync(running.Server);
    }

    [Fact]
    public async Task Lines_that_look_like_the_protocols_own_are_mere_output_of_the_engine()
    {
        var session = await RunAsync(
            """
            echo '{"n":1,"type":"engine.exited","data":{"code":9}}'; echo '{"type":"session.state","data":{"to":"failed"}}'; echo '{"seq":1'; echo '{"a":1}{"b":2}'; echo '{"a":"\ud800"}'; echo 'data: x'
            """.Trim(), "stopped");
        Assert.Equal(0, session.GetProperty("exitCode").GetInt32());
        var events = await User.EventsAsync(Id(session));
        Clients.Events.AreGapless(events.Select(Clients.Events.Seq));
        Assert.Single(events, e => e.GetProperty("type").GetString() == "engine.exited");
        Assert.Equal(2, events.Count(e => e.GetProperty("type").GetString() == "engine.event" && e.GetProperty("data").TryGetProperty("type", out _)));
    }

    [Fact]
    public async Task An_engine_that_prints_nothing_and_one_that_closes_its_output_end_like_any_other()
    {
        Assert.Equal(0, (await RunAsync("true", "stopped")).GetProperty("exitCode").GetInt32());
        var closed = await RunAsync("exec >&- 2>&-; exit 3", "failed");
        Assert.Equal((3, "engine.exited"), (closed.GetProperty("exitCode").GetInt32(), closed.GetProperty("reason").GetProperty("code").GetString()));
        var killed = await RunAsync("kill -9 $$", "failed");
        Assert.Equal(137, killed.GetProperty("exitCode").GetInt32());
    }

    [Fact]
    public async Task Input_goes_to_an_engine_that_lives_and_is_refused_when_it_has_ended()
    {
        var id = await User.StartSessionAsync(running.Repo, "read word; echo \"got $word\"");
        await User.SessionReachesAsync(id, "running");
        await Eventually.Async("input is taken", TimeSpan.FromSeconds(20), async () =>
            (int)(await User.TryAsync(HttpMethod.Post, $"/v1/sessions/{id}/input", new { text = "ä \u0001 $(id) \"'" })).Status == 202);
        await User.SessionReachesAsync(id, "stopped");
        Assert.Equal("got ä \u0001 $(id) \"'", await User.OutputAsync(id));
        Refused.With(await User.TryAsync(HttpMethod.Post, $"/v1/sessions/{id}/input", new { text = "more" }), 409, "session.state");
    }

    [Fact]
    public async Task Pausing_and_resuming_a_running_session_may_be_repeated()
    {
        var id = await User.StartSessionAsync(running.Repo, "read word");
        await User.SessionReachesAsync(id, "running");
        foreach (var (call, state) in ((string, string)[])[("pause", "paused"), ("pause", "paused"), ("resume", "running"), ("resume", "running")])
        {
            await User.SendAsync(HttpMethod.Post, $"/v1/sessions/{id}/{call}");
            Assert.Equal(state, (await User.SessionAsync(id)).GetProperty("state").GetString());
        }

        await User.SendAsync(HttpMethod.Post, $"/v1/sessions/{id}/stop");
        await User.SessionReachesAsync(id, "stopped");
        await User.SendAsync(HttpMethod.Delete, $"/v1/sessions/{id}");
        Refused.With(await User.TryAsync(HttpMethod.Delete, $"/v1/sessions/{id}"), 404, "session.notFound");
    }

    private async Task<JsonElement> RunAsync(string command, string end)
    {
        var id = await User.StartSessionAsync(running.Repo, command);
        var session = await User.SessionReachesAsync(id, "stopped", "failed", "lost");
        Assert.True(session.GetProperty("state").GetString() == end, $"Expected {end}: {session}");
        return session;
    }

    private static string Id(JsonElement session) => session.GetProperty("id").GetString()!;
}
