using Squad.Platform.Events;

namespace Squad.Api.Live;

/// <summary>Joins consecutive batches, so that a reader far behind gets few large messages and not many small ones.</summary>
internal static class EventChunk
{
    /// <summary>What the batches hold after the cursor, as one batch; null when that is nothing.</summary>
    public static EventBatch? Join(IReadOnlyList<EventBatch> batches, long after)
    {
        EventBatch? first = null;
        var bytes = 0;
        var parts = new List<ReadOnlyMemory<byte>>(batches.Count);
        var count = 0;
        foreach (var batch in batches)
        {
            if (batch.After(after) is not { } part)
                continue;
            first ??= part;
            parts.Add(part.Body);
            bytes += part.Body.Length;
            count += part.Count;
        }

        if (first is null || parts.Count == 1)
            return first;
        var body = new byte[bytes];
        var at = 0;
        foreach (var part in parts)
        {
            part.Span.CopyTo(body.AsSpan(at));
            at += part.Length;
        }

        return first with { Count = count, Body = body };
    }
}
