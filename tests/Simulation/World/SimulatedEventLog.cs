using Squad.Platform.Events;

namespace Squad.Simulation;

/// <summary>The event log over the simulated <see cref="Database"/>.</summary>
internal sealed class SimulatedEventLog(SimulatedWorld world) : IEventLog
{
    private Database Database => world.Database;

    public ValueTask AppendAsync(EventBatch batch, CancellationToken cancellation = default) => new(Database.AskAsync(
        $"append {batch.Stream} {batch.First}",
        writes: true,
        () =>
        {
            Database.Append(batch);
            return true;
        }));

    public async ValueTask<IReadOnlyList<EventBatch>> ReadAsync(string stream, long after, int bytesMax = 256 * 1024, CancellationToken cancellation = default) =>
        await Database.AskAsync<IReadOnlyList<EventBatch>>($"read {stream}", writes: false, () => [.. Database.Stream(stream).Where(batch => batch.Last > after).Take(world.Random.Next(1, 8))])
            .WaitAsync(cancellation);

    public async ValueTask<StreamEnd> EndAsync(string stream, CancellationToken cancellation = default) =>
        await Database.AskAsync($"end of {stream}", writes: false, () => Database.End(stream)).WaitAsync(cancellation);

    public ValueTask DeleteAsync(string stream, CancellationToken cancellation = default) => new(Database.AskAsync(
        $"delete {stream}",
        writes: true,
        () =>
        {
            Database.DeleteStream(stream);
            return true;
        }));
}
