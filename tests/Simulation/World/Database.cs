using System.Text.Json;
using Orleans.Runtime;
using Squad.Grains.Cluster;
using Squad.Grains.Sessions;
using Squad.Grains.Users;
using Squad.Platform.Events;
using Squad.Platform.Storage;

namespace Squad.Simulation;

/// <summary>
/// The one database of all silos, which outlives each of them. A request travels there, takes effect, and its answer travels back; it can be lost on either
/// way, and one that was sent takes effect also when the silo that sent it has died.
/// </summary>
internal sealed class Database(SimulatedWorld world)
{
    private readonly SortedDictionary<string, Row> rows = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, List<EventBatch>> streams = new(StringComparer.Ordinal);

    public Disturbances Disturbances { get; } = new(world);

    /// <summary>The rows of sessions, as they are this moment.</summary>
    public IEnumerable<SessionRecord> Sessions => rows.Values.Select(row => row.State).OfType<SessionRecord>();

    public IEnumerable<UserRecord> Users => rows.Values.Select(row => row.State).OfType<UserRecord>();

    public SchedulerRecord? Scheduler => rows.Values.Select(row => row.State).OfType<SchedulerRecord>().FirstOrDefault();

    public SessionRecord? Session(string id) => rows.GetValueOrDefault($"session {id}")?.State as SessionRecord;

    /// <summary>The log of a stream, as it is this moment.</summary>
    public IReadOnlyList<EventBatch> Stream(string name) => streams.GetValueOrDefault(name) ?? [];

    /// <summary>Sends a request; its effect is all or nothing.</summary>
    public Task<T> AskAsync<T>(string what, bool writes, Func<T> effect)
    {
        var answer = new TaskCompletionSource<T>();
        world.Outside.After(Disturbances.Latency(), () => Arrive(what, writes, effect, answer));
        return answer.Task;
    }

    public Row? Read(string key) => rows.GetValueOrDefault(key);

    public void Write<T>(string key, GrainId grain, Row row)
    {
        rows[key] = row with { State = JsonSerializer.Deserialize<T>(row.Data, StateJson.Options) };
        world.Invariants.RowWritten(rows[key].State!);
        world.Story.Add($"row {key} v{row.Version} {Describe(rows[key].State!)}");
    }

    public void Remove(string key)
    {
        rows.Remove(key);
        world.Story.Add($"row {key} removed");
    }

    public void Append(EventBatch batch)
    {
        var end = End(batch.Stream).Last;
        if (batch.First != end + 1)
            throw new EventLogConflictException(batch.Stream, batch.First, end);
        if (!streams.TryGetValue(batch.Stream, out var batches))
            streams.Add(batch.Stream, batches = []);
        batches.Add(batch);
        world.Story.Add($"log {batch.Stream} {batch.First}-{batch.Last} mark {batch.Mark}");
        world.Invariants.Log.Appended(batch);
    }

    public void DeleteStream(string stream)
    {
        streams.Remove(stream);
        world.Invariants.Log.Deleted(stream);
        world.Story.Add($"log {stream} deleted");
    }

    public StreamEnd End(string stream) =>
        streams.TryGetValue(stream, out var batches) ? new StreamEnd(batches[^1].Last, batches.Max(batch => batch.Mark)) : default;

    private void Arrive<T>(string what, bool writes, Func<T> effect, TaskCompletionSource<T> answer)
    {
        if (Disturbances.IsAway || Disturbances.FailsNow())
        {
            Reply(() => answer.TrySetException(Lost(what, happened: false)));
            return;
        }

        if (writes && Disturbances.IsFull)
        {
            Reply(() => answer.TrySetException(new StorageFullException(new IOException("No space left on device"))));
            return;
        }

        try
        {
            var result = effect();
            if (writes && Disturbances.FailsNow())
                Reply(() => answer.TrySetException(Lost(what, happened: true)));
            else
                Reply(() => answer.TrySetResult(result));
        }
        catch (Exception refused)
        {
            Reply(() => answer.TrySetException(refused));
        }
    }

    private void Reply(Action give) => world.Outside.After(Disturbances.Latency(), give);

    private IOException Lost(string what, bool happened)
    {
        world.Story.Add($"lost: {what}{(happened ? ", after it took effect" : "")}");
        return new IOException($"The connection to the database was lost during: {what}.");
    }

    private static string Describe(object state) => state switch
    {
        SessionRecord session => $"{session.State} on {session.Node} untold {session.Untold?.To} seq {session.LastSeq} mark {session.TakenMark}",
        UserRecord user => $"holds {string.Join(',', user.LiveSessions)}",
        SchedulerRecord scheduler => $"{string.Join(' ', scheduler.Nodes.Select(n => $"{n.Key}{(n.Value.Up ? "" : " down")}:{string.Join(',', n.Value.Running)}"))} waiting {string.Join(',', scheduler.Waiting.Select(w => w.SessionId))}",
        _ => "",
    };

    /// <param name="Data">The state as JSON.</param>
    /// <param name="State">The same as an object, for invariants: nobody's but theirs.</param>
    public sealed record Row(long Version, string Data, object? State = null);
}
