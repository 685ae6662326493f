namespace Squad.Grains.Sessions;

/// <summary>Which sessions there is something to do for, read from their table.</summary>
public interface ILiveSessions
{
    /// <summary>Those that have not ended, and those that have but still owe something.</summary>
    Task<IReadOnlyList<LiveSession>> ListAsync(CancellationToken cancellation);

    /// <summary>Of these sessions the ones that exist, each with whether it has yet to end.</summary>
    Task<IReadOnlyDictionary<string, bool>> AreLiveAsync(IReadOnlyCollection<string> sessionIds, CancellationToken cancellation);

    /// <summary>Whether the session exists, ended or not, and was on this node last: what it left there is its user's.</summary>
    Task<bool> WasOnAsync(string sessionId, string node, CancellationToken cancellation);
}

/// <param name="Node">Null while it waits.</param>
/// <param name="Attempt">Number of the attempt that was placed last.</param>
/// <param name="Owes">It has ended or is being deleted, and not all of what follows from that was done.</param>
public sealed record LiveSession(string Id, string? Node, long Attempt, bool Owes = false);
