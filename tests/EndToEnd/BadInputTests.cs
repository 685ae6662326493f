using System.Globalization;
using System.Net;
using System.Text.Json;
using Squad.Tests.Support;

namespace Squad.EndToEnd;

/// <summary>What users ask for wrongly, about repositories and sessions.</summary>
[Collection(nameof(OneServer))]
public sealed class BadInputTests(RunningServer running)
{
    private SquadUser User => running.User;

    [Theory]
    [InlineData("../up"), InlineData("a/b"), InlineData("a\\b"), InlineData(".hidden"), InlineData("-rf"), InlineData("a..b"), InlineData("a.git"), InlineData("a.lock"), InlineData("a\u0000b")]
    [InlineData("a b"), InlineData("ä"), InlineData("%2e%2e"), InlineData("new"), InlineData("a\nb"), InlineData("$(id)"), InlineData("con"), InlineData("~")]
    public async Task A_repository_name_that_plays_tricks_is_refused(string name)
    {
        var answer = await User.TryAsync(HttpMethod.Post, "/v1/repos", new { name });
        Refused.With(answer, 422, "validation");
        Assert.Equal("name", Assert.Single(answer.Body.GetProperty("details").EnumerateArray()).GetProperty("field").GetString());
    }

    [Theory, InlineData(null, "required"), InlineData("", "required"), InlineData("65", "tooLong")]
    public async Task A_repository_name_has_1_to_64_characters(string? name, string code)
    {
        name = name == "65" ? new string('a', 65) : name;
        Refused.With(await User.TryAsync(HttpMethod.Post, "/v1/repos", new { name }), 422, "validation", ("name", code));
    }

    [Theory, InlineData("1001", "length"), InlineData("a\u0000b", "character")]
    public async Task A_description_too_long_or_with_a_NUL_is_refused(string description, string code)
    {
        description = description == "1001" ? new string('a', 1001) : description;
        Refused.With(await User.TryAsync(HttpMethod.Post, "/v1/repos", new { name = "described", description }), 422, "validation", ("description", code));
        Refused.With(await User.TryAsync(HttpMethod.Patch, "/v1/repos/admin/tested", new { description }), 422, "validation", ("description", code));
    }

    [Fact]
    public async Task A_repository_that_exists_is_not_made_again_in_whatever_case() =>
        Refused.With(await User.TryAsync(HttpMethod.Post, "/v1/repos", new { name = "TESTED" }), 409, "repo.exists");

    [Theory]
    [InlineData("admin/nothing"), InlineData("nobody/tested"), InlineData("..%2f..%2fetc/passwd"), InlineData("admin/..%2ftested"), InlineData("%2e%2e%2fadmin/tested")]
    [InlineData("admin/tested.git"), InlineData("admin/%E4")]
    public async Task A_repository_that_is_not_there_is_not_found(string name)
    {
        Refused.With(await User.TryAsync(HttpMethod.Get, $"/v1/repos/{name}"), 404, "repo.notFound");
        Refused.With(await User.TryAsync(HttpMethod.Delete, $"/v1/repos/{name}"), 404, "repo.notFound");
        Refused.With(await User.TryAsync(HttpMethod.Get, $"/v1/repos/{name}/branches"), 404, "repo.notFound");
    }

    [Theory]
    [InlineData("/admin/nothing.git"), InlineData("/admin/..%2f..%2fadmin%2ftested.git"), InlineData("/admin/..%2ftested.git"), InlineData("/nobody/tested.git"), InlineData("/admin/tested.git%2f..%2fother.git")]
    [InlineData("/admin/%2e%2e.git"), InlineData("/admin/-tested.git")]
    public async Task A_git_address_that_names_no_repository_is_not_found(string path)
    {
        foreach (var service in (string[])["git-upload-pack", "git-receive-pack"])
        {
            using var answer = await User.Http.GetAsync($"{path}/info/refs?service={service}");
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }
    }

    [Theory, InlineData("HEAD"), InlineData("config"), InlineData("objects/info/packs"), InlineData("..%2f..%2f..%2fdb%2fsquad.db"), InlineData("hooks/pre-receive")]
    public async Task Files_of_a_repository_are_not_served(string file)
    {
        using var answer = await User.Http.GetAsync($"/admin/tested.git/{file}");
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Theory]
    [InlineData("file:///etc"), InlineData("ext::sh -c id"), InlineData("--upload-pack=id"), InlineData("ssh://example.invalid/a"), InlineData("nonsense"), InlineData("/nowhere/at/all")]
    public async Task An_import_from_where_there_is_nothing_is_refused_and_leaves_nothing(string importUrl)
    {
        var answer = await User.TryAsync(HttpMethod.Post, "/v1/repos", new { name = "imported", importUrl });
        Refused.With(answer, 422, "validation");
        Assert.Equal("importUrl", Assert.Single(answer.Body.GetProperty("details").EnumerateArray()).GetProperty("field").GetString());
        Refused.With(await User.TryAsync(HttpMethod.Get, "/v1/repos/admin/imported"), 404, "repo.notFound");
    }

    [Fact]
    public async Task A_session_on_an_empty_repository_is_refused()
    {
        await User.SendAsync(HttpMethod.Post, "/v1/repos", new { name = "empty" });
        Refused.With(await User.TryAsync(HttpMethod.Post, "/v1/sessions", new { repo = "admin/empty", command = "true" }), 422, "validation", ("repo", "empty"));
    }

    [Theory, InlineData("admin/nothing", "notFound"), InlineData("../../etc", "required"), InlineData("admin/..", "notFound"), InlineData("", "required"), InlineData(null, "required")]
    public async Task A_session_on_an_unknown_repository_is_refused(string? repo, string code) =>
        Refused.With(await User.TryAsync(HttpMethod.Post, "/v1/sessions", new { repo, command = "true" }), 422, "validation", ("repo", code));

    [Theory, InlineData("nothing"), InlineData("--upload-pack=id"), InlineData("../main"), InlineData("main..main"), InlineData("")]
    public async Task A_session_on_a_branch_that_does_not_exist_is_refused_with_those_that_do(string branch)
    {
        var field = Refused.With(await User.TryAsync(HttpMethod.Post, "/v1/sessions", new { repo = running.Repo, branch, command = "true" }), 422, "validation", ("branch", "notFound"));
        Assert.Contains("main", field.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}", "command", "required"), InlineData("{\"command\":\" \"}", "command", "required"), InlineData("{\"command\":\"a\\u0000b\"}", "command", "character")]
    [InlineData("{\"command\":\"true\",\"profile\":\"nothing\"}", "profile", "unknown")]
    [InlineData("{\"command\":\"true\",\"limits\":{\"memoryBytes\":1}}", "limits.memoryBytes", "range"), InlineData("{\"command\":\"true\",\"limits\":{\"memoryBytes\":-1}}", "limits.memoryBytes", "range")]
    [InlineData("{\"command\":\"true\",\"limits\":{\"memoryBytes\":9223372036854775807}}", "limits.memoryBytes", "range")]
    [InlineData("{\"command\":\"true\",\"limits\":{\"cpus\":0}}", "limits.cpus", "range"), InlineData("{\"command\":\"true\",\"limits\":{\"cpus\":65}}", "limits.cpus", "range")]
    [InlineData("{\"command\":\"true\",\"limits\":{\"pids\":1}}", "limits.pids", "range"), InlineData("{\"command\":\"true\",\"limits\":{\"pids\":2147483647}}", "limits.pids", "range")]
    [InlineData("{\"command\":\"true\",\"environment\":{\"A B\":\"c\"}}", "environment.A B", "name"), InlineData("{\"command\":\"true\",\"environment\":{\"1A\":\"c\"}}", "environment.1A", "name")]
    [InlineData("{\"command\":\"true\",\"environment\":{\"\":\"c\"}}", "environment.", "name"), InlineData("{\"command\":\"true\",\"environment\":{\"A\":null}}", "environment.A", "value")]
    [InlineData("{\"command\":\"true\",\"environment\":{\"A\":\"\\u0000\"}}", "environment.A", "value"), InlineData("{\"command\":\"true\",\"environment\":{\"A=B\":\"c\"}}", "environment.A=B", "name")]
    [InlineData("{\"command\":\"true\",\"prompt\":\"a\\u0000b\"}", "prompt", "character"), InlineData("{\"command\":\"true\",\"image\":\"a b\"}", "image", "format")]
    public async Task A_session_asked_for_wrongly_is_refused_with_the_field(string body, string field, string code)
    {
        var json = $"{{\"repo\":\"{running.Repo}\",{body[1..]}".Replace(",}", "}", StringComparison.Ordinal);
        Refused.With(await User.Http.SendTextAsync(HttpMethod.Post, "/v1/sessions", json), 422, "validation", (field, code));
    }

    [Fact]
    public async Task All_that_is_wrong_with_a_session_is_said_at_once()
    {
        var answer = await User.TryAsync(HttpMethod.Post, "/v1/sessions", new
        {
            repo = "admin/nothing", profile = "nothing", title = new string('a', 201), limits = new { cpus = -1, pids = 3 }, environment = new Dictionary<string, string> { ["a-b"] = "" },
        });
        Refused.With(answer, 422, "validation");
        Assert.Equal(
            ["environment.a-b", "limits.cpus", "limits.pids", "profile", "repo", "title"],
            answer.Body.GetProperty("details").EnumerateArray().Select(d => d.GetProperty("field").GetString()).Order(StringComparer.Ordinal));
    }

    [Theory, InlineData("/v1/sessions/%00"), InlineData("/v1/repos/admin/tested%00"), InlineData("/admin/tested%00.git/info/refs")]
    public async Task An_address_with_a_NUL_is_refused_by_the_server_itself(string path)
    {
        using var answer = await User.Http.GetAsync(path);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Theory, InlineData("nothing"), InlineData("..%2fsession"), InlineData("session%2fa"), InlineData("%F0%9F%98%80")]
    public async Task A_session_that_is_not_there_is_not_found_by_any_call(string id)
    {
        foreach (var (method, path, body) in ((string, string, object?)[])
        [
            ("GET", "", null), ("DELETE", "", null), ("GET", "/events", null), ("POST", "/stop", null), ("POST", "/pause", null), ("POST", "/resume", null),
            ("POST", "/input", new { text = "a" }), ("POST", "/resize", new { columns = 80, rows = 24 }),
        ])
            Refused.With(await User.TryAsync(new HttpMethod(method), $"/v1/sessions/{id}{path}", body), 404, "session.notFound");
    }

    [Fact]
    public async Task A_stopped_session_is_stopped_again_and_takes_nothing_else()
    {
        var id = await running.EndedSessionAsync();
        Assert.Equal(HttpStatusCode.Accepted, (await User.TryAsync(HttpMethod.Post, $"/v1/sessions/{id}/stop")).Status);
        Assert.Equal(HttpStatusCode.Accepted, (await User.TryAsync(HttpMethod.Post, $"/v1/sessions/{id}/stop")).Status);
        foreach (var (path, asked, body) in ((string, string, object?)[])[("pause", "pause", null), ("resume", "resume", null), ("input", "input", new { text = "a" })])
        {
            var details = Refused.With(await User.TryAsync(HttpMethod.Post, $"/v1/sessions/{id}/{path}", body), 409, "session.state");
            Assert.Equal(("stopped", asked), (details.GetProperty("from").GetString(), details.GetProperty("asked").GetString()));
        }

        Assert.Equal("stopped", (await User.SessionAsync(id)).GetProperty("state").GetString());
    }

    [Fact]
    public async Task Input_and_sizes_out_of_range_are_refused()
    {
        var id = await running.EndedSessionAsync();
        Refused.With(await User.TryAsync(HttpMethod.Post, $"/v1/sessions/{id}/input", new { }), 422, "validation", ("text", "length"));
        Refused.With(await User.TryAsync(HttpMethod.Post, $"/v1/sessions/{id}/input", new { text = new string('a', (64 * 1024) + 1) }), 422, "validation", ("text", "length"));
        var small = await User.TryAsync(HttpMethod.Post, $"/v1/sessions/{id}/resize", new { columns = 1, rows = 24 });
        Refused.With(small, 422, "validation", ("columns", "range"));
        Assert.Single(small.Body.GetProperty("details").EnumerateArray());
        Refused.With(await User.TryAsync(HttpMethod.Post, $"/v1/sessions/{id}/resize", new { columns = 80, rows = 100_000 }), 422, "validation", ("rows", "range"));
    }

    [Theory]
    [InlineData("after=99999", 422, "after"), InlineData("after=-1", 422, "after"), InlineData("after=9223372036854775807", 422, "after"), InlineData("limit=0", 422, "limit"), InlineData("limit=10001", 422, "limit")]
    [InlineData("after=x", 400, null), InlineData("after=99999999999999999999", 400, null)]
    public async Task A_cursor_or_limit_that_cannot_be_is_refused(string query, int status, string? field)
    {
        var details = Refused.With(
            await User.TryAsync(HttpMethod.Get, $"/v1/sessions/{await running.EndedSessionAsync()}/events?{query}"), status, field is null ? "malformed" : "validation");
        if (field is not null)
            Assert.Equal(field, Assert.Single(details.EnumerateArray()).GetProperty("field").GetString());
    }

    [Fact]
    public async Task A_call_repeated_with_its_key_makes_one_session_and_another_call_with_it_is_refused()
    {
        async Task<(HttpStatusCode Status, JsonElement Body)> StartAsync(string command, string key, string environment = "{\"A\":\"1\",\"B\":\"2\"}") => await User.Http.SendTextAsync(
            HttpMethod.Post, "/v1/sessions", $$"""{"repo":{{JsonSerializer.Serialize(running.Repo)}},"command":"{{command}}","environment":{{environment}}}""",
            change: r => r.Headers.TryAddWithoutValidation("Idempotency-Key", key));
        var key = string.Create(CultureInfo.InvariantCulture, $"key-{Environment.TickCount64}");
        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => StartAsync("echo once", key)));
        Assert.All(answers, a => Assert.Equal(HttpStatusCode.Created, a.Status));
        var id = Assert.Single(answers.Select(a => a.Body.GetProperty("id").GetString()!).Distinct());
        await User.SessionReachesAsync(id, "stopped");
        Assert.Equal("once", await User.OutputAsync(id));

        var (status, again) = await StartAsync("echo once", key, "{\"B\":\"2\",\"A\":\"1\"}");
        Assert.Equal((HttpStatusCode.Created, id), (status, again.GetProperty("id").GetString()));
        Refused.With(await StartAsync("echo other", key), 409, "idempotency.conflict");
        Refused.With(await StartAsync("echo once", key, "{\"A\":\"1\"}"), 409, "idempotency.conflict");
        Refused.With(await StartAsync("echo once", new string('k', 300)), 422, "validation", ("Idempotency-Key", "length"));
    }
}
