using Squad.Platform.Events;

namespace Squad.Simulation.Bugs;

/// <summary>A planted bug: an event log whose append is not awaited, so that events are acknowledged to Keeper before they are kept.</summary>
internal sealed class HastyEventLog(IEventLog log) : IEventLog
{
    public ValueTask AppendAsync(EventBatch batch, CancellationToken cancellation = default)
    {
        _ = log.AppendAsync(batch, cancellation).AsTask();
        return ValueTask.CompletedTask;
    }

    public ValueTask<IReadOnlyList<EventBatch>> ReadAsync(string stream, long after, int bytesMax = 256 * 1024, CancellationToken cancellation = default) =>
        log.ReadAsync(stream, after, bytesMax, cancellation);

    public ValueTask<StreamEnd> EndAsync(string stream, CancellationToken cancellation = default) => log.EndAsync(stream, cancellation);

    public ValueTask DeleteAsync(string stream, CancellationToken cancellation = default) => log.DeleteAsync(stream, cancellation);
}
