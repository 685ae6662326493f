using Squad.Platform.Events;

namespace Squad.Simulation;

/// <summary>
/// Somebody who follows one stream through the relay of some server, with a cursor, and connects again elsewhere when that server dies.
/// Sees every event once and in order, and at last all there are.
/// </summary>
internal sealed class Watcher(SimulatedWorld world, string stream)
{
    private readonly CancellationTokenSource closed = new();
    private long cursor;

    public void Begin() => world.Outside.Begin(FollowAsync);

    /// <summary>Stops watching.</summary>
    public void Close() => closed.Cancel();

    /// <summary>What is there and was not seen; null when nothing.</summary>
    public string? Behind() => !closed.IsCancellationRequested && world.Database.End(stream).Last is var last && last > cursor
        ? $"a watcher of {stream} has seen {cursor} events of {last}"
        : null;

    private async Task FollowAsync()
    {
        while (!closed.IsCancellationRequested && !world.IsOver)
        {
            if (world.AnySilo() is { } silo)
            {
                var watching = silo.CallAsync(async _ =>
                {
                    await foreach (var chunk in silo.Relay.WatchAsync(stream, cursor, cancellation: closed.Token))
                        Take(chunk);
                    return true;
                });
                await Task.WhenAny(watching);
                if (watching.Exception?.InnerException is { } error and not IOException)
                    world.Story.Add($"watching {stream}: {error.Message}");
            }

            await world.Outside.PauseAsync(world.Between(0.1, 1));
        }
    }

    private void Take(EventBatch chunk)
    {
        if (chunk.First != cursor + 1)
            world.Invariants.Break("watchers see all once", $"a watcher of {stream} who has seen {cursor} is given {chunk.First}-{chunk.Last}");
        cursor = chunk.Last;
    }
}
