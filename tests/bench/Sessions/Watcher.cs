using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Squad.Tests.Support;

namespace Squad.Bench.Sessions;

/// <summary>A watcher over server-sent events, as any HTTP client would be one.</summary>
internal static class Watcher
{
    private static ReadOnlySpan<byte> OutputMark => "\"type\":\"engine.output\""u8;

    /// <summary>Calls back for every <c>engine.output</c> event with its line of JSON, until the callback says it has enough.</summary>
    public static async Task WatchAsync(SquadUser user, string sessionId, Func<ReadOnlyMemory<byte>, bool> output, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/sessions/{sessionId}/events");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        using var answer = await user.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        answer.EnsureSuccessStatusCode();
        await using var body = await answer.Content.ReadAsStreamAsync(cancellation);
        var buffer = new byte[1 << 20];
        var held = 0;
        while (true)
        {
            var got = await body.ReadAsync(buffer.AsMemory(held), cancellation);
            if (got == 0)
                throw new InvalidOperationException("The event stream ended early.");
            held += got;
            var start = 0;
            while (true)
            {
                var length = buffer.AsSpan(start, held - start).IndexOf((byte)'\n');
                if (length < 0)
                    break;
                var line = buffer.AsMemory(start, length);
                start += length + 1;
                if (line.Span.IndexOf(OutputMark) >= 0 && !output(line))
                    return;
            }

            buffer.AsSpan(start, held - start).CopyTo(buffer);
            held -= start;
        }
    }

    /// <summary>The text of an event line <c>data: {"seq":…,"data":{"text":"…"}}</c>.</summary>
    public static double NumberOf(ReadOnlyMemory<byte> line)
    {
        using var json = JsonDocument.Parse(line["data: ".Length..]);
        return double.Parse(json.RootElement.GetProperty("data").GetProperty("text").GetString()!, CultureInfo.InvariantCulture);
    }
}
