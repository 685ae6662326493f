using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Squad.Platform.Events;

namespace Squad.Api.Live;

/// <summary>
/// Server-sent events of a stream: <c>id:</c> is the sequence number, <c>data:</c> the event. A sample:
/// <code>
/// id: 7
/// data: {"seq":7,"at":"2026-11-22T02:10:00.123Z","type":"engine.output","data":{"stream":"stdout","text":"hello"}}
/// </code>
/// A comment line every 15 quiet seconds keeps proxies from closing the connection.
/// </summary>
public static class SseWriter
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    public static async Task WriteAsync(HttpContext http, IAsyncEnumerable<EventBatch> batches, TimeProvider time)
    {
        var response = http.Response;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        response.Headers["X-Accel-Buffering"] = "no"; // nginx would hold events back
        await response.Body.FlushAsync(http.RequestAborted);

        await using var source = batches.GetAsyncEnumerator(http.RequestAborted);
        var next = source.MoveNextAsync().AsTask();
        while (true)
        {
            try
            {
                if (!await next.WaitAsync(Heartbeat, time, http.RequestAborted))
                    return;
                WriteBatch(response, source.Current);
                next = source.MoveNextAsync().AsTask();
            }
            catch (TimeoutException)
            {
                response.BodyWriter.Write(":\n\n"u8);
            }

            await response.BodyWriter.FlushAsync(http.RequestAborted);
        }
    }

    private static void WriteBatch(HttpResponse response, EventBatch batch)
    {
        var seq = batch.First;
        var rest = batch.Body.Span;
        while (!rest.IsEmpty)
        {
            var end = rest.IndexOf((byte)'\n') + 1;
            response.BodyWriter.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"id: {seq++}\ndata: ")));
            response.BodyWriter.Write(rest[..end]);
            response.BodyWriter.Write("\n"u8);
            rest = rest[end..];
        }
    }

    private static void Write(this System.IO.Pipelines.PipeWriter writer, ReadOnlySpan<byte> bytes) => System.Buffers.BuffersExtensions.Write(writer, bytes);
}
