namespace Squad.Platform.Events;

/// <summary>Consecutive events of one stream, as they are stored and sent.</summary>
/// <param name="Stream">The stream's name.</param>
/// <param name="First">Sequence number of the first event.</param>
/// <param name="Count">Number of events, at least 1.</param>
/// <param name="At">When the batch was appended, UTC.</param>
/// <param name="Body">The events as UTF-8 JSON objects, one a line, each ended by <c>\n</c>; <c>seq</c> is each object's first member.</param>
/// <param name="Mark">The number that the events' source gave the last of them (Keeper's <c>n</c>), or 0 where the source does not number.</param>
public sealed record EventBatch(string Stream, long First, int Count, DateTimeOffset At, ReadOnlyMemory<byte> Body, long Mark = 0)
{
    public long Last => First + Count - 1;

    /// <summary>The part of this batch that lies after <paramref name="cursor"/>; null when nothing does.</summary>
    public EventBatch? After(long cursor)
    {
        if (cursor < First)
            return this;
        if (cursor >= Last)
            return null;
        var rest = Body;
        for (var skip = cursor - First + 1; skip > 0; skip--)
            rest = rest[(rest.Span.IndexOf((byte)'\n') + 1)..];
        return this with { First = cursor + 1, Count = (int)(Last - cursor), Body = rest };
    }
}
