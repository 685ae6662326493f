namespace Squad.Platform.Events;

/// <summary>An event log that lasts as long as the process: for tests of what stands on the log. Keeps the same contract, tested by the same suite.</summary>
public sealed class InMemoryEventLog : IEventLog
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, List<EventBatch>> _streams = [];

    public ValueTask AppendAsync(EventBatch batch, CancellationToken cancellation = default)
    {
        EventRules.Check(batch);
        if (cancellation.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellation);
        lock (_lock)
        {
            var last = End(batch.Stream).Last;
            if (batch.First != last + 1)
                return ValueTask.FromException(new EventLogConflictException(batch.Stream, batch.First, last));
            if (!_streams.TryGetValue(batch.Stream, out var batches))
                _streams.Add(batch.Stream, batches = []);
            // Whole milliseconds, as a database keeps them.
            batches.Add(batch with { At = DateTimeOffset.FromUnixTimeMilliseconds(batch.At.ToUnixTimeMilliseconds()) });
        }
        return ValueTask.CompletedTask;
    }

    public ValueTask<IReadOnlyList<EventBatch>> ReadAsync(string stream, long after, int bytesMax = 256 * 1024, CancellationToken cancellation = default)
    {
        EventRules.Check(stream);
        if (cancellation.IsCancellationRequested)
            return ValueTask.FromCanceled<IReadOnlyList<EventBatch>>(cancellation);
        List<EventBatch> found = [];
        lock (_lock)
        {
            var bytes = 0L;
            foreach (var batch in _streams.GetValueOrDefault(stream) ?? [])
            {
                if (batch.Last <= after)
                    continue;
                if (bytes >= bytesMax && found.Count > 0)
                    break;
                found.Add(batch);
                bytes += batch.Body.Length;
            }
        }
        return new ValueTask<IReadOnlyList<EventBatch>>(found);
    }

    public ValueTask<StreamEnd> EndAsync(string stream, CancellationToken cancellation = default)
    {
        EventRules.Check(stream);
        lock (_lock)
            return new ValueTask<StreamEnd>(End(stream));
    }

    public ValueTask DeleteAsync(string stream, CancellationToken cancellation = default)
    {
        EventRules.Check(stream);
        lock (_lock)
            _streams.Remove(stream);
        return ValueTask.CompletedTask;
    }

    private StreamEnd End(string stream) =>
        _streams.TryGetValue(stream, out var batches) ? new StreamEnd(batches[^1].Last, batches.Max(batch => batch.Mark)) : default;
}
