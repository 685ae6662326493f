using System.Net;
using System.Text.Json;
using Squad.EndToEnd.Clients;
using Squad.Tests.Support;

namespace Squad.EndToEnd;

/// <summary>Api and silo in two processes on one data directory, and who may share it.</summary>
public sealed class RolesTests
{
    /// <summary>Short, so that a test sees what a call says while the silo is away.</summary>
    private static readonly Dictionary<string, string?> Silo = new() { ["Squad__Roles"] = "silo", ["Squad__Client__ResponseTimeout"] = "00:00:05" };

    [Fact]
    public async Task An_api_in_a_process_of_its_own_reaches_the_silo_by_its_gateway()
    {
        await using var silo = await SquadServer.StartAsync("process", Silo);
        await using var api = await silo.StartBesideAsync("api");
        var user = await SquadUser.SignInAsync(api);
        var id = await user.StartSessionAsync(await user.PushRepositoryAsync("apart"), "true");
        await user.SessionReachesAsync(id, "stopped");
    }

    [Fact]
    public async Task Killing_api_and_silo_in_turn_leaves_the_log_gapless_and_the_watcher_watching()
    {
        const int kills = 6;
        await using var silo = await SquadServer.StartAsync("process", Silo);
        await using var api = await silo.StartBesideAsync("api");
        var user = await SquadUser.SignInAsync(api);
        var repo = await user.PushRepositoryAsync("printer");
        var id = await user.StartSessionAsync(repo, "bash -c 'i=0; until read -t 0.1 word; do for n in {1..100}; do echo line $((++i)); done; done; echo total $i'");
        await user.SessionReachesAsync(id, "running");

        var seen = new List<JsonElement>();
        var watcher = await SseClient.ConnectAsync(api, user.Token, id);
        for (var kill = 0; kill < kills; kill++)
        {
            seen.AddRange(await watcher.UntilAsync(e => Seq(e) > seen.Count + 300));
            if (kill % 2 == 0)
            {
                await silo.KillAsync();
                await Eventually.Async("the api says that its silo is away", TimeSpan.FromSeconds(30), async () =>
                {
                    var (status, error) = await user.TryAsync(HttpMethod.Post, $"/v1/sessions/{id}/pause");
                    Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
                    var code = error.GetProperty("code").GetString();
                    // A call that Microsoft Orleans had sent before it noticed is not answered, and that is all that is known of it.
                    Assert.Contains(code, Checkout.IsOnOrleansPackages ? (string[])["silo.unavailable", "timeout"] : ["silo.unavailable"]);
                    return code == "silo.unavailable";
                });
                Assert.Equal(HttpStatusCode.ServiceUnavailable, (await user.Http.GetAsync("/health/ready")).StatusCode);
                Assert.Equal(HttpStatusCode.OK, (await user.Http.GetAsync("/health/live")).StatusCode);
                await silo.StartAsync();
            }
            else
            {
                await api.RestartAsync();
                await watcher.DisposeAsync();
                watcher = await SseClient.ConnectAsync(api, user.Token, id, lastEventId: Seq(seen[^1]));
            }
        }

        await Eventually.Async("input is taken again", TimeSpan.FromSeconds(20), async () =>
            (int)(await user.TryAsync(HttpMethod.Post, $"/v1/sessions/{id}/input", new { text = "enough" })).Status == 202);
        var session = await user.SessionReachesAsync(id, "stopped", "failed", "lost");
        Assert.Equal("stopped", session.GetProperty("state").GetString());
        var last = session.GetProperty("lastSeq").GetInt64();
        seen.AddRange(await watcher.UntilAsync(e => Seq(e) == last));
        await watcher.DisposeAsync();

        Assert.Equal(Enumerable.Range(1, seen.Count).Select(i => (long)i), seen.Select(Seq));
        var printed = seen.Where(e => e.GetProperty("type").GetString() == "engine.output").Select(e => e.GetProperty("data").GetProperty("text").GetString()!).ToList();
        var total = printed.Count - 1;
        Assert.Equal([.. Enumerable.Range(1, total).Select(i => $"line {i}"), $"total {total}"], printed);
    }

    [Fact]
    public async Task An_api_that_starts_before_its_silo_says_so_and_is_ready_when_the_silo_is()
    {
        await using var silo = await SquadServer.StartAsync("process", Silo);
        await silo.KillAsync();
        await using var api = await silo.StartBesideAsync("api", ready: false);
        using var http = new HttpClient { BaseAddress = api.Url };
        await Eventually.Async("the api serves without its silo", TimeSpan.FromSeconds(60), async () =>
        {
            try
            {
                return (await http.GetAsync("/health/live")).IsSuccessStatusCode;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        });
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await http.GetAsync("/health/ready")).StatusCode);

        await silo.StartAsync();
        await Eventually.Async("the api is ready", TimeSpan.FromSeconds(60), async () => (await http.GetAsync("/health/ready")).IsSuccessStatusCode);
        // The first user could not be made before.
        await Eventually.Async("the administrator can sign in", TimeSpan.FromSeconds(20), async () =>
        {
            try
            {
                using var user = await SquadUser.SignInAsync(api);
                return true;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        });
    }

    [Theory, InlineData("silo"), InlineData("api,silo")]
    public async Task A_second_silo_on_a_data_directory_ends_at_once_and_names_the_first(string roles)
    {
        await using var first = await SquadServer.StartAsync("process");
        await using var second = await first.StartBesideAsync(roles, ready: false);
        Assert.Equal(1, await second.EndedAsync());
        Assert.Contains($"The data directory {first.Data} is in use by another silo, process {first.ProcessId}.", second.Log, StringComparison.Ordinal);

        // The first has not noticed; and a killed one's lock is no lock.
        await first.KillAsync();
        await using var third = await first.StartBesideAsync(roles);
    }

    [Fact]
    public async Task A_role_that_there_is_not_stops_the_start_with_the_key()
    {
        await using var server = await SquadServer.StartAsync("process");
        await using var other = await server.StartBesideAsync("api,worker", ready: false);
        Assert.Equal(1, await other.EndedAsync());
        Assert.Contains("Squad:Roles is 'api,worker'; it must be 'api', 'silo' or 'api,silo'.", other.Log, StringComparison.Ordinal);
    }

    private static long Seq(JsonElement e) => e.GetProperty("seq").GetInt64();
}
