using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Squad.Tests.Support;

namespace Squad.EndToEnd;

/// <summary>The API as a client meets it that knows nothing yet: what is open, what describes itself, and how wrong calls are answered.</summary>
[Collection(nameof(OneServer))]
public sealed class ApiTests(RunningServer running) : IDisposable
{
    private readonly HttpClient stranger = new() { BaseAddress = running.Server.Url };

    public void Dispose() => stranger.Dispose();

    [Theory, InlineData("/health/live"), InlineData("/health/ready")]
    public async Task Health_needs_no_token(string path) => Assert.Equal(HttpStatusCode.OK, (await stranger.GetAsync(path)).StatusCode);

    [Fact]
    public async Task The_description_of_the_api_is_served_without_token_and_lists_the_calls()
    {
        var document = await stranger.GetFromJsonAsync<JsonElement>("/openapi.json");
        Assert.StartsWith("3.", document.GetProperty("openapi").GetString(), StringComparison.Ordinal);
        var calls = document.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(call => $"{call.Name.ToUpperInvariant()} {path.Name.TrimEnd('/')}")).ToHashSet();
        string[] promised =
        [
            "POST /v1/auth/login", "POST /v1/auth/refresh", "POST /v1/auth/logout", "GET /v1/me",
            "POST /v1/repos", "GET /v1/repos", "GET /v1/repos/{owner}/{name}", "PATCH /v1/repos/{owner}/{name}", "DELETE /v1/repos/{owner}/{name}",
            "POST /v1/sessions", "GET /v1/sessions", "GET /v1/sessions/{id}", "GET /v1/sessions/{id}/events", "POST /v1/sessions/{id}/input",
            "POST /v1/sessions/{id}/stop", "POST /v1/sessions/{id}/pause", "POST /v1/sessions/{id}/resume", "DELETE /v1/sessions/{id}",
        ];
        Assert.Empty(promised.Except(calls));
    }

    [Theory]
    [InlineData("GET", "/v1/me"), InlineData("GET", "/v1/repos"), InlineData("POST", "/v1/repos"), InlineData("GET", "/v1/sessions"), InlineData("POST", "/v1/sessions")]
    [InlineData("GET", "/v1/sessions/a/events"), InlineData("DELETE", "/v1/sessions/a"), InlineData("GET", "/v1/system"), InlineData("GET", "/ws"), InlineData("POST", "/hubs/events/negotiate")]
    public async Task A_call_without_token_is_refused(string method, string path) =>
        Refused.With(await stranger.SendTextAsync(new HttpMethod(method), path), 401, "auth.missing");

    [Fact]
    public async Task An_unknown_address_of_the_api_is_answered_in_its_shape_and_not_by_the_page()
    {
        var details = Refused.With(await running.User.TryAsync(HttpMethod.Get, "/v1/nothing/here"), 404, "route.unknown");
        Assert.Equal(JsonValueKind.Null, details.ValueKind);
        Refused.With(await stranger.SendTextAsync(HttpMethod.Get, "/v1/nothing"), 404, "route.unknown");
    }

    [Fact]
    public async Task A_wrong_method_is_refused_with_the_right_ones()
    {
        Refused.With(await running.User.TryAsync(HttpMethod.Put, "/v1/repos"), 405, "method.notAllowed");
        using var answer = await running.User.Http.PutAsJsonAsync("/v1/repos", new { });
        Assert.Equal(["GET", "POST"], answer.Content.Headers.Allow.Order());
    }

    [Fact]
    public async Task Every_answer_names_its_trace_and_an_error_names_the_same()
    {
        using var good = await stranger.GetAsync("/health/live");
        Assert.NotEmpty(good.Headers.GetValues("X-Trace-Id").Single());
        using var bad = await stranger.GetAsync("/v1/me");
        var body = await bad.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(bad.Headers.GetValues("X-Trace-Id").Single(), body.GetProperty("traceId").GetString());
    }

    [Theory]
    [InlineData("{\"name\":", "line"), InlineData("{\"name\":\"a\",}", "line"), InlineData("[]", "line"), InlineData("nonsense", "line"), InlineData("{\"name\":7}", "path")]
    [InlineData("{\"name\":\"a\",\"private\":\"maybe\"}", "path"), InlineData("{\"name\":{\"$type\":\"System.IO.FileInfo\"}}", "path")]
    public async Task A_body_that_is_not_the_jSON_asked_for_is_refused_with_its_place(string body, string fact)
    {
        var details = Refused.With(await running.User.Http.SendTextAsync(HttpMethod.Post, "/v1/repos", body), 400, "malformed");
        Assert.True(details.TryGetProperty(fact, out _), $"No '{fact}' in {details}");
        Assert.True(details.GetProperty("byte").GetInt64() >= 1);
    }

    [Theory, InlineData(""), InlineData("null")]
    public async Task A_body_of_nothing_is_refused(string body) =>
        Refused.With(await running.User.Http.SendTextAsync(HttpMethod.Post, "/v1/sessions", body), 400, "malformed");

    [Fact]
    public async Task A_body_of_another_type_is_refused() =>
        Refused.With(await running.User.Http.SendTextAsync(HttpMethod.Post, "/v1/repos", "name=a", "application/x-www-form-urlencoded"), 415, "media.unsupported");

    [Fact]
    public async Task Text_that_is_not_utf8_is_refused()
    {
        using var content = new ByteArrayContent([.. "{\"name\":\""u8, 0xff, 0xfe, .. "\"}"u8]) { Headers = { ContentType = new("application/json") } };
        using var answer = await running.User.Http.PostAsync("/v1/repos", content);
        Refused.With((answer.StatusCode, await answer.Content.ReadFromJsonAsync<JsonElement>()), 400, "malformed");
    }

    [Fact]
    public async Task A_huge_body_is_refused()
    {
        // Chunked, so that no length tells beforehand; the server may answer, or close, before all of it is sent.
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/repos")
        {
            Headers = { TransferEncodingChunked = true, ExpectContinue = true },
            Content = new StringContent($"{{\"name\":\"{new string('a', 5 << 20)}\"}}", System.Text.Encoding.UTF8, "application/json"),
        };
        using var answer = await running.User.Http.SendAsync(request);
        Refused.With((answer.StatusCode, await answer.Content.ReadFromJsonAsync<JsonElement>()), 413, "tooLarge");
        Refused.With(await running.User.Http.SendTextAsync(HttpMethod.Post, "/v1/repos", new string(' ', 5 << 20), change: r => r.Headers.ExpectContinue = true), 413, "tooLarge");
    }

    [Fact]
    public async Task What_a_body_has_beyond_what_is_known_is_ignored()
    {
        var (status, body) = await running.User.Http.SendTextAsync(HttpMethod.Post, "/v1/repos", "{\"name\":\"beyond\",\"colour\":{\"a\":[1,2]}}");
        Assert.Equal((HttpStatusCode.Created, "admin/beyond"), (status, body.GetProperty("fullName").GetString()));
    }

    [Theory]
    [InlineData("/v1/repos?limit=0", 422, "limit"), InlineData("/v1/repos?limit=201", 422, "limit"), InlineData("/v1/repos?cursor=%2E%2E", 422, "cursor"), InlineData("/v1/sessions?limit=-1", 422, "limit")]
    [InlineData("/v1/sessions?cursor=bm9uc2Vuc2U", 422, "cursor"), InlineData("/v1/sessions?state=sleeping", 422, "state"), InlineData("/v1/sessions?limit=many", 400, null)]
    public async Task A_list_asked_for_wrongly_is_refused(string path, int status, string? field)
    {
        var answer = await running.User.TryAsync(HttpMethod.Get, path);
        var details = Refused.With(answer, status, field is null ? "malformed" : "validation");
        if (field is not null)
            Assert.Equal(field, details.EnumerateArray().Single().GetProperty("field").GetString());
    }
}
