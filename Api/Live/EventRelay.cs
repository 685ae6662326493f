using System.Runtime.CompilerServices;
using Squad.Platform.Events;

namespace Squad.Api.Live;

/// <summary>
/// Brings a stream's events to a watcher: reads the log from the watcher's cursor to its end, then waits for an announcement and reads on.
/// A watcher holds at most one chunk in memory, whatever its speed; there is no buffer that could overflow, so nothing is ever dropped:
/// a slow watcher simply reads further behind. Order: strictly by sequence number, no gap, no duplicate.
/// </summary>
public sealed class EventRelay(IEventLog log, StreamAnnouncements announcements)
{
    private const int ChunkBytes = 256 * 1024;

    /// <summary>Events after the cursor, in chunks of about <see cref="ChunkBytes"/>, for ever; ends only by cancellation.</summary>
    /// <param name="idle">Called each time the watcher has everything there is; returning true ends the watching.</param>
    public async IAsyncEnumerable<EventBatch> WatchAsync(
        string stream, long after, Func<ValueTask<bool>>? idle = null, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        await using var listener = await announcements.ListenAsync(stream, cancellation);
        while (true)
        {
            var next = listener.Next;
            var batches = await log.ReadAsync(stream, after, ChunkBytes, cancellation);
            if (EventChunk.Join(batches, after) is { } chunk)
            {
                yield return chunk;
                after = chunk.Last;
                continue;
            }

            if (idle is not null && await idle())
                yield break;
            await next;
        }
    }

    /// <summary>Refuses a cursor that the stream has not reached.</summary>
    public async Task<Result> CheckCursorAsync(string stream, long after, CancellationToken cancellation)
    {
        if (after < 0)
            return SquadError.Invalid(new FieldError("after", "negative", "A cursor is 0 (from the beginning) or the number of the last event seen."));
        var end = await log.EndAsync(stream, cancellation);
        return after > end.Last
            ? SquadError.Invalid(new FieldError("after", "beyondEnd", $"The cursor {after} lies beyond the end of '{stream}', which is {end.Last}."))
            : Result.Ok;
    }
}
