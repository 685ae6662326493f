using System.Text.Json;
using Squad.EndToEnd.Clients;
using Squad.Tests.Support;

namespace Squad.EndToEnd;

/// <summary>What a running session uses of its machine, as a watcher is told.</summary>
public sealed class UsageTests
{
    [Theory, InlineData("docker"), InlineData("process")]
    public async Task A_running_session_tells_its_cpu_memory_and_disk(string engine)
    {
        if (engine == "docker")
            Requires.Docker();
        await using var server = await SquadServer.StartAsync(engine, new Dictionary<string, string?> { ["Squad__Node__UsageEvery"] = "00:00:01" });
        using var user = await SquadUser.SignInAsync(server);
        var repo = await user.PushRepositoryAsync("used");
        var id = await user.StartSessionAsync(repo, "bash -c 'head -c 5000000 /dev/urandom > big; while ! read -t 0 word; do :; done'");
        await using var events = await SseClient.ConnectAsync(server, user.Token, id);

        var seen = await events.UntilAsync(e => e.GetProperty("type").GetString() == "usage"
            && e.GetProperty("data").TryGetProperty("diskBytes", out var disk) && disk.GetInt64() > 5_000_000 && Number(e, "cpuPercent") > 10);
        Assert.InRange(Number(seen[^1], "diskBytes"), 5_000_000, 8_000_000);
        Assert.InRange(Number(seen[^1], "memoryBytes"), 100_000, 2e9);
        Assert.InRange(Number(seen[^1], "pids"), 2, 100);
        await user.SendAsync(HttpMethod.Post, $"/v1/sessions/{id}/stop");
        await user.SessionReachesAsync(id, "stopped");
    }

    private static double Number(JsonElement e, string name) => e.GetProperty("data").GetProperty(name).GetDouble();
}
