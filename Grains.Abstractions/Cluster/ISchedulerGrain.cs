using Orleans;
using Orleans.Concurrency;

namespace Squad.Cluster;

/// <summary>
/// Decides which node runs a session; one grain, key <c>default</c>. Waiting sessions are served in turn over their owners, so that one user's hundred do not hold up another's one.
/// </summary>
[Alias("squad.scheduler-grain")]
public interface ISchedulerGrain : IGrainWithStringKey
{
    /// <summary>A node is there with room for so many sandboxes. Sessions that were placed there before keep their places until they give them back.</summary>
    [Alias("node-up")]
    Task NodeUp(string node, int capacity);

    /// <summary>A node leaves: nothing is placed there until it is up again.</summary>
    [Alias("node-down")]
    Task NodeDown(string node);

    /// <summary>Looks which nodes are in the cluster, and tells sessions whose node is not. Idempotent; asked for after each change of the membership and every minute.</summary>
    [Alias("survey")]
    Task Survey();

    /// <summary>Asks for a place. Idempotent for a session.</summary>
    /// <returns>The node, or null: the session waits and <see cref="Sessions.ISessionGrain.Placed"/> will be called.</returns>
    [Alias("place")]
    Task<string?> Place(string sessionId, string ownerId);

    /// <summary>Gives the place, or the place in the waiting list, back. Idempotent.</summary>
    [Alias("release")]
    Task Release(string sessionId);

    /// <summary>Who runs where and who waits, as it is now.</summary>
    [Alias("snapshot"), ReadOnly]
    Task<SchedulerSnapshot> Snapshot();
}
