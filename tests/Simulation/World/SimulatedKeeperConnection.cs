using Squad.Platform.Sandboxes.Keeper;

namespace Squad.Simulation;

/// <summary>A line to a simulated Keeper. It ends when Keeper does, when another attaches, or when it is cut.</summary>
internal sealed class SimulatedKeeperConnection(SimulatedNode node, KeeperDirectory directory, TimeProvider time, Random random) : IKeeperConnection
{
    private static readonly SquadError Gone = SquadError.Unavailable("keeper.gone", "Keeper closed the connection before it answered.");

    private readonly SimulatedSandbox? sandbox = directory.Listening;
    private long next;
    private bool cut;

    private bool HasEnded => cut || directory.Listening is null || directory.Listening != sandbox;

    public async Task<Result<KeeperAttached>> AttachAsync(long after, CancellationToken cancellation = default)
    {
        await TravelAsync(cancellation);
        if (HasEnded)
            return Gone;
        if (after > directory.Last)
            return SquadError.Conflict("attach.ahead", $"This Keeper has got to {directory.Last}, not to {after}.");
        directory.Attached?.Cut();
        directory.Attached = this;
        next = Math.Max(after + 1, directory.First);
        return new KeeperAttached(next, directory.Last, directory.Spec.Session);
    }

    public async ValueTask<KeeperBatch?> ReadBatchAsync(CancellationToken cancellation = default)
    {
        while (true)
        {
            if (HasEnded || directory.Attached != this)
                return null;
            if (directory.Read(next - 1, random.Next(1, 9)) is { } batch)
            {
                next = batch.Last + 1;
                return batch;
            }

            await directory.More.WaitAsync(cancellation);
        }
    }

    public async ValueTask AckAsync(long n, CancellationToken cancellation = default)
    {
        await TravelAsync(cancellation);
        if (!HasEnded)
            directory.Acknowledge(n);
    }

    public async Task<Result> InputAsync(string text, bool enter = true, bool end = false, CancellationToken cancellation = default)
    {
        await TravelAsync(cancellation);
        if (HasEnded)
            return Gone;
        return sandbox!.Type(text) ? Result.Ok : SquadError.Conflict("engine.gone", "The engine does not run.");
    }

    public async Task<Result> ResizeAsync(int columns, int rows, CancellationToken cancellation = default)
    {
        await TravelAsync(cancellation);
        return HasEnded ? Gone : Result.Ok;
    }

    public async Task<Result<long>> DiskAsync(CancellationToken cancellation = default)
    {
        await TravelAsync(cancellation);
        if (HasEnded)
            return Gone;
        return 4096L;
    }

    /// <summary>Breaks the line; Keeper goes on.</summary>
    public void Cut()
    {
        cut = true;
        directory.Wake();
    }

    public ValueTask DisposeAsync()
    {
        Cut();
        return ValueTask.CompletedTask;
    }

    private async Task TravelAsync(CancellationToken cancellation)
    {
        await time.PauseAsync(node.Daemon.Latency());
        cancellation.ThrowIfCancellationRequested();
    }
}
