namespace Squad.Platform.Sandboxes.Keeper;

/// <summary>
/// A node's line to one Keeper. Events are read by one caller at a time (Attach, then ReadBatch until it returns null); commands and acknowledgements
/// may be sent by anybody at any time, also while a read waits. A Keeper sends events to one connection only: whoever attaches last has them, and the
/// earlier connection ends. Disposing detaches; Keeper goes on and keeps what is not acknowledged.
/// </summary>
public interface IKeeperConnection : IAsyncDisposable
{
    /// <summary>
    /// Asks for the events after number <paramref name="after"/> (0 for all there are). Errors: <c>attach.ahead</c> when this Keeper has not got so far,
    /// <c>keeper.gone</c>.
    /// </summary>
    Task<Result<KeeperAttached>> AttachAsync(long after, CancellationToken cancellation = default);

    /// <summary>
    /// The events that have arrived, as soon as there is one: up to about 256 KiB at once. Null when the connection has ended (Keeper is gone, or another
    /// connection attached): read the rest with <see cref="IKeepers.ReadJournalAsync"/> or connect again. The batch is valid until the next call.
    /// Cancelling loses nothing.
    /// </summary>
    /// <exception cref="KeeperProtocolException">A number is missing or a line is not an event.</exception>
    ValueTask<KeeperBatch?> ReadBatchAsync(CancellationToken cancellation = default);

    /// <summary>Says that events up to <paramref name="n"/> are kept elsewhere: Keeper may forget them. Idempotent; nothing happens when the connection is gone.</summary>
    ValueTask AckAsync(long n, CancellationToken cancellation = default);

    /// <summary>
    /// Types text into the engine, with Enter after it when <paramref name="enter"/>; <paramref name="end"/> ends its standard input after that.
    /// Errors: <c>engine.gone</c> (not started or ended), <c>input.full</c> (it does not read), <c>keeper.gone</c>.
    /// </summary>
    Task<Result> InputAsync(string text, bool enter = true, bool end = false, CancellationToken cancellation = default);

    /// <summary>Sets the terminal's size. Errors: <c>engine.gone</c>, <c>command.invalid</c> (not 1 to 1000, or no terminal), <c>keeper.gone</c>.</summary>
    Task<Result> ResizeAsync(int columns, int rows, CancellationToken cancellation = default);

    /// <summary>Bytes of disk that the workspace takes, some seconds old. Errors: <c>disk.unknown</c>, <c>keeper.gone</c>.</summary>
    Task<Result<long>> DiskAsync(CancellationToken cancellation = default);
}
