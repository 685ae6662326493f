using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Runtime;
using Squad.Cluster;
using Squad.Grains.State;
using Squad.Sessions;

namespace Squad.Grains.Cluster;

/// <summary>The shell around <see cref="SchedulerRules"/>. Sessions are told one-way: one may be in a call to this grain at that moment.</summary>
[GrainType("scheduler")]
public sealed partial class SchedulerGrain(
    [PersistentState("scheduler")] IPersistentState<SchedulerRecord> record,
    IClusterMembershipService membership,
    IOptions<NodeOptions> options,
    TimeProvider time,
    ILogger<SchedulerGrain> logger) : Grain, ISchedulerGrain
{
    public async Task NodeUp(string node, int capacity)
    {
        SchedulerRules.NodeUp(record.State, node, capacity);
        await SaveAndGrantAsync();
    }

    public async Task NodeDown(string node)
    {
        SchedulerRules.NodeDown(record.State, node);
        await record.SaveAsync(this);
    }

    public async Task<string?> Place(string sessionId, string ownerId)
    {
        var node = SchedulerRules.Place(record.State, sessionId, ownerId);
        await record.SaveAsync(this);
        return node;
    }

    public async Task Release(string sessionId)
    {
        if (SchedulerRules.Release(record.State, sessionId))
            await SaveAndGrantAsync();
    }

    public async Task Survey()
    {
        // The membership itself is asked, and not whoever calls: what that silo knows may be old, and the node be back since.
        await membership.Refresh(default, CancellationToken.None);
        var survey = SchedulerRules.Survey(record.State, Nodes.Present(membership.CurrentSnapshot), time.GetUtcNow(), options.Value.LostAfter);
        if (survey.Changed)
            await record.SaveAsync(this);
        foreach (var left in survey.Left)
        {
            LogLeftBehind(left.SessionId, left.Node, left.ForGood);
            await GrainFactory.GetGrain<ISessionGrain>(left.SessionId).NodeLeft(left.Node, left.ForGood);
        }
    }
    public Task<SchedulerSnapshot> Snapshot() => Task.FromResult(new SchedulerSnapshot(
        [.. record.State.Nodes.OrderBy(node => node.Key, StringComparer.Ordinal).Select(node => new NodeStatus(node.Key, node.Value.Up, node.Value.Capacity, [.. node.Value.Running]))],
        [.. record.State.Waiting.Select(waiting => waiting.SessionId)]));

    private async Task SaveAndGrantAsync()
    {
        var grants = SchedulerRules.Grant(record.State);
        await record.SaveAsync(this);
        foreach (var (sessionId, node) in grants)
            await GrainFactory.GetGrain<ISessionGrain>(sessionId).Placed(node);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Session {Session}: its node {Node} is not in the cluster, for good: {ForGood}")]
    private partial void LogLeftBehind(string session, string node, bool forGood);
}
