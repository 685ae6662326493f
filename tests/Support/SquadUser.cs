using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Squad.Tests.Support;

/// <summary>A signed-in user of a server, by what he wants and not by what he sends.</summary>
public sealed class SquadUser : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly HttpClient http;

    private SquadUser(HttpClient http, string name, string token)
    {
        this.http = http;
        Name = name;
        Token = token;
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    public string Name { get; }

    public string Token { get; }

    public HttpClient Http => http;

    public static async Task<SquadUser> SignInAsync(SquadServer server, string name = "admin", string password = SquadServer.AdminPassword)
    {
        var http = new HttpClient { BaseAddress = server.Url };
        var answer = await http.PostAsJsonAsync("/v1/auth/login", new { username = name, password });
        answer.EnsureSuccessStatusCode();
        var body = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return new SquadUser(http, name, body.GetProperty("accessToken").GetString()!);
    }

    /// <summary>Creates a repository and pushes one commit to it with a real git. Returns <c>owner/name</c>.</summary>
    public async Task<string> PushRepositoryAsync(string name)
    {
        var created = await SendAsync(HttpMethod.Post, "/v1/repos", new { name });
        await PushAsync(created.GetProperty("cloneUrl").GetString()!, [], ("README.md", $"# {name}\n"));
        return created.GetProperty("fullName").GetString()!;
    }

    /// <summary>Pushes one commit with these files to <c>main</c> and the branches of a repository that is there.</summary>
    public Task PushAsync(string cloneUrl, IReadOnlyList<string> branches, params (string Path, string Text)[] files) =>
        WorkTree.PushAsync(new Uri(cloneUrl), Name, SquadServer.AdminPassword, branches, files);

    /// <summary>Starts a session and returns its id.</summary>
    public async Task<string> StartSessionAsync(string repo, string command, string profile = "command", object? limits = null) =>
        (await SendAsync(HttpMethod.Post, "/v1/sessions", new { repo, command, profile, limits })).GetProperty("id").GetString()!;

    public Task<JsonElement> SessionAsync(string id) => SendAsync(HttpMethod.Get, $"/v1/sessions/{id}");

    /// <summary>Waits until the session is in one of the states.</summary>
    public async Task<JsonElement> SessionReachesAsync(string id, params string[] states)
    {
        JsonElement session = default;
        try
        {
            await Eventually.Async($"session {id} is {string.Join(" or ", states)}", Patience, async () =>
            {
                session = await SessionAsync(id);
                return states.Contains(session.GetProperty("state").GetString());
            });
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message} It is:\n{session}", e);
        }

        return session;
    }

    /// <summary>The whole log, read page by page.</summary>
    public async Task<List<JsonElement>> EventsAsync(string id, long after = 0)
    {
        var all = new List<JsonElement>();
        while (true)
        {
            var page = await SendAsync(HttpMethod.Get, $"/v1/sessions/{id}/events?after={after}&limit=10000");
            var events = page.GetProperty("events").EnumerateArray().ToList();
            if (events.Count == 0)
                return all;
            all.AddRange(events);
            after = page.GetProperty("next").GetInt64();
        }
    }

    /// <summary>The session's output, put together.</summary>
    public async Task<string> OutputAsync(string id) => string.Join('\n', (await EventsAsync(id))
        .Where(e => e.GetProperty("type").GetString() == "engine.output").Select(e => e.GetProperty("data").GetProperty("text").GetString()));

    /// <summary>Asks and expects success.</summary>
    public async Task<JsonElement> SendAsync(HttpMethod method, string path, object? body = null)
    {
        var (status, answer) = await TryAsync(method, path, body);
        return (int)status < 300 ? answer : throw new InvalidOperationException($"{method} {path}: {(int)status} {answer}");
    }

    /// <summary>Asks and returns whatever comes.</summary>
    public async Task<(HttpStatusCode Status, JsonElement Body)> TryAsync(HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        using var answer = await http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        return (answer.StatusCode, text.Length == 0 ? default : JsonSerializer.Deserialize<JsonElement>(text));
    }

    public void Dispose() => http.Dispose();
}
