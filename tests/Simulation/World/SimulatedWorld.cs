using Orleans.Simulation;
using Squad.Grains.Sessions;
using Squad.Users;

namespace Squad.Simulation;

/// <summary>All there is in one simulation: nodes with their silos, the database, people, and what goes wrong.</summary>
internal sealed class SimulatedWorld
{
    private readonly List<User> users;

    public SimulatedWorld(int seed, SimulationOptions options)
    {
        Options = options;
        Nodes = [.. Enumerable.Range(1, options.Nodes).Select(i => new SimulatedNode(this, $"n{i}", options.Capacity))];
        Silos = [.. Nodes.Select(node => new NodeProcess(this, node))];
        Cluster = new SimulatedCluster(seed, (name, silo) => Silos.First(s => s.Name == name).Configure(silo));
        Story = new Story(Cluster, options.Listener);
        Invariants = new Invariants(this);
        Outside = new Outside(Cluster, e => Invariants.Break("nothing fails unheard", e.ToString()));
        Database = new Database(this);
        users = [.. Enumerable.Range(1, options.Users).Select(i => new User(this, $"u{i}"))];
    }

    public SimulatedCluster Cluster { get; }

    public SimulationOptions Options { get; }

    public Random Random => Cluster.Random;

    public DateTimeOffset Now => Cluster.Clock.GetUtcNow();

    public Story Story { get; }

    public Invariants Invariants { get; }

    /// <summary>Where people, sandboxes and the database live: what never dies.</summary>
    public Outside Outside { get; }

    public Database Database { get; }

    public IReadOnlyList<SimulatedNode> Nodes { get; }

    public IReadOnlyList<NodeProcess> Silos { get; }

    /// <summary>Nothing goes wrong any more, and people let their sessions come to an end.</summary>
    public bool IsQuiet { get; private set; }

    public bool IsOver { get; private set; }

    /// <summary>From an empty database to the end of the last session.</summary>
    public async Task LiveAsync()
    {
        foreach (var silo in Silos)
            await silo.StartAsync();
        foreach (var user in users)
            user.Begin();
        await new Faults(this).RunAsync(Options.Faults);
        IsQuiet = true;
        Story.Add("quiet");
        var until = Now + Options.Patience;
        while (Unfinished() is { } unfinished)
        {
            if (Now > until)
            {
                Invariants.Break("no session stuck", unfinished);
                return;
            }

            await Outside.PauseAsync(TimeSpan.FromSeconds(1));
        }

        foreach (var user in users)
            await user.CheckQuotaAsync();
        Invariants.Log.CheckComplete();
        IsOver = true;
    }

    /// <summary>A process to speak to, when there is one.</summary>
    public NodeProcess? AnySilo()
    {
        var up = Silos.Where(silo => silo.IsUp).ToList();
        return up.Count == 0 ? null : up[Random.Next(up.Count)];
    }

    public TimeSpan Between(double fromSeconds, double toSeconds) =>
        TimeSpan.FromSeconds(fromSeconds + Random.NextDouble() * (toSeconds - fromSeconds));

    /// <summary>The first thing that has not come to its end; null when all has.</summary>
    private string? Unfinished()
    {
        foreach (var session in Database.Sessions)
        {
            if (!SessionLifecycle.IsFinal(session.State))
                return $"session {session.Id} is {session.State}{(session.Node is { } node ? $" on {node}" : "")}; scheduler: {Describe()}";
            if (session.Deleting)
                return $"session {session.Id} is still being deleted, which was on {session.Node ?? "no node"}";
            if (session.Untold is not null && Database.End($"session/{session.Id}").Last == session.LastSeq)
                return $"session {session.Id} has not told that it is {session.Untold.To}";
        }

        if (Database.Scheduler is { } scheduler && (scheduler.Waiting.Count > 0 || scheduler.Nodes.Values.Any(n => n.Running.Count > 0)))
            return $"the scheduler still has {Describe()}";
        foreach (var sandbox in Nodes.SelectMany(n => n.Sandboxes.Values))
            return $"sandbox {sandbox.Ref.Id} ({sandbox.Phase}) is left of session {sandbox.Session}, which is {Database.Session(sandbox.Session)?.State.ToString() ?? "not there"}";
        return users.Select(user => user.Unfinished()).FirstOrDefault(unfinished => unfinished is not null);
    }

    private string Describe() => Database.Scheduler is not { } scheduler ? "nothing" : string.Join("; ",
        scheduler.Nodes.Select(n => $"{n.Key}{(n.Value.Up ? "" : " (down)")} runs {string.Join(' ', n.Value.Running)}").Append($"waiting {string.Join(' ', scheduler.Waiting.Select(w => w.SessionId))}"));
}
