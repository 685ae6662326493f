namespace Squad.Platform.Events;

/// <summary>What every implementation of <see cref="IEventLog"/> asks of its arguments. Breaking them is a bug of the caller.</summary>
internal static class EventRules
{
    public const int StreamLengthMax = 512;

    public static void Check(string stream)
    {
        ArgumentException.ThrowIfNullOrEmpty(stream);
        if (stream.Length > StreamLengthMax || stream.AsSpan().ContainsAnyInRange('\0', '\u001f'))
            throw new ArgumentException($"A stream's name has 1 to {StreamLengthMax} characters and no control character.", nameof(stream));
    }

    /// <summary>The numbers of a batch must be those of its body, or cursors would point to the wrong events for ever.</summary>
    public static void Check(EventBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        Check(batch.Stream);
        if (batch.First < 1 || batch.Count < 1 || batch.First > long.MaxValue - batch.Count)
            throw new ArgumentException($"A batch has at least one event, and events are numbered from 1; this one begins at {batch.First} and has {batch.Count}.", nameof(batch));
        var body = batch.Body.Span;
        if (body.Length == 0 || body[^1] != (byte)'\n' || body.Count((byte)'\n') != batch.Count)
            throw new ArgumentException($"The body of a batch of {batch.Count} events must be {batch.Count} lines, each ended by a line feed.", nameof(batch));
    }
}
