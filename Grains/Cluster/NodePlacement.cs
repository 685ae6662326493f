using Orleans.Placement;
using Orleans.Runtime;
using Orleans.Runtime.Placement;

namespace Squad.Grains.Cluster;

/// <summary>A grain lives on the silo whose name is its key, and nowhere else.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class NodePlacementAttribute() : PlacementAttribute(new NodePlacement());

/// <summary>See <see cref="NodePlacementAttribute"/>.</summary>
public sealed class NodePlacement : PlacementStrategy;

/// <summary>Finds the silo of a node's name among those that are active.</summary>
public sealed class NodePlacementDirector(IClusterMembershipService membership) : IPlacementDirector
{
    /// <exception cref="SiloUnavailableException">No active silo has the node's name: the call that needed it fails with this.</exception>
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var node = target.GrainIdentity.Key.ToString()!;
        var silo = Nodes.SiloOf(membership.CurrentSnapshot, node)
            ?? throw new SiloUnavailableException($"Node '{node}' is not in the cluster.");
        return Task.FromResult(silo);
    }
}

/// <summary>Nodes as the cluster's membership has them: a node is there while a silo of its name is active.</summary>
internal static class Nodes
{
    /// <summary>The latest life of the silo, should an earlier one not be known to be dead yet.</summary>
    public static SiloAddress? SiloOf(ClusterMembershipSnapshot members, string node) =>
        members.Members.Values.Where(m => m.Status == SiloStatus.Active && m.Name == node).MaxBy(m => m.SiloAddress.Generation)?.SiloAddress;

    public static HashSet<string> Present(ClusterMembershipSnapshot members) =>
        [.. members.Members.Values.Where(m => m.Status == SiloStatus.Active).Select(m => m.Name)];
}
