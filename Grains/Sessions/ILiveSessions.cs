namespace Squad.Grains.Sessions;

/// <summary>Which sessions there is something to do for, read from their table.</summary>
public interface ILiveSessions
{
    /// <summary>Those that have not ended, and those that have but still owe something.</summary>
    Task<IReadOnlyList<LiveSession>> ListAsync(CancellationToken cancellation);

    /// <summary>Whether the session exists at all, ended or not.</summary>
    Task<bool> ExistsAsync(string sessionId, CancellationToken cancellation);
}

/// <param name="Node">Null while it waits.</param>
/// <param name="Owes">It has ended or is being deleted, and not all of what follows from that was done.</param>
public sealed record LiveSession(string Id, string? Node, bool Owes = false);
