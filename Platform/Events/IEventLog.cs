namespace Squad.Platform.Events;

/// <summary>
/// The durable event log: for each stream (<c>session/abc</c>, <c>build/xyz</c>, <c>sessions/userid</c>) events numbered from 1 without a gap.
/// Each stream has one writer at a time (its grain); any number of readers, also in other processes.
/// An event is kept as the JSON object that clients see, <c>{"seq":1,"at":"2026-11-22T02:10:00.123Z","type":"engine.output","data":{…}}</c>, in UTF-8;
/// a batch is kept as one row, so that the cost of an event is its bytes.
/// </summary>
public interface IEventLog
{
    /// <summary>
    /// Appends one batch durably: when the task completes, a crash of the process or the machine does not lose it.
    /// Appends of different streams made at the same time share a transaction. All or nothing.
    /// </summary>
    /// <exception cref="EventLogConflictException">
    /// <see cref="EventBatch.First"/> is not the stream's last sequence number plus one: another writer was there. Nothing was written.
    /// </exception>
    ValueTask AppendAsync(EventBatch batch, CancellationToken cancellation = default);

    /// <summary>
    /// The batches that hold events after <paramref name="after"/>, in order, from the newest tail cache or the database, up to about <paramref name="bytesMax"/> bytes
    /// (always at least one batch when there is one). The first batch may begin at or before <paramref name="after"/>; use <see cref="EventBatch.After"/>.
    /// Empty when the stream has nothing after the cursor (also for a cursor beyond the end).
    /// </summary>
    ValueTask<IReadOnlyList<EventBatch>> ReadAsync(string stream, long after, int bytesMax = 256 * 1024, CancellationToken cancellation = default);

    /// <summary>Where the stream ends.</summary>
    ValueTask<StreamEnd> EndAsync(string stream, CancellationToken cancellation = default);

    /// <summary>Removes a stream and all its events. Idempotent.</summary>
    ValueTask DeleteAsync(string stream, CancellationToken cancellation = default);
}

/// <param name="Last">Sequence number of the last event; 0 for an empty stream.</param>
/// <param name="Mark">The largest <see cref="EventBatch.Mark"/> appended; 0 if none. A source that numbers its own events continues after it.</param>
public readonly record struct StreamEnd(long Last, long Mark);

/// <summary>The append found another writer's events. The caller's view of the stream is stale; it must reload.</summary>
public sealed class EventLogConflictException(string stream, long expected, long found)
    : Exception($"The event log of '{stream}' ends at {found}, the append was to begin at {expected}: another writer was there.")
{
    public string Stream { get; } = stream;

    public long Found { get; } = found;
}
