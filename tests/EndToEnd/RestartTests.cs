using System.Text.Json;
using Squad.Tests.Support;

namespace Squad.EndToEnd;

/// <summary>A server is killed while engines run; nothing may be missing or there twice afterwards.</summary>
public sealed class RestartTests
{
    [Theory, InlineData("docker"), InlineData("process")]
    public async Task Killing_the_server_at_20_random_moments_of_a_printing_session_leaves_its_log_gapless(string engine)
    {
        const int kills = 20;
        if (engine == "docker")
            Requires.Docker();
        await using var server = await SquadServer.StartAsync(engine);
        var user = await SquadUser.SignInAsync(server);
        var repo = await user.PushRepositoryAsync("printer");
        // Prints a hundred numbered lines ten times a second, whoever listens, until somebody types.
        var id = await user.StartSessionAsync(repo, "bash -c 'i=0; until read -t 0.1 word; do for n in {1..100}; do echo line $((++i)); done; done; echo total $i'");
        await user.SessionReachesAsync(id, "running");

        var random = new Random(20);
        var seen = new List<long>();
        for (var kill = 0; kill < kills; kill++)
        {
            // A random moment is a random number of events later, so that kills land in the middle of work.
            var until = await LastAsync(user, id) + random.Next(1, 1500);
            await Eventually.Async("the session prints on", TimeSpan.FromSeconds(60), async () => await LastAsync(user, id) > until);
            seen.Add(await LastAsync(user, id));
            await server.RestartAsync();
        }

        await Eventually.Async("input is taken again", TimeSpan.FromSeconds(20), async () =>
            (int)(await user.TryAsync(HttpMethod.Post, $"/v1/sessions/{id}/input", new { text = "enough" })).Status == 202);
        var session = await user.SessionReachesAsync(id, "stopped", "failed", "lost");
        Assert.Equal("stopped", session.GetProperty("state").GetString());
        Assert.Equal(0, session.GetProperty("exitCode").GetInt32());
        Assert.Equal(kills, seen.Distinct().Count());

        var events = await user.EventsAsync(id);
        Assert.Equal(Enumerable.Range(1, events.Count).Select(i => (long)i), events.Select(e => e.GetProperty("seq").GetInt64()));
        var printed = events.Where(IsOutput).Select(e => e.GetProperty("data").GetProperty("text").GetString()!).ToList();
        var total = printed.Count - 1;
        Assert.Equal([.. Enumerable.Range(1, total).Select(i => $"line {i}"), $"total {total}"], printed);
    }

    [Fact]
    public async Task A_container_that_died_while_the_server_was_away_is_told_with_its_exit_code()
    {
        Requires.Docker();
        await using var server = await SquadServer.StartAsync("docker");
        var user = await SquadUser.SignInAsync(server);
        var repo = await user.PushRepositoryAsync("dying");
        var id = await user.StartSessionAsync(repo, "echo before; sleep 3; echo after; exit 42");
        await user.SessionReachesAsync(id, "running");
        await server.KillAsync();
        await Shell.MustAsync("/", "docker", "wait", $"squad-{id}");
        await server.StartAsync();

        var session = await user.SessionReachesAsync(id, "failed");
        Assert.Equal(42, session.GetProperty("exitCode").GetInt32());
        Assert.Equal("before\nafter", await user.OutputAsync(id));
    }

    [Theory, InlineData("docker"), InlineData("process")]
    public async Task A_sandbox_that_was_killed_while_the_server_was_away_is_told_and_leaves_nothing(string engine)
    {
        if (engine == "docker")
            Requires.Docker();
        await using var server = await SquadServer.StartAsync(engine);
        var user = await SquadUser.SignInAsync(server);
        var repo = await user.PushRepositoryAsync("killed");
        var id = await user.StartSessionAsync(repo, "echo before; sleep 1000");
        await user.SessionReachesAsync(id, "running");
        await Eventually.Async("its output is there", TimeSpan.FromSeconds(20), async () => await user.OutputAsync(id) == "before");
        await server.KillAsync();
        if (engine == "docker")
            await Shell.MustAsync("/", "docker", "kill", $"squad-{id}");
        else
            foreach (var pid in Sandboxes.ProcessesUnder(server.Data))
                await Shell.RunAsync("/bin/kill", "-9", $"{pid}");
        await server.StartAsync();

        var session = await user.SessionReachesAsync(id, "failed", "lost");
        Assert.True(session.GetProperty("reason").GetProperty("message").GetString()!.Length > 0);
        if (engine == "docker")
            Assert.Equal(137, session.GetProperty("exitCode").GetInt32());
        await Eventually.Async("nothing of it is left", TimeSpan.FromSeconds(20), async () =>
            (await Sandboxes.ContainersOfAsync(Path.GetFileName(server.Data))).Length == 0 && Sandboxes.ProcessesUnder(Path.Combine(server.Data, "run")).Count == 0);
    }

    [Theory, InlineData("docker"), InlineData("process")]
    public async Task A_session_goes_on_over_a_restart_and_takes_input_after_it(string engine)
    {
        if (engine == "docker")
            Requires.Docker();
        await using var server = await SquadServer.StartAsync(engine);
        var user = await SquadUser.SignInAsync(server);
        var repo = await user.PushRepositoryAsync("talking");
        var id = await user.StartSessionAsync(repo, "while read word; do echo you said $word; done");
        await user.SessionReachesAsync(id, "running");
        await server.RestartAsync();

        await Eventually.Async("input is taken again", TimeSpan.FromSeconds(20), async () =>
            (int)(await user.TryAsync(HttpMethod.Post, $"/v1/sessions/{id}/input", new { text = "hello" })).Status == 202);
        await Eventually.Async("the engine answers", TimeSpan.FromSeconds(20), async () => (await user.OutputAsync(id)).Contains("you said hello", StringComparison.Ordinal));
        await user.SendAsync(HttpMethod.Post, $"/v1/sessions/{id}/stop");
        var session = await user.SessionReachesAsync(id, "stopped");
        Assert.Equal("session.stopped", session.GetProperty("reason").GetProperty("code").GetString());
    }

    private static async Task<long> LastAsync(SquadUser user, string id) => (await user.SessionAsync(id)).GetProperty("lastSeq").GetInt64();

    private static bool IsOutput(JsonElement e) => e.GetProperty("type").GetString() == "engine.output";
}
