using System.Globalization;
using System.Text.Json;
using Squad.EndToEnd.Clients;
using Squad.Tests.Support;

namespace Squad.EndToEnd;

/// <summary>Many watchers, slow watchers, and watchers whose server dies.</summary>
[Collection(nameof(OneServer))]
public sealed class WatcherTests(RunningServer running)
{
    [Fact]
    public async Task Fifty_watchers_of_one_flood_all_get_every_event_once()
    {
        const int watchers = 50;
        var id = await running.User.StartSessionAsync(running.Repo, "read go; seq 20000");
        await running.User.SessionReachesAsync(id, "running");
        var hubs = await Task.WhenAll(Enumerable.Range(0, watchers).Select(_ => HubClient.ConnectAsync(running.Server, running.User.Token)));
        await Task.WhenAll(hubs.Select(h => h.WatchAsync($"session/{id}", 0)));
        await Eventually.Async("input is taken", TimeSpan.FromSeconds(20), async () =>
            (int)(await running.User.TryAsync(HttpMethod.Post, $"/v1/sessions/{id}/input", new { text = "go" })).Status == 202);

        var lasts = await Task.WhenAll(hubs.Select(ReadToEndAsync));
        Assert.All(lasts, last => Assert.Equal((lasts[0].Last, 20_000), last));
        foreach (var hub in hubs)
            await hub.DisposeAsync();
    }

    [Fact]
    public async Task Watchers_that_do_not_read_for_a_while_get_everything_and_cost_the_server_no_memory()
    {
        const long growthMax = 150L << 20;
        const int lines = 300_000;
        await using var server = await SquadServer.StartAsync("process");
        using var user = await SquadUser.SignInAsync(server);
        var repo = await user.PushRepositoryAsync("flooded");
        // A small flood first, so that growth is not that of a program that warms up.
        await user.SessionReachesAsync(await user.StartSessionAsync(repo, "seq 100000"), "stopped");
        var id = await user.StartSessionAsync(repo, $"read go; yes $(head -c 200 /dev/zero | tr '\\0' x) | head -n {lines}; read go");
        await user.SessionReachesAsync(id, "running");

        var hubs = new List<HubClient>();
        var sockets = new List<SocketClient>();
        for (var i = 0; i < 5; i++)
        {
            hubs.Add(await HubClient.ConnectAsync(server, user.Token));
            await hubs[^1].WatchAsync($"session/{id}", 0);
            sockets.Add(await SocketClient.ConnectAsync(server, user.Token, $"session={id}"));
        }

        await using var sse = await SseClient.ConnectAsync(server, user.Token, id);
        await GoAsync(user, id);
        var before = ResidentBytes(server);
        await Eventually.Async("all is printed", TimeSpan.FromSeconds(60), async () => (await user.SessionAsync(id)).GetProperty("lastSeq").GetInt64() > lines);
        var grown = ResidentBytes(server) - before;
        Assert.True(grown < growthMax, $"The server grew by {grown >> 20} MiB while ten watchers did not read.");

        await GoAsync(user, id);
        await user.SessionReachesAsync(id, "stopped");
        var read = sockets.Select(s => s.NumbersToEndAsync(id)).ToList();
        var (last, outputs) = await ReadToEndAsync(hubs[0]);
        Assert.Equal(lines, outputs);
        Events.AreGapless((await sse.UntilAsync(Events.IsEnd)).Select(Events.Seq));
        foreach (var numbers in await Task.WhenAll(read))
        {
            Events.AreGapless(numbers);
            Assert.Equal(last, numbers[^1]);
        }

        foreach (var client in (IEnumerable<IAsyncDisposable>)[.. hubs, .. sockets])
            await client.DisposeAsync();
    }

    [Fact]
    public async Task A_watcher_goes_on_without_a_gap_when_the_server_was_killed()
    {
        await using var server = await SquadServer.StartAsync("process");
        using var user = await SquadUser.SignInAsync(server);
        var repo = await user.PushRepositoryAsync("resumed");
        var id = await user.StartSessionAsync(repo, "bash -c 'i=0; until read -t 0.05 word; do for n in {1..20}; do echo line $((++i)); done; done; echo total $i'");
        var seen = new List<JsonElement>();
        for (var kill = 0; kill < 3; kill++)
        {
            await using var sse = await SseClient.ConnectAsync(server, user.Token, id, seen.Count == 0 ? null : seen[^1].Seq());
            var until = seen.Count + 500;
            try
            {
                while (true)
                {
                    seen.Add(await sse.NextAsync());
                    if (seen.Count == until)
                        await server.KillAsync();
                }
            }
            catch (Exception e) when (e is IOException or HttpRequestException)
            {
                await server.StartAsync();
            }
        }

        await GoAsync(user, id);
        await using (var rest = await SseClient.ConnectAsync(server, user.Token, id, seen[^1].Seq()))
            seen.AddRange(await rest.UntilAsync(Events.IsEnd));
        Events.AreGapless(seen.Select(Events.Seq));
        var printed = seen.Where(Events.IsOutput).Select(Events.Text).ToList();
        Assert.Equal([.. Enumerable.Range(1, printed.Count - 1).Select(i => $"line {i}"), $"total {printed.Count - 1}"], printed);
    }

    private static Task GoAsync(SquadUser user, string id) => Eventually.Async("input is taken", TimeSpan.FromSeconds(20), async () =>
        (int)(await user.TryAsync(HttpMethod.Post, $"/v1/sessions/{id}/input", new { text = "go" })).Status == 202);

    /// <summary>Number of the last event, and how many of them were output; fails on any gap.</summary>
    private static async Task<(long Last, int Outputs)> ReadToEndAsync(HubClient hub)
    {
        var (last, outputs) = (0L, 0);
        while (true)
        {
            foreach (var e in await hub.EventsAsync())
            {
                Assert.Equal(++last, e.Seq());
                outputs += e.IsOutput() ? 1 : 0;
                if (e.IsEnd())
                    return (last, outputs);
            }
        }
    }

    // VmRSS:	  183412 kB
    private static long ResidentBytes(SquadServer server) => File.ReadLines($"/proc/{server.ProcessId}/status")
        .Where(line => line.StartsWith("VmRSS:", StringComparison.Ordinal))
        .Select(line => long.Parse(line.AsSpan(6, line.Length - 9), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture) * 1024).Single();
}
