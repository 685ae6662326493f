using System.Buffers;
using System.Buffers.Text;
using System.IO.Pipelines;
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
        try
        {
            while (true)
            {
                try
                {
                    if (!await next.WaitAsync(Heartbeat, time, http.RequestAborted))
                        return;
                    WriteBatch(response.BodyWriter, source.Current);
                    next = source.MoveNextAsync().AsTask();
                }
                catch (TimeoutException)
                {
                    response.BodyWriter.Write(":\n\n"u8);
                }

                await response.BodyWriter.FlushAsync(http.RequestAborted);
            }
        }
        finally
        {
            // An enumerator may only be disposed when it is not moving; the request's end has cancelled it.
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static void WriteBatch(PipeWriter writer, EventBatch batch)
    {
        const int numberCharsMax = 20;
        var seq = batch.First;
        var rest = batch.Body.Span;
        while (!rest.IsEmpty)
        {
            var line = rest[..(rest.IndexOf((byte)'\n') + 1)];
            rest = rest[line.Length..];
            var span = writer.GetSpan("id: \ndata: \n"u8.Length + numberCharsMax + line.Length);
            var at = Put(span, 0, "id: "u8);
            Utf8Formatter.TryFormat(seq++, span[at..], out var digits);
            at = Put(span, at + digits, "\ndata: "u8);
            at = Put(span, at, line);
            writer.Advance(Put(span, at, "\n"u8));
        }
    }

    private static int Put(Span<byte> target, int at, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(target[at..]);
        return at + bytes.Length;
    }
}
