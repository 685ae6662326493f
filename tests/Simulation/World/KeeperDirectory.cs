using System.Text;
using System.Text.Json;
using Squad.Platform.Sandboxes.Keeper;

namespace Squad.Simulation;

/// <summary>The directory that a node shares with one Keeper: the spec, Keeper's journal, and who is attached to it.</summary>
internal sealed class KeeperDirectory(SimulatedWorld world, KeeperSpec spec)
{
    private readonly List<Entry> journal = [];
    private TaskCompletionSource more = new();

    public KeeperSpec Spec => spec;

    /// <summary>The sandbox whose Keeper listens here; null before its start and after its end.</summary>
    public SimulatedSandbox? Listening { get; private set; }

    /// <summary>Number of the last event.</summary>
    public long Last { get; private set; }

    /// <summary>Number of the first event that is still kept.</summary>
    public long First { get; private set; } = 1;

    /// <summary>The connection that has the events; the newest to attach.</summary>
    public SimulatedKeeperConnection? Attached { get; set; }

    public void Open(SimulatedSandbox keeper) => Listening = keeper;

    public void Close()
    {
        Listening = null;
        Wake();
    }

    /// <summary>Writes the next event. Its source and number are also in its data, as <c>of</c> and <c>k</c>, so that it is known again in the log.</summary>
    public void Write(string of, string type, string members)
    {
        var number = ++Last;
        var data = $"{{\"of\":\"{of}\",\"k\":{number}{(members.Length > 0 ? "," : "")}{members}}}";
        var line = $"{{\"n\":{number},\"at\":\"{world.Now:yyyy-MM-ddTHH:mm:ss.fff}Z\",\"type\":\"{type}\",\"data\":{data}}}\n";
        journal.Add(new Entry(number, type, data, Encoding.UTF8.GetBytes(line)));
        world.Invariants.Log.Written(spec.Session, of, number);
        Wake();
    }

    /// <summary>Completes when there may be more to read, or the connection has ended.</summary>
    public Task More => more.Task;

    public void Wake()
    {
        var woken = more;
        more = new TaskCompletionSource();
        woken.TrySetResult();
    }

    /// <summary>Forgets some of the events up to the number, as Keeper does by whole segments.</summary>
    public void Acknowledge(long number)
    {
        if (number < First)
            return;
        var forgotten = world.Random.NextInt64(First, Math.Min(number, Last) + 1);
        journal.RemoveAll(entry => entry.Number <= forgotten);
        First = forgotten + 1;
    }

    /// <summary>Events after the number, at most so many; null when there are none.</summary>
    public KeeperBatch? Read(long after, int max)
    {
        List<Entry> found = [.. journal.Where(entry => entry.Number > after).Take(max)];
        if (found.Count == 0)
            return null;
        var lines = found.SelectMany(entry => entry.Line).ToArray();
        return new KeeperBatch(found[0].Number, found.Count, lines, [.. found.Where(e => e.Type != "engine.output").Select(Signal)]);
    }

    private KeeperSignal Signal(Entry entry) => new(entry.Number, world.Now, entry.Type, JsonElement.Parse(entry.Data));

    private sealed record Entry(long Number, string Type, string Data, byte[] Line);
}
