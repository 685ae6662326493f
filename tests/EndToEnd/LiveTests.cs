using System.Net.WebSockets;
using System.Text.Json;
using Squad.EndToEnd.Clients;
using Squad.Tests.Support;

namespace Squad.EndToEnd;

/// <summary>The three live protocols, each as its client meets it.</summary>
[Collection(nameof(OneServer))]
public sealed class LiveTests(RunningServer running)
{
    private SquadServer Server => running.Server;

    private SquadUser User => running.User;

    [Fact]
    public async Task Server_sent_events_come_live_and_go_on_after_the_last_id()
    {
        var id = await EchoAsync();
        long last;
        await using (var first = await SseClient.ConnectAsync(Server, User.Token, id))
        {
            await TypeAsync(id, "one");
            var seen = await first.UntilAsync(e => e.IsOutput());
            Events.AreGapless(seen.Select(Events.Seq));
            Assert.Equal("got one", seen[^1].Text());
            last = seen[^1].Seq();
        }

        await TypeAsync(id, "two");
        // Where both are given, the header counts: a browser that reconnects asks for the same address.
        await using var second = await SseClient.ConnectAsync(Server, User.Token, id, last, "?after=1");
        var more = await second.UntilAsync(e => e.IsOutput());
        Events.AreGapless(more.Select(Events.Seq), last + 1);
        Assert.Equal("got two", more[^1].Text());
        await EndAsync(id);
    }

    [Theory, InlineData("99999", 422), InlineData("-3", 422), InlineData("soon", 422)]
    public async Task A_last_id_that_cannot_be_is_refused(string lastEventId, int status) => Refused.With(
        await User.Http.SendTextAsync(HttpMethod.Get, $"/v1/sessions/{await running.EndedSessionAsync()}/events", change: r =>
        {
            r.Headers.Accept.ParseAdd("text/event-stream");
            r.Headers.TryAddWithoutValidation("Last-Event-ID", lastEventId);
        }),
        status, "validation");

    [Fact]
    public async Task A_socket_that_names_its_session_gets_all_of_it_and_then_the_end()
    {
        var id = await running.EndedSessionAsync();
        await using var socket = await SocketClient.ConnectAsync(Server, User.Token, $"session={id}");
        var numbers = await socket.NumbersToEndAsync(id);
        Events.AreGapless(numbers);

        await using var resumed = await SocketClient.ConnectAsync(Server, User.Token, $"session={id}&after=2");
        Assert.Equal(numbers[2..], await resumed.NumbersToEndAsync(id));
        Assert.Equal(WebSocketCloseStatus.NormalClosure, await resumed.CloseAsync());
    }

    [Fact]
    public async Task A_socket_follows_several_sessions_and_leaves_one()
    {
        var (a, b) = (await EchoAsync(), await EchoAsync());
        await using var socket = await SocketClient.ConnectAsync(Server, User.Token);
        await socket.SendAsync(new { type = "ping" });
        await socket.NextAsync("pong");
        await socket.SendAsync(new { type = "subscribe", session = a, cursor = 0 });
        await socket.SendAsync(new { type = "subscribe", session = b });
        await TypeAsync(a, "alpha");
        await TypeAsync(b, "beta");
        var waiting = new HashSet<string> { "got alpha", "got beta" };
        while (waiting.Count > 0)
        {
            foreach (var e in (await socket.NextAsync("events")).GetProperty("events").EnumerateArray().Where(Events.IsOutput))
                waiting.Remove(e.Text());
        }

        await socket.SendAsync(new { type = "unsubscribe", session = a });
        await socket.SendAsync(new { type = "unsubscribe", session = "never-subscribed" });
        await socket.SendAsync(new { type = "ping" });
        while ((await socket.NextAsync()).GetProperty("type").GetString() != "pong")
        {
            // What was on its way before the server had heard.
        }

        await TypeAsync(a, "unheard");
        await TypeAsync(b, "heard");
        var found = false;
        while (!found)
        {
            var frame = await socket.NextAsync("events");
            Assert.Equal(b, frame.GetProperty("session").GetString());
            found = frame.GetProperty("events").EnumerateArray().Any(e => e.IsOutput() && e.Text() == "got heard");
        }

        await EndAsync(a);
        await EndAsync(b);
    }

    [Theory]
    [InlineData("nonsense", "malformed"), InlineData("[1]", "malformed"), InlineData("{\"type\":7}", "malformed"), InlineData("{\"type\":\"dance\"}", "malformed"), InlineData("{\"type\":\"subscribe\"}", "malformed")]
    [InlineData("{\"type\":\"subscribe\",\"session\":\"nothing\"}", "session.notFound"), InlineData("{\"type\":\"subscribe\",\"session\":\"../x\"}", "session.notFound")]
    [InlineData("{\"type\":\"subscribe\",\"session\":\"nothing\",\"cursor\":\"x\"}", "malformed"), InlineData("{\"type\":\"subscribe\",\"session\":\"nothing\",\"cursor\":1e99}", "malformed")]
    public async Task A_message_that_a_socket_cannot_follow_is_answered_and_the_socket_goes_on(string message, string code)
    {
        await using var socket = await SocketClient.ConnectAsync(Server, User.Token);
        await socket.SendTextAsync(message);
        var error = await socket.NextAsync("error");
        Assert.Equal(code, error.GetProperty("code").GetString());
        Assert.NotEmpty(error.GetProperty("message").GetString()!);
        await socket.SendAsync(new { type = "ping" });
        await socket.NextAsync("pong");
    }

    [Fact]
    public async Task A_socket_whose_cursor_lies_beyond_the_end_is_told()
    {
        await using var socket = await SocketClient.ConnectAsync(Server, User.Token, $"session={await running.EndedSessionAsync()}&after=4711");
        Assert.Contains("4711", (await socket.NextAsync("error")).GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_too_long_closes_its_socket_alone()
    {
        await using var socket = await SocketClient.ConnectAsync(Server, User.Token);
        await socket.SendTextAsync($"{{\"type\":\"{new string('a', 20_000)}\"}}");
        Assert.Contains("MessageTooBig", (await Assert.ThrowsAsync<InvalidOperationException>(socket.NextAsync)).Message, StringComparison.Ordinal);
        await Refused.ServerIsUpAsync(Server);
    }

    [Fact]
    public async Task The_hub_streams_from_the_cursor_and_live_until_cancelled()
    {
        var id = await EchoAsync();
        await using var hub = await HubClient.ConnectAsync(Server, User.Token);
        await hub.WatchAsync($"session/{id}", 0);
        await TypeAsync(id, "one");
        var seen = await CollectAsync(hub, "got one");
        Events.AreGapless(seen.Select(Events.Seq));

        await hub.CancelAsync();
        JsonElement message;
        do
            message = await hub.NextAsync();
        while (message.GetProperty("type").GetInt32() == 2);
        Assert.Equal((3, "1"), (message.GetProperty("type").GetInt32(), message.GetProperty("invocationId").GetString()));

        // The connection is still good.
        await hub.WatchAsync($"session/{id}", seen[^1].Seq(), "2");
        await TypeAsync(id, "two");
        Events.AreGapless((await CollectAsync(hub, "got two")).Select(Events.Seq), seen[^1].Seq() + 1);
        await EndAsync(id);
    }

    [Theory]
    [InlineData("session/nothing", 0, "session.notFound"), InlineData("sessions/somebody-else", 0, "stream.notFound"), InlineData("nonsense", 0, "stream.notFound"), InlineData("", 0, "stream.notFound")]
    [InlineData("build/a", 0, "stream.notFound"), InlineData("session/../../a", 0, "session.notFound"), InlineData("ended", 4711, "validation"), InlineData("ended", -1, "validation")]
    public async Task The_hub_refuses_a_stream_that_is_not_the_users_or_not_there(string stream, long after, string code)
    {
        await using var hub = await HubClient.ConnectAsync(Server, User.Token);
        await hub.WatchAsync(stream == "ended" ? $"session/{await running.EndedSessionAsync()}" : stream, after);
        var refusal = await hub.NextAsync();
        Assert.Equal(3, refusal.GetProperty("type").GetInt32());
        Assert.Contains($"{code}: ", refusal.GetProperty("error").GetString(), StringComparison.Ordinal);
        await hub.WatchAsync($"session/{await running.EndedSessionAsync()}", 0, "2");
        Events.AreGapless((await hub.EventsAsync()).Select(Events.Seq));
    }

    [Fact]
    public async Task The_board_of_a_user_tells_every_change_of_his_sessions()
    {
        var me = (await User.SendAsync(HttpMethod.Get, "/v1/me")).GetProperty("id").GetString();
        await using var hub = await HubClient.ConnectAsync(Server, User.Token);
        await hub.WatchAsync($"sessions/{me}", 0);
        var id = await User.StartSessionAsync(running.Repo, "true");
        var states = new List<string>();
        while (states.LastOrDefault() != "stopped")
        {
            foreach (var e in await hub.EventsAsync())
            {
                var session = e.GetProperty("data").GetProperty("session");
                if (session.GetProperty("id").GetString() == id)
                    states.Add(session.GetProperty("state").GetString()!);
            }
        }

        Assert.Equal(["provisioning", "settingUp", "running", "stopped"], states);
        await User.SendAsync(HttpMethod.Delete, $"/v1/sessions/{id}");
        JsonElement last;
        do
            last = (await hub.EventsAsync())[^1];
        while (last.GetProperty("type").GetString() != "session.deleted");
        Assert.Equal(id, last.GetProperty("data").GetProperty("session").GetProperty("id").GetString());
    }

    private async Task<string> EchoAsync()
    {
        var id = await User.StartSessionAsync(running.Repo, "while read word; do echo got $word; done");
        await User.SessionReachesAsync(id, "running");
        return id;
    }

    private Task TypeAsync(string id, string text) => Eventually.Async($"session {id} takes input", TimeSpan.FromSeconds(20), async () =>
        (int)(await User.TryAsync(HttpMethod.Post, $"/v1/sessions/{id}/input", new { text })).Status == 202);

    private Task<JsonElement> EndAsync(string id) => User.SendAsync(HttpMethod.Delete, $"/v1/sessions/{id}");

    private static async Task<List<JsonElement>> CollectAsync(HubClient hub, string text)
    {
        var events = new List<JsonElement>();
        while (!events.Exists(e => e.IsOutput() && e.Text() == text))
            events.AddRange(await hub.EventsAsync());
        return events;
    }
}
