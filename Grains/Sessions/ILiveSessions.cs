namespace Squad.Grains.Sessions;

/// <summary>Which sessions have not ended, read from their table.</summary>
public interface ILiveSessions
{
    Task<IReadOnlyList<LiveSession>> ListAsync(CancellationToken cancellation);

    /// <summary>Those of the sessions that exist and have ended.</summary>
    Task<IReadOnlyList<string>> EndedAsync(IReadOnlyCollection<string> sessionIds, CancellationToken cancellation);

    /// <summary>Whether the session exists at all, ended or not.</summary>
    Task<bool> ExistsAsync(string sessionId, CancellationToken cancellation);
}

/// <param name="Node">Null while it waits.</param>
public sealed record LiveSession(string Id, string? Node);
