using Squad.Grains.Sessions;

namespace Squad.Simulation;

/// <summary>Sandboxes against sessions and nodes.</summary>
internal sealed class SandboxInvariants(SimulatedWorld world, Invariants invariants)
{
    /// <summary>A sandbox was started on this node.</summary>
    public void Started(SimulatedNode node)
    {
        var running = node.Sandboxes.Values.Count(s => s.IsAlive);
        if (running > node.Capacity)
            invariants.Break("no node over its capacity", $"{running} sandboxes run on {node.Name}, which has room for {node.Capacity}: {string.Join(", ", node.Sandboxes.Values.Where(s => s.IsAlive).Select(s => s.Session))}");
        // One that is left on a node that was away is removed when the node is back; the session knows of the other.
        var twice = world.Nodes.SelectMany(n => n.Sandboxes.Values.Where(s => s.IsAlive && world.Database.Session(s.Session)?.Node == n.Name)).GroupBy(s => s.Session).FirstOrDefault(g => g.Count() > 1);
        if (twice is not null)
            invariants.Break("one sandbox per session", $"{twice.Key} has {string.Join(" and ", twice.Select(s => s.Ref.Id))}");
    }

    /// <summary>When all is quiet and every session has ended: nothing is left of their sandboxes.</summary>
    public void CheckNoneLeft()
    {
        foreach (var sandbox in world.Nodes.SelectMany(n => n.Sandboxes.Values))
        {
            var state = world.Database.Session(sandbox.Session)?.State;
            if (state is null || SessionLifecycle.IsFinal(state.Value))
                invariants.Break("no sandbox without owner", $"sandbox {sandbox.Ref.Id} ({sandbox.Phase}) is left of session {sandbox.Session}, which is {state?.ToString() ?? "not there"}");
        }
    }
}
