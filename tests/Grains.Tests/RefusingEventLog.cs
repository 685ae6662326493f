using Squad.Platform.Events;
using Squad.Platform.Storage;

namespace Squad.Grains.Tests;

/// <summary>A log that refuses the appends a test names, as a full disk does.</summary>
public sealed class RefusingEventLog(IEventLog log, Func<EventBatch, bool> refuse) : IEventLog
{
    public ValueTask AppendAsync(EventBatch batch, CancellationToken cancellation = default) =>
        refuse(batch) ? ValueTask.FromException(new StorageFullException(new IOException("No space left on device"))) : log.AppendAsync(batch, cancellation);

    public ValueTask<IReadOnlyList<EventBatch>> ReadAsync(string stream, long after, int bytesMax = 256 * 1024, CancellationToken cancellation = default) =>
        log.ReadAsync(stream, after, bytesMax, cancellation);

    public ValueTask<StreamEnd> EndAsync(string stream, CancellationToken cancellation = default) => log.EndAsync(stream, cancellation);

    public ValueTask DeleteAsync(string stream, CancellationToken cancellation = default) => log.DeleteAsync(stream, cancellation);
}
