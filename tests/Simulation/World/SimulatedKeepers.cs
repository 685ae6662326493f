using System.Runtime.CompilerServices;
using Squad.Platform.Sandboxes.Keeper;

namespace Squad.Simulation;

/// <summary>A node's Keepers, as one silo process on it reaches them.</summary>
internal sealed class SimulatedKeepers(SimulatedNode node, TimeProvider time, Random random) : IKeepers
{
    private static readonly TimeSpan TryAgain = TimeSpan.FromMilliseconds(50);

    public void Prepare(string directory, KeeperSpec spec, bool isolated)
    {
        if (node.World.Database.Disturbances.IsFull)
            throw new IOException("No space left on device");
        node.Directories[directory] = new KeeperDirectory(node.World, spec);
    }

    public void Remove(string directory) => node.Directories.Remove(directory);

    public async Task<Result<IKeeperConnection>> ConnectAsync(string directory, TimeSpan patience, CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        while (true)
        {
            await time.PauseAsync(node.Daemon.Latency());
            cancellation.ThrowIfCancellationRequested();
            if (node.Directories.GetValueOrDefault(directory) is { Listening: not null } found)
                return new Result<IKeeperConnection>(new SimulatedKeeperConnection(node, found, time, random), null);
            if (time.GetElapsedTime(began) >= patience)
                return SquadError.Unavailable("keeper.unreachable", $"No Keeper answered in {directory}.");
            await time.PauseAsync(TryAgain);
        }
    }

    public async IAsyncEnumerable<KeeperBatch> ReadJournalAsync(string directory, long after, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await time.PauseAsync(node.Daemon.Latency());
        while (node.Directories.GetValueOrDefault(directory)?.Read(after, random.Next(1, 20)) is { } batch)
        {
            cancellation.ThrowIfCancellationRequested();
            yield return batch;
            after = batch.Last;
        }
    }
}
