namespace Squad.Platform.Events;

/// <summary>The rows behind <see cref="EventLog"/>, one implementation per database. The database is the truth; nothing is cached here.</summary>
internal interface IEventStore
{
    /// <summary>
    /// Writes the batches in order in one durable transaction, each only where its stream ends right before it. One caller at a time.
    /// An exception means that none was written, or, where the connection was lost, that this is unknown.
    /// </summary>
    /// <returns>For each batch whether it was written.</returns>
    ValueTask<bool[]> WriteAsync(IReadOnlyList<EventBatch> batches);

    /// <inheritdoc cref="IEventLog.ReadAsync"/>
    ValueTask<IReadOnlyList<EventBatch>> ReadAsync(string stream, long after, int bytesMax, CancellationToken cancellation);

    /// <inheritdoc cref="IEventLog.EndAsync"/>
    ValueTask<StreamEnd> EndAsync(string stream, CancellationToken cancellation);

    /// <inheritdoc cref="IEventLog.DeleteAsync"/>
    ValueTask DeleteAsync(string stream);
}
