namespace Squad.Grains.Cluster;

/// <summary>The persisted state of the scheduler.</summary>
public sealed class SchedulerRecord
{
    public Dictionary<string, NodeRecord> Nodes { get; set; } = [];

    /// <summary>In order of arrival.</summary>
    public List<Waiting> Waiting { get; set; } = [];

    /// <summary>Whose session was granted last; the next owner in turn follows it.</summary>
    public string? LastOwner { get; set; }
}

public sealed class NodeRecord
{
    public bool Up { get; set; }

    /// <summary>Sandboxes at most.</summary>
    public int Capacity { get; set; }

    /// <summary>When it was noticed that the node is not in the cluster any more; null while it is there.</summary>
    public DateTimeOffset? LeftAt { get; set; }

    /// <summary>Ids of the sessions placed here.</summary>
    public HashSet<string> Running { get; set; } = [];
}

public sealed record Waiting(string SessionId, string OwnerId);
