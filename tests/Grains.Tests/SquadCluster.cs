using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Hosting;
using Orleans.TestingHost;
using Squad.Cluster;
using Squad.Events;
using Squad.Grains.Cluster;
using Squad.Grains.Sessions;
using Squad.Platform.Events;
using Squad.Platform.Git;
using Squad.Platform.Sandboxes;
using Squad.Platform.Sandboxes.Fake;
using Squad.Platform.Storage;
using Squad.Sessions;

namespace Squad.Grains.Tests;

/// <summary>All of Squad's grains on a test silo, or on several that are a node each, over a database of their own and a sandbox engine and an event log in memory. What Keeper would say, the test says.</summary>
public sealed class SquadCluster : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly System.Collections.Concurrent.ConcurrentDictionary<string, SandboxAttempt> attempts = new();
    private readonly InProcessTestCluster cluster;
    private readonly string data = Directory.CreateTempSubdirectory("squad-grains-").FullName;

    private SquadCluster(int quota, int capacity, short nodes, TimeSpan lostAfter, TimeSpan usageEvery, TimeSpan startPatience)
    {
        Directory.CreateDirectory(Path.Combine(data, "repositories", "ann", "demo.git"));
        File.WriteAllText(Path.Combine(data, "repositories", "ann", "demo.git", "HEAD"), "ref: refs/heads/main\n");
        cluster = new InProcessTestClusterBuilder(nodes).ConfigureSilo((options, silo) =>
        {
            silo.AddMemoryGrainStorage("PubSubStore").AddMemoryStreams(EventStreams.Provider);
            var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["Squad:Git:DataDirectory"] = data,
                ["Squad:Storage:DataDirectory"] = data,
                ["Squad:Node:Name"] = options.SiloName,
                ["Squad:Node:LostAfter"] = $"{lostAfter}",
                ["Squad:Node:UsageEvery"] = $"{usageEvery}",
                ["Squad:Node:RunDirectory"] = Path.Combine(data, "run"),
                ["Squad:Node:SandboxesMax"] = $"{capacity}",
                ["Squad:Quota:LiveSessionsMax"] = $"{quota}",
                ["Squad:Quota:StartPatience"] = $"{startPatience}",
            }).Build();
            silo.Services.AddSingleton<IDataProtectionProvider>(new EphemeralDataProtectionProvider());
            silo.AddOutgoingGrainCallFilter(async context =>
            {
                await (Calling?.Invoke(context.MethodName) ?? Task.CompletedTask);
                await context.Invoke();
            });
            // States are where users have them, and outlive their silo: the memory storage of Microsoft Orleans is in grains that die with theirs.
            silo.Services.AddSquadStorage(configuration);
            silo.Services.AddSquadGrainStorage();
            silo.Services.AddSingleton<IEventLog>(new RefusingEventLog(Log, batch => Refuse?.Invoke(batch) == true));
            silo.Services.AddSingleton<ISandboxEngine>(Engine);
            silo.Services.AddOptions<SandboxOptions>();
            silo.Services.AddGitRepositories(configuration);
            silo.Services.AddSquadGrains(configuration);
            silo.Services.AddSingleton<ILiveSessions>(provider => new ToldSessions(Live, ActivatorUtilities.CreateInstance<LiveSessions>(provider)));
        }).Build();
    }

    public InMemoryEventLog Log { get; } = new();

    /// <summary>What the log is to refuse as a full disk does; null for nothing.</summary>
    public Func<EventBatch, bool>? Refuse { get; set; }

    /// <summary>Called before each call of the silos, with the method's name; the call waits for it.</summary>
    public Func<string, Task>? Calling { get; set; }

    public FakeSandboxEngine Engine { get; } = new();

    public IGrainFactory Grains => cluster.Client;

    public InProcessTestCluster Cluster => cluster;

    /// <summary>What the table of live sessions would say when it is listed.</summary>
    public List<LiveSession> Live { get; } = [];

    public static async Task<SquadCluster> StartAsync(
        int quota = 10, int capacity = 10, short nodes = 1, TimeSpan? lostAfter = null, TimeSpan? usageEvery = null, TimeSpan? startPatience = null)
    {
        var squad = new SquadCluster(quota, capacity, nodes, lostAfter ?? TimeSpan.FromMinutes(10), usageEvery ?? TimeSpan.FromSeconds(15), startPatience ?? TimeSpan.FromMinutes(1));
        await squad.cluster.DeployAsync();
        return squad;
    }

    public ISessionGrain Session(string id) => Grains.GetGrain<ISessionGrain>(id);

    public Task<Result<SessionInfo>> StartSessionAsync(string id, string owner = "u-ann") => Session(id).Start(new StartSession(
        owner, "ann", "ann/demo", "A title", "main", "command", "true", EngineMode.Pipe, null,
        System.Collections.Immutable.ImmutableDictionary<string, string>.Empty, null, null));

    /// <summary>Says what Keeper would: one event.</summary>
    /// <returns>The number of the last event that the session has taken.</returns>
    public async Task<long> KeeperSaysAsync(string id, long number, string type, string data = "{}")
    {
        var taken = await KeeperSaysAsync(id, AttemptOf(id), number, type, data);
        Assert.Null(taken.Error);
        return taken.Value;
    }

    /// <summary>Says what the Keeper of one attempt would: one event.</summary>
    public Task<Result<long>> KeeperSaysAsync(string id, SandboxAttempt attempt, long number, string type, string data = "{}") => Session(id).Append(
        new KeeperEvents(
            number, 1, System.Text.Encoding.UTF8.GetBytes($"{{\"n\":{number},\"at\":\"2026-11-22T02:10:00.123Z\",\"type\":\"{type}\",\"data\":{data}}}\n"),
            type == "engine.output" ? [] : [new KeeperNews(number, type, data)]),
        attempt);

    /// <summary>What the session's sandbox was made for; also of one that is gone by now, if it was asked for before.</summary>
    public SandboxAttempt AttemptOf(string id)
    {
        if (Engine.Sandboxes.TryGetValue(id, out var sandbox))
        {
            attempts[id] = new SandboxAttempt(
                sandbox.Spec.Labels[SandboxLabels.Node], long.Parse(sandbox.Spec.Labels[SandboxLabels.Attempt], System.Globalization.CultureInfo.InvariantCulture));
        }

        return attempts[id];
    }

    /// <summary>The number of the last event of Keeper that the session has taken.</summary>
    public async Task<long> MarkAsync(string id) => (await Session(id).Mark(AttemptOf(id))).Value;

    public async Task<SessionInfo> ReachesAsync(string id, SessionState state)
    {
        SessionInfo? session = null;
        await Eventually.Async($"session {id} is {state}", Patience, async () => (session = await Session(id).Get())?.State == state);
        return session!;
    }

    /// <summary>The types of a stream's events, in order; states with where they lead.</summary>
    public async Task<List<string>> EventsAsync(string stream)
    {
        var found = new List<string>();
        foreach (var batch in await Log.ReadAsync(stream, 0, int.MaxValue))
        {
            foreach (var line in System.Text.Encoding.UTF8.GetString(batch.Body.Span).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                using var json = System.Text.Json.JsonDocument.Parse(line);
                Assert.Equal(found.Count + 1, json.RootElement.GetProperty("seq").GetInt64());
                var type = json.RootElement.GetProperty("type").GetString()!;
                found.Add(type == "session.state" ? $"state:{json.RootElement.GetProperty("data").GetProperty("to").GetString()}" : type);
            }
        }

        return found;
    }

    public async ValueTask DisposeAsync()
    {
        await cluster.DisposeAsync();
        Directory.Delete(data, recursive: true);
    }

    /// <summary>Lists what the test says; the rest is asked of the table.</summary>
    private sealed class ToldSessions(List<LiveSession> live, LiveSessions table) : ILiveSessions
    {
        public Task<IReadOnlyList<LiveSession>> ListAsync(CancellationToken cancellation) => Task.FromResult<IReadOnlyList<LiveSession>>([.. live]);

        public Task<IReadOnlyDictionary<string, bool>> AreLiveAsync(IReadOnlyCollection<string> sessionIds, CancellationToken cancellation) =>
            table.AreLiveAsync(sessionIds, cancellation);

        public Task<bool> WasOnAsync(string sessionId, string node, CancellationToken cancellation) => Task.FromResult(live.Exists(s => s.Id == sessionId && s.Node == node));
    }
}
