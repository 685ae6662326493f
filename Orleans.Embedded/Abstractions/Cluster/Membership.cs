using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Orleans.Runtime;

/// <summary>Where a silo is in its life. A silo that is Dead never comes back: its next start has another generation.</summary>
public enum SiloStatus
{
    None = 0,
    Created = 1,
    Joining = 2,
    Active = 3,
    ShuttingDown = 4,
    Stopping = 5,
    Dead = 6,
}

public static class SiloStatusExtensions
{
    /// <summary>The silo is leaving or gone.</summary>
    public static bool IsTerminating(this SiloStatus siloStatus) =>
        siloStatus is SiloStatus.ShuttingDown or SiloStatus.Stopping or SiloStatus.Dead;
}

/// <summary>Counts the changes of a cluster's membership.</summary>
public readonly struct MembershipVersion : IComparable<MembershipVersion>, IEquatable<MembershipVersion>
{
    public MembershipVersion(long version) => Value = version;

    public static MembershipVersion MinValue => new(long.MinValue);
    public long Value { get; init; }

    public int CompareTo(MembershipVersion other) => Value.CompareTo(other.Value);
    public bool Equals(MembershipVersion other) => Value == other.Value;
    public override bool Equals([NotNullWhen(true)] object? obj) => obj is MembershipVersion other && Equals(other);
    public override int GetHashCode() => Value.GetHashCode();
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);

    public static bool operator ==(MembershipVersion left, MembershipVersion right) => left.Value == right.Value;
    public static bool operator !=(MembershipVersion left, MembershipVersion right) => left.Value != right.Value;
    public static bool operator >(MembershipVersion left, MembershipVersion right) => left.Value > right.Value;
    public static bool operator <(MembershipVersion left, MembershipVersion right) => left.Value < right.Value;
    public static bool operator >=(MembershipVersion left, MembershipVersion right) => left.Value >= right.Value;
    public static bool operator <=(MembershipVersion left, MembershipVersion right) => left.Value <= right.Value;
}

/// <summary>One silo of a cluster, as its membership knows it. Immutable.</summary>
public sealed class ClusterMember : IEquatable<ClusterMember>
{
    public ClusterMember(SiloAddress siloAddress, SiloStatus status, string name)
    {
        ArgumentNullException.ThrowIfNull(siloAddress);
        SiloAddress = siloAddress;
        Status = status;
        Name = name;
    }

    public SiloAddress SiloAddress { get; }
    public SiloStatus Status { get; }
    public string Name { get; }

    public bool Equals(ClusterMember? other) =>
        other is not null && SiloAddress.Equals(other.SiloAddress) && Status == other.Status && Name == other.Name;

    public override bool Equals(object? obj) => Equals(obj as ClusterMember);
    public override int GetHashCode() => SiloAddress.GetHashCode();
    public override string ToString() => $"{Name} {SiloAddress} {Status}";
}

/// <summary>The members of a cluster at one version. Immutable.</summary>
public sealed class ClusterMembershipSnapshot
{
    public ClusterMembershipSnapshot(ImmutableDictionary<SiloAddress, ClusterMember> members, MembershipVersion version)
    {
        Members = members;
        Version = version;
    }

    /// <summary>All that are known, also those that are Dead.</summary>
    public ImmutableDictionary<SiloAddress, ClusterMember> Members { get; }
    public MembershipVersion Version { get; }

    public SiloStatus GetSiloStatus(SiloAddress silo) => GetSiloStatus(silo, MembershipVersion.MinValue);

    /// <summary>The silo's status. One that is not known is Dead if a later life at the same endpoint is, or if it was seen at <paramref name="seenAtVersion"/>.</summary>
    public SiloStatus GetSiloStatus(SiloAddress silo, MembershipVersion seenAtVersion)
    {
        if (Members.TryGetValue(silo, out var member)) return member.Status;
        var replaced = Members.Values.Any(m => m.SiloAddress.Endpoint.Equals(silo.Endpoint) && m.SiloAddress.Generation > silo.Generation);
        return replaced || (seenAtVersion > MembershipVersion.MinValue && seenAtVersion < Version) ? SiloStatus.Dead : SiloStatus.None;
    }

    /// <summary>Everything here as news.</summary>
    public ClusterMembershipUpdate AsUpdate() => new(this, [.. Members.Values]);

    /// <summary>What is news here to somebody who knows <paramref name="previous"/>; members that are no longer listed are Dead.</summary>
    public ClusterMembershipUpdate CreateUpdate(ClusterMembershipSnapshot previous)
    {
        ArgumentNullException.ThrowIfNull(previous);
        var changes = ImmutableArray.CreateBuilder<ClusterMember>();
        foreach (var member in Members.Values)
        {
            if (!previous.Members.TryGetValue(member.SiloAddress, out var known) || known.Status != member.Status) changes.Add(member);
        }
        foreach (var member in previous.Members.Values)
        {
            if (!Members.ContainsKey(member.SiloAddress) && member.Status != SiloStatus.Dead)
                changes.Add(new ClusterMember(member.SiloAddress, SiloStatus.Dead, member.Name));
        }
        return new ClusterMembershipUpdate(this, changes.ToImmutable());
    }

    public override string ToString() => $"[{Version}: {string.Join(", ", Members.Values)}]";
}

/// <summary>A snapshot and what changed to become it.</summary>
public sealed class ClusterMembershipUpdate
{
    public ClusterMembershipUpdate(ClusterMembershipSnapshot snapshot, ImmutableArray<ClusterMember> changes)
    {
        Snapshot = snapshot;
        Changes = changes;
    }

    public bool HasChanges => !Changes.IsDefaultOrEmpty;
    public ImmutableArray<ClusterMember> Changes { get; }
    public ClusterMembershipSnapshot Snapshot { get; }
}

/// <summary>Who is in the cluster. Safe from any thread.</summary>
public interface IClusterMembershipService
{
    ClusterMembershipSnapshot CurrentSnapshot { get; }

    /// <summary>The current snapshot, then each later one that the reader is in time for; the last one is never missed. Ends with the reader's token.</summary>
    IAsyncEnumerable<ClusterMembershipSnapshot> MembershipUpdates { get; }

    ValueTask Refresh(MembershipVersion minimumVersion = default, CancellationToken cancellationToken = default);

    /// <summary>Declares a silo dead. False: it is not a member.</summary>
    Task<bool> TryKill(SiloAddress siloAddress);
}
