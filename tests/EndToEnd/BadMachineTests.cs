using System.Net;
using System.Text.Json;
using Squad.EndToEnd.Clients;
using Squad.Tests.Support;

namespace Squad.EndToEnd;

/// <summary>Machines that lack something: Docker, an image, room on the disk, room for one more session.</summary>
public sealed class BadMachineTests
{
    [Fact]
    public async Task Without_its_Docker_daemon_the_server_starts_warns_and_fails_sessions_with_the_reason()
    {
        await using var server = await SquadServer.StartAsync("docker", new Dictionary<string, string?>
        {
            ["Squad__Sandbox__Docker__Host"] = "unix:///nonexistent.sock",
            ["Squad__Node__EnginePatience"] = "00:00:00",
        });
        using var user = await SquadUser.SignInAsync(server);
        var system = await user.SendAsync(HttpMethod.Get, "/v1/system");
        Assert.Contains(system.GetProperty("warnings").EnumerateArray(), w => w.GetProperty("code").GetString() == "sandbox.unavailable");

        var repo = await user.PushRepositoryAsync("nowhere");
        var id = await user.StartSessionAsync(repo, "true");
        var session = await user.SessionReachesAsync(id, "failed");
        Assert.Equal("sandbox.unavailable", session.GetProperty("reason").GetProperty("code").GetString());
        Assert.Contains("/nonexistent.sock", session.GetProperty("reason").GetProperty("message").GetString(), StringComparison.Ordinal);
        await Refused.ServerIsUpAsync(server);

        Refused.With(await user.TryAsync(HttpMethod.Delete, $"/v1/sessions/{id}"), 503, "sandbox.unavailable");
    }

    [Fact]
    public async Task An_image_that_is_not_there_fails_its_session_and_the_next_one_runs()
    {
        Requires.Docker();
        await using var server = await SquadServer.StartAsync("docker");
        using var user = await SquadUser.SignInAsync(server);
        var repo = await user.PushRepositoryAsync("imageless");
        var missing = await user.SendAsync(HttpMethod.Post, "/v1/sessions", new { repo, command = "true", image = "no-such-image:none" });
        var id = missing.GetProperty("id").GetString()!;
        var session = await user.SessionReachesAsync(id, "failed");
        Assert.Equal("sandbox.imageNotFound", session.GetProperty("reason").GetProperty("code").GetString());
        Assert.Contains("no-such-image:none", session.GetProperty("reason").GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Empty(await Sandboxes.ContainersOfAsync(Path.GetFileName(server.Data)));

        var command = await user.StartSessionAsync(repo, "there-is-no-such-command");
        session = await user.SessionReachesAsync(command, "failed");
        Assert.Equal((127, "engine.notFound"), (session.GetProperty("exitCode").GetInt32(), session.GetProperty("reason").GetProperty("code").GetString()));
    }

    [Fact]
    public async Task One_session_more_than_the_quota_is_refused_until_one_ends()
    {
        await using var server = await SquadServer.StartAsync("process", new Dictionary<string, string?> { ["Squad__Quota__LiveSessionsMax"] = "1" });
        using var user = await SquadUser.SignInAsync(server);
        var repo = await user.PushRepositoryAsync("full");
        var id = await user.StartSessionAsync(repo, "read word");
        var details = Refused.With(await user.TryAsync(HttpMethod.Post, "/v1/sessions", new { repo, command = "true" }), 429, "quota.sessions");
        Assert.Equal((1, 1), (details.GetProperty("limit").GetInt32(), details.GetProperty("used").GetInt32()));
        await user.SessionReachesAsync(id, "running");
        await user.SendAsync(HttpMethod.Post, $"/v1/sessions/{id}/stop");
        await user.SessionReachesAsync(id, "stopped");
        await Eventually.Async("its place is free", TimeSpan.FromSeconds(20), async () =>
            (int)(await user.TryAsync(HttpMethod.Post, "/v1/sessions", new { repo, command = "true" })).Status == 201);
    }

    [Fact]
    public async Task A_full_disk_is_told_and_when_there_is_room_again_nothing_is_missing()
    {
        var data = Directory.CreateTempSubdirectory("squad-disk-").FullName;
        var (code, output) = await Shell.RunAsync("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", data);
        if (code != 0)
        {
            Directory.Delete(data);
            Requires.That(false, $"the right to mount a file system ({output.Trim()})");
        }

        try
        {
            await FillAsync(data);
        }
        finally
        {
            await Shell.RunAsync("umount", "--lazy", data);
            Directory.Delete(data);
        }
    }

    private static async Task FillAsync(string data)
    {
        await using var server = await SquadServer.StartAsync("process", data: data);
        using var user = await SquadUser.SignInAsync(server);
        var repo = await user.PushRepositoryAsync("filled");
        var id = await user.StartSessionAsync(repo, "bash -c 'i=0; until read -t 0.05 word; do for n in {1..20}; do echo line $((++i)); done; done; echo total $i'");
        await user.SessionReachesAsync(id, "running");

        var ballast = Path.Combine(data, "ballast");
        await Shell.RunAsync("dd", "if=/dev/zero", $"of={ballast}", "bs=64k");
        var tries = 0;
        await Eventually.Async("a write is refused", TimeSpan.FromSeconds(60), async () =>
        {
            await Shell.RunAsync("dd", "if=/dev/zero", $"of={ballast}", "bs=4k", "oflag=append", "conv=notrunc");
            // The database may write for a while within what it has: this uses it up.
            (HttpStatusCode Status, JsonElement Body) answer = default;
            for (var i = 0; i < 100 && answer.Status != HttpStatusCode.ServiceUnavailable; i++)
                answer = await user.TryAsync(HttpMethod.Patch, $"/v1/repos/{repo}", new { description = new string((char)('a' + (tries++ % 26)), 1000) });
            return answer.Status == HttpStatusCode.ServiceUnavailable && Refused.With(answer, 503, "storage.full").ValueKind == JsonValueKind.Null;
        });
        var accepted = new List<string> { id };
        await Eventually.Async("a session is refused", TimeSpan.FromSeconds(60), async () =>
        {
            var answer = await user.TryAsync(HttpMethod.Post, "/v1/sessions", new { repo, command = "echo while full" });
            if (answer.Status == HttpStatusCode.Created)
                accepted.Add(answer.Body.GetProperty("id").GetString()!);
            else
                Refused.With(answer, 503, "storage.full");
            return answer.Status != HttpStatusCode.Created;
        });
        await Refused.ServerIsUpAsync(server);
        Assert.Equal("running", (await user.SessionAsync(id)).GetProperty("state").GetString());
        var during = await user.EventsAsync(id);
        Events.AreGapless(during.Select(Events.Seq));

        File.Delete(ballast);
        var full = during[^1].Seq();
        await Eventually.Async("its log goes on", TimeSpan.FromSeconds(30), async () => (await user.SessionAsync(id)).GetProperty("lastSeq").GetInt64() > full + 500);
        await Eventually.Async("input is taken", TimeSpan.FromSeconds(20), async () =>
            (int)(await user.TryAsync(HttpMethod.Post, $"/v1/sessions/{id}/input", new { text = "enough" })).Status == 202);
        await user.SessionReachesAsync(id, "stopped");
        var events = await user.EventsAsync(id);
        Events.AreGapless(events.Select(Events.Seq));
        var printed = events.Where(Events.IsOutput).Select(Events.Text).ToList();
        Assert.Equal([.. Enumerable.Range(1, printed.Count - 1).Select(i => $"line {i}"), $"total {printed.Count - 1}"], printed);
        Assert.Equal(["queued", "provisioning", "settingUp", "running", "stopped"], StatesOf(events));

        // What was accepted has come to its end, what was refused has left nothing: no session, no place taken.
        foreach (var other in accepted.Skip(1))
        {
            await user.SessionReachesAsync(other, "stopped", "failed");
            Events.AreGapless((await user.EventsAsync(other)).Select(Events.Seq));
        }

        var listed = (await user.SendAsync(HttpMethod.Get, "/v1/sessions")).GetProperty("items").EnumerateArray().Select(s => s.GetProperty("id").GetString()!);
        Assert.Equal(accepted.Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
        var next = await user.StartSessionAsync(repo, "echo there is room");
        Assert.Equal("stopped", (await user.SessionReachesAsync(next, "stopped", "failed")).GetProperty("state").GetString());
    }

    private static IEnumerable<string> StatesOf(IEnumerable<JsonElement> events) => events
        .Where(e => e.GetProperty("type").GetString() == "session.state").Select(e => e.GetProperty("data").GetProperty("to").GetString()!);
}
