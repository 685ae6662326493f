using System.Runtime.CompilerServices;

namespace Squad.Platform.Sandboxes.Keeper;

/// <summary>
/// What a Keeper left on disk: <c>journal/00000000000000000001.jsonl</c> and further segments, each named by the number of its first event.
/// For a Keeper that has ended; a live one is read through <see cref="KeeperConnection"/>.
/// </summary>
public static class KeeperJournal
{
    /// <summary>
    /// The events after <paramref name="after"/>, in order. Ends at the last complete line: one that was being written when Keeper died never became
    /// an event. Empty when there is no journal or nothing after the number. The first event may be later than asked for, when those before were
    /// acknowledged and deleted. Each batch is valid until the next is asked for.
    /// </summary>
    /// <exception cref="KeeperProtocolException">A number is missing or a line is not an event.</exception>
    public static async IAsyncEnumerable<KeeperBatch> ReadAsync(
        string directory, long after, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        long expected = 0;
        foreach (var (first, path) in Segments(directory, after))
        {
            if (expected > 0 && first != expected)
                throw new KeeperProtocolException($"Expected a journal segment that begins with event {expected}, got one that begins with {first}.");
            await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, useAsync: false);
            var reader = new KeeperReader((into, token) => file.ReadAsync(into, token), _ => { }) { Expected = first };
            while (await reader.NextAsync(cancellation) is { } batch)
                if (After(batch, after) is { } wanted)
                    yield return wanted;
            expected = reader.Expected;
        }
    }

    /// <summary>Number of the last event that the journal holds; 0 when it holds none.</summary>
    public static async Task<long> LastAsync(string directory, CancellationToken cancellation = default)
    {
        long last = 0;
        await foreach (var batch in ReadAsync(directory, 0, cancellation))
            last = batch.Last;
        return last;
    }

    private static List<(long First, string Path)> Segments(string directory, long after)
    {
        var folder = Path.Combine(directory, SandboxDirectory.JournalName);
        if (!Directory.Exists(folder))
            return [];
        var segments = Directory.EnumerateFiles(folder, "*.jsonl")
            .Select(path => (First: long.TryParse(Path.GetFileNameWithoutExtension(path), out var first) ? first : 0, Path: path))
            .Where(segment => segment.First > 0)
            .OrderBy(segment => segment.First)
            .ToList();
        // The last segment that begins at or before the wanted event holds it; those before it need not be read.
        var begin = segments.FindLastIndex(segment => segment.First <= after + 1);
        return begin > 0 ? segments[begin..] : segments;
    }

    private static KeeperBatch? After(KeeperBatch batch, long after)
    {
        if (after < batch.First)
            return batch;
        if (after >= batch.Last)
            return null;
        var lines = batch.Lines;
        for (var skip = after - batch.First + 1; skip > 0; skip--)
            lines = lines[(lines.Span.IndexOf((byte)'\n') + 1)..];
        return new KeeperBatch(after + 1, (int)(batch.Last - after), lines, [.. batch.Signals.Where(signal => signal.N > after)]);
    }
}
