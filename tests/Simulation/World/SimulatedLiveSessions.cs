using Squad.Grains.Sessions;

namespace Squad.Simulation;

/// <summary>The table of sessions, as <see cref="LiveSessions"/> reads it.</summary>
internal sealed class SimulatedLiveSessions(SimulatedWorld world) : ILiveSessions
{
    public Task<IReadOnlyList<LiveSession>> ListAsync(CancellationToken cancellation) => world.Database.AskAsync<IReadOnlyList<LiveSession>>(
        "list live sessions",
        writes: false,
        () => [.. world.Database.Sessions.Where(s => s.Owes || !SessionLifecycle.IsFinal(s.State)).Select(s => new LiveSession(s.Id, s.Node, s.Attempt, s.Owes))]);

    public Task<IReadOnlyDictionary<string, bool>> AreLiveAsync(IReadOnlyCollection<string> sessionIds, CancellationToken cancellation) =>
        world.Database.AskAsync<IReadOnlyDictionary<string, bool>>(
            "look for live sessions",
            writes: false,
            () => world.Database.Sessions.Where(s => sessionIds.Contains(s.Id)).ToDictionary(s => s.Id, s => !SessionLifecycle.IsFinal(s.State)));

    public Task<bool> WasOnAsync(string sessionId, string node, CancellationToken cancellation) =>
        world.Database.AskAsync($"look for session {sessionId}", writes: false, () => world.Database.Session(sessionId)?.Node == node);
}
