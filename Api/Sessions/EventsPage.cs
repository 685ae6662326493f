using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Squad.Api.Live;
using Squad.Platform.Events;

namespace Squad.Api.Sessions;

/// <summary>One page of a stream: <c>{"events":[…],"next":1000}</c>; <c>next</c> is the cursor to go on from, also at the end.</summary>
internal sealed class EventsPage(IEventLog log, string stream, long after, int limit) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.ContentType = "application/json; charset=utf-8";
        await using var writer = new Utf8JsonWriter(response.BodyWriter, new JsonWriterOptions { SkipValidation = true });
        var cursor = after;
        writer.WriteStartObject();
        writer.WriteStartArray("events");
        while (cursor < after + limit && EventChunk.Join(await log.ReadAsync(stream, cursor, cancellation: httpContext.RequestAborted), cursor) is { } chunk)
        {
            foreach (var line in Lines(chunk.Body, (int)Math.Min(chunk.Count, after + limit - cursor)))
                writer.WriteRawValue(line.Span, skipInputValidation: true);
            cursor = Math.Min(chunk.Last, after + limit);
            await writer.FlushAsync(httpContext.RequestAborted);
        }

        writer.WriteEndArray();
        writer.WriteNumber("next", cursor);
        writer.WriteEndObject();
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Lines(ReadOnlyMemory<byte> body, int count)
    {
        for (; count > 0; count--)
        {
            var end = body.Span.IndexOf((byte)'\n');
            yield return body[..end];
            body = body[(end + 1)..];
        }
    }
}
