namespace Squad.Platform.Sandboxes.Keeper;

/// <summary>
/// What a node does with the directories that it shares with its Keepers: makes them, speaks to the Keeper that listens in one, reads what a dead one left
/// there, removes them. Calls for different directories may be made concurrently.
/// </summary>
public interface IKeepers
{
    /// <summary>Makes the directory anew, with the spec in it for the Keeper that will start; what lay there before is gone.</summary>
    /// <param name="directory">Absolute path.</param>
    /// <param name="isolated">Whether Keeper runs as the sandbox's user and not as the node's own.</param>
    /// <exception cref="IOException">It cannot be written. Nothing is left behind.</exception>
    void Prepare(string directory, KeeperSpec spec, bool isolated);

    /// <summary>
    /// Connects, trying again until Keeper listens. Errors: <c>keeper.unreachable</c> after <paramref name="patience"/>.
    /// A caller who learns meanwhile that the sandbox has ended cancels.
    /// </summary>
    Task<Result<IKeeperConnection>> ConnectAsync(string directory, TimeSpan patience, CancellationToken cancellation);

    /// <summary>The events after <paramref name="after"/> that a Keeper which has ended left, in order; see <see cref="KeeperJournal.ReadAsync"/>.</summary>
    /// <exception cref="KeeperProtocolException">A number is missing or a line is not an event.</exception>
    IAsyncEnumerable<KeeperBatch> ReadJournalAsync(string directory, long after, CancellationToken cancellation);

    /// <summary>Removes the directory with all it holds. Idempotent.</summary>
    void Remove(string directory);
}
