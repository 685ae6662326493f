namespace Squad.Grains.Cluster;

/// <summary>
/// Who runs where, as pure rules over <see cref="SchedulerRecord"/>. Waiting sessions form one line per owner, and the lines are served in turn, so no owner's crowd holds up another.
/// Invariants: a session is either running on one node, or waiting once, or unknown; no node runs more than its capacity by this scheduler's grants.
/// </summary>
public static class SchedulerRules
{
    /// <summary>The node with the most room, or null when none has any.</summary>
    public static string? Choose(SchedulerRecord state)
    {
        string? best = null;
        var most = 0;
        foreach (var (name, node) in state.Nodes)
        {
            var room = node.Up ? node.Capacity - node.Running.Count : 0;
            if (room > most || (room == most && room > 0 && string.CompareOrdinal(name, best) < 0))
                (best, most) = (name, room);
        }

        return best;
    }

    /// <summary>Places the session, or lets it wait. A session that is placed or waits keeps what it has.</summary>
    public static string? Place(SchedulerRecord state, string sessionId, string ownerId)
    {
        if (NodeOf(state, sessionId) is { } known)
            return known;
        if (state.Waiting.Any(w => w.SessionId == sessionId))
            return null;
        // Nobody overtakes: while others wait there is no room.
        if (state.Waiting.Count == 0 && Choose(state) is { } node)
        {
            state.Nodes[node].Running.Add(sessionId);
            return node;
        }

        state.Waiting.Add(new Waiting(sessionId, ownerId));
        return null;
    }

    /// <summary>Takes the session out, wherever it is. False when it was nowhere.</summary>
    public static bool Release(SchedulerRecord state, string sessionId)
    {
        var found = state.Waiting.RemoveAll(w => w.SessionId == sessionId) > 0;
        foreach (var node in state.Nodes.Values)
            found |= node.Running.Remove(sessionId);
        return found;
    }

    /// <summary>Gives free room to waiting sessions, owners in turn.</summary>
    public static List<(string SessionId, string Node)> Grant(SchedulerRecord state)
    {
        var grants = new List<(string, string)>();
        while (state.Waiting.Count > 0 && Choose(state) is { } node)
        {
            var next = Next(state);
            state.Waiting.Remove(next);
            state.LastOwner = next.OwnerId;
            state.Nodes[node].Running.Add(next.SessionId);
            grants.Add((next.SessionId, node));
        }

        return grants;
    }

    /// <summary>What was placed there before keeps its place: each session gives its own back.</summary>
    public static void NodeUp(SchedulerRecord state, string node, int capacity)
    {
        if (!state.Nodes.TryGetValue(node, out var known))
            state.Nodes.Add(node, known = new NodeRecord());
        (known.Up, known.Capacity, known.LeftAt) = (true, capacity, null);
    }

    public static void NodeDown(SchedulerRecord state, string node)
    {
        if (state.Nodes.TryGetValue(node, out var known))
            known.Up = false;
    }

    /// <summary>
    /// Compares what is known with the nodes that are in the cluster. Nothing is placed on one that left; who was placed there is told, each time, until the place is given
    /// back: after <paramref name="lostAfter"/> that the node is gone for good. A node that is back opens when it says itself what runs there (<see cref="NodeUp"/>).
    /// </summary>
    public static Survey Survey(SchedulerRecord state, IReadOnlySet<string> present, DateTimeOffset now, TimeSpan lostAfter)
    {
        var changed = false;
        var left = new List<LeftBehind>();
        foreach (var (name, node) in state.Nodes.OrderBy(n => n.Key, StringComparer.Ordinal).ToList())
        {
            if (present.Contains(name))
            {
                changed |= node.LeftAt is not null;
                node.LeftAt = null;
                continue;
            }

            changed |= node.LeftAt is null;
            node.LeftAt ??= now;
            node.Up = false;
            var forGood = now - node.LeftAt >= lostAfter;
            left.AddRange(node.Running.Order(StringComparer.Ordinal).Select(session => new LeftBehind(session, name, forGood)));
            if (forGood && node.Running.Count == 0)
                changed |= state.Nodes.Remove(name);
        }

        return new Survey(changed, left);
    }

    /// <summary>The longest waiting session of the owner that comes after the one served last, owners ordered by id.</summary>
    private static Waiting Next(SchedulerRecord state)
    {
        var owners = state.Waiting.Select(w => w.OwnerId).Distinct().ToList();
        owners.Sort(StringComparer.Ordinal);
        var owner = owners.Find(o => string.CompareOrdinal(o, state.LastOwner) > 0) ?? owners[0];
        return state.Waiting.First(w => w.OwnerId == owner);
    }

    private static string? NodeOf(SchedulerRecord state, string sessionId)
    {
        foreach (var (name, node) in state.Nodes)
        {
            if (node.Running.Contains(sessionId))
                return name;
        }

        return null;
    }
}

/// <summary>What a look at the cluster has found.</summary>
/// <param name="Changed">The record is to be written.</param>
public sealed record Survey(bool Changed, IReadOnlyList<LeftBehind> Left);

/// <summary>A session whose node is not in the cluster.</summary>
public readonly record struct LeftBehind(string SessionId, string Node, bool ForGood);
