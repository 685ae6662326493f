using System.Collections.Immutable;
using Orleans;
using Orleans.Runtime;
using Squad.Cluster;
using Squad.Grains.State;
using Squad.Sessions;

namespace Squad.Grains.Cluster;

/// <summary>The shell around <see cref="SchedulerRules"/>. Grants are sent one-way: the session may be in a call to this grain at that moment.</summary>
[GrainType("scheduler")]
public sealed class SchedulerGrain([PersistentState("scheduler")] IPersistentState<SchedulerRecord> record) : Grain, ISchedulerGrain
{
    public async Task NodeUp(string node, int capacity, ImmutableArray<string> running)
    {
        SchedulerRules.NodeUp(record.State, node, capacity, running);
        await SaveAndGrantAsync();
    }

    public async Task NodeDown(string node)
    {
        SchedulerRules.NodeDown(record.State, node);
        await record.SaveAsync();
    }

    public async Task<string?> Place(string sessionId, string ownerId)
    {
        var node = SchedulerRules.Place(record.State, sessionId, ownerId);
        await record.SaveAsync();
        return node;
    }

    public async Task Release(string sessionId)
    {
        if (SchedulerRules.Release(record.State, sessionId))
            await SaveAndGrantAsync();
    }

    private async Task SaveAndGrantAsync()
    {
        var grants = SchedulerRules.Grant(record.State);
        await record.SaveAsync();
        foreach (var (sessionId, node) in grants)
            await GrainFactory.GetGrain<ISessionGrain>(sessionId).Placed(node);
    }
}
