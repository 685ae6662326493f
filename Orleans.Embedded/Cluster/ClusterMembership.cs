using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace Orleans.Runtime;

/// <summary>
/// The members of one cluster, as one object that all its silos share. Algorithm: the last snapshot with a signal that
/// it is no longer the last, so that any number of readers follow at their own pace. Safe from any thread.
/// </summary>
internal sealed class ClusterMembership : IClusterMembershipService
{
    private readonly Lock _changing = new();
    private volatile Entry _last;

    public ClusterMembership(ITurnScheduler scheduler) => _last = new Entry(
        new ClusterMembershipSnapshot(ImmutableDictionary<SiloAddress, ClusterMember>.Empty, new MembershipVersion(0)), scheduler);

    public ClusterMembershipSnapshot CurrentSnapshot => _last.Snapshot;
    public IAsyncEnumerable<ClusterMembershipSnapshot> MembershipUpdates => Follow();

    /// <summary>How a silo is declared dead that has not said so itself.</summary>
    public Func<SiloAddress, bool>? Killing { get; set; }

    /// <summary>Notes a silo's status. One that is Dead stays so, and makes room when a silo of its name joins.</summary>
    public void Set(SiloAddress address, string name, SiloStatus status)
    {
        Entry before, next;
        lock (_changing)
        {
            before = _last;
            var members = before.Snapshot.Members;
            if (members.TryGetValue(address, out var known) && (known.Status == status || known.Status == SiloStatus.Dead)) return;
            if (known is null)
                members = members.RemoveRange(members.Values.Where(m => m.Name == name && m.Status == SiloStatus.Dead).Select(m => m.SiloAddress));
            next = new Entry(new ClusterMembershipSnapshot(members.SetItem(address, new ClusterMember(address, status, name)),
                new MembershipVersion(before.Snapshot.Version.Value + 1)), before.Scheduler);
            _last = next;
        }
        before.Signal.SetResult();
    }

    /// <summary>The silos that are Active, in the order of their addresses.</summary>
    public SiloAddress[] Active() =>
        [.. CurrentSnapshot.Members.Values.Where(m => m.Status == SiloStatus.Active).Select(m => m.SiloAddress).Order()];

    public ValueTask Refresh(MembershipVersion minimumVersion = default, CancellationToken cancellationToken = default) => default;
    public Task<bool> TryKill(SiloAddress siloAddress) => Task.FromResult(Killing?.Invoke(siloAddress) ?? false);

    private async IAsyncEnumerable<ClusterMembershipSnapshot> Follow([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var entry = _last;
        while (true)
        {
            yield return entry.Snapshot;
            await entry.Signal.Task.WaitAsync(cancellationToken);
            entry = _last;
        }
    }

    private sealed class Entry(ClusterMembershipSnapshot snapshot, ITurnScheduler scheduler)
    {
        public ClusterMembershipSnapshot Snapshot => snapshot;
        public ITurnScheduler Scheduler => scheduler;
        public TaskCompletionSource Signal { get; } = new(scheduler.Completion);
    }
}
