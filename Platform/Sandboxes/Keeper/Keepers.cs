namespace Squad.Platform.Sandboxes.Keeper;

/// <inheritdoc cref="IKeepers"/>
/// <remarks>On this machine's disk and over Unix sockets: <see cref="SandboxDirectory"/>, <see cref="KeeperConnection"/>, <see cref="KeeperJournal"/>.</remarks>
public sealed class Keepers(TimeProvider time) : IKeepers
{
    public void Prepare(string directory, KeeperSpec spec, bool isolated)
    {
        try
        {
            SandboxDirectory.Remove(directory);
            SandboxDirectory.Create(directory, spec, isolated ? SandboxDirectory.SandboxUser : null);
        }
        catch (IOException)
        {
            SandboxDirectory.Remove(directory);
            throw;
        }
    }

    public async Task<Result<IKeeperConnection>> ConnectAsync(string directory, TimeSpan patience, CancellationToken cancellation)
    {
        var connected = await KeeperConnection.ConnectAsync(directory, patience, time, cancellation);
        return new Result<IKeeperConnection>(connected.Value, connected.Error);
    }

    public IAsyncEnumerable<KeeperBatch> ReadJournalAsync(string directory, long after, CancellationToken cancellation) =>
        KeeperJournal.ReadAsync(directory, after, cancellation);

    public void Remove(string directory) => SandboxDirectory.Remove(directory);
}
