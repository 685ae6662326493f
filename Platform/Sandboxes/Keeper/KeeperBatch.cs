using System.Text.Json;

namespace Squad.Platform.Sandboxes.Keeper;

/// <summary>
/// Consecutive events of one Keeper, as they were written: raw JSON lines, each ended by <c>\n</c>, numbered without a gap.
/// </summary>
/// <param name="First">Number of the first event.</param>
/// <param name="Count">Number of events, at least 1.</param>
/// <param name="Lines">The lines. The memory belongs to the reader and is valid until its next read.</param>
/// <param name="Signals">The events among them that are not mere output, parsed, in order. They own their memory.</param>
public sealed record KeeperBatch(long First, int Count, ReadOnlyMemory<byte> Lines, IReadOnlyList<KeeperSignal> Signals)
{
    public long Last => First + Count - 1;
}

/// <summary>One event that says more than a line of output: <c>workspace.ready</c>, <c>engine.started</c>, <c>engine.exited</c>, <c>diff.changed</c>, <c>error</c>, ...</summary>
public sealed record KeeperSignal(long N, DateTimeOffset At, string Type, JsonElement Data);

/// <summary>Keeper's answer to an attach.</summary>
/// <param name="Next">Number of the first event that will come. Greater than asked for when the earlier ones were acknowledged and deleted.</param>
/// <param name="Last">Number of the last event there was when it answered; <c>Next - 1</c> when there is nothing to catch up on.</param>
/// <param name="Session">The session that this Keeper runs; null while it is parked.</param>
public sealed record KeeperAttached(long Next, long Last, string? Session);

/// <summary>What came was not what the protocol allows: a gap in the numbers, or not an event line. The connection or journal cannot be read further.</summary>
public sealed class KeeperProtocolException(string message) : Exception(message);
