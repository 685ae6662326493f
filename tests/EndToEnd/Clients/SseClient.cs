using System.Globalization;
using System.Net;
using System.Text.Json;
using Squad.Tests.Support;

namespace Squad.EndToEnd.Clients;

/// <summary>A reader of a session's server-sent events, as a browser's EventSource is one.</summary>
internal sealed class SseClient : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly HttpClient http;
    private readonly StreamReader lines;

    private SseClient(HttpClient http, Stream stream)
    {
        this.http = http;
        lines = new StreamReader(stream);
    }

    public static async Task<SseClient> ConnectAsync(SquadServer server, string token, string session, long? lastEventId = null, string query = "")
    {
        var http = new HttpClient { BaseAddress = server.Url, Timeout = Timeout.InfiniteTimeSpan };
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/sessions/{session}/events{query}");
        request.Headers.Authorization = new("Bearer", token);
        request.Headers.Accept.Add(new("text/event-stream"));
        if (lastEventId is { } last)
            request.Headers.Add("Last-Event-ID", last.ToString(CultureInfo.InvariantCulture));
        using var patience = new CancellationTokenSource(Patience);
        var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
        return new SseClient(http, await answer.Content.ReadAsStreamAsync());
    }

    /// <summary>The next event; its <c>id:</c> must be its <c>seq</c>.</summary>
    public async Task<JsonElement> NextAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        long? id = null;
        while (await lines.ReadLineAsync(patience.Token) is { } line)
        {
            if (line.StartsWith("id: ", StringComparison.Ordinal))
                id = long.Parse(line.AsSpan(4), NumberStyles.None, CultureInfo.InvariantCulture);
            if (!line.StartsWith("data: ", StringComparison.Ordinal))
                continue;
            var data = JsonSerializer.Deserialize<JsonElement>(line.AsSpan(6));
            Assert.Equal(id, data.GetProperty("seq").GetInt64());
            return data;
        }

        throw new EndOfStreamException("The stream of events ended.");
    }

    /// <summary>Events up to and with the first that fulfils the condition.</summary>
    public async Task<List<JsonElement>> UntilAsync(Func<JsonElement, bool> found)
    {
        var events = new List<JsonElement>();
        do
            events.Add(await NextAsync());
        while (!found(events[^1]));
        return events;
    }

    public ValueTask DisposeAsync()
    {
        lines.Dispose();
        http.Dispose();
        return ValueTask.CompletedTask;
    }
}
