using Squad.Grains.Sessions;

namespace Squad.Simulation;

/// <summary>The table of sessions, as <see cref="LiveSessions"/> reads it.</summary>
internal sealed class SimulatedLiveSessions(SimulatedWorld world) : ILiveSessions
{
    public Task<IReadOnlyList<LiveSession>> ListAsync(CancellationToken cancellation) => world.Database.AskAsync<IReadOnlyList<LiveSession>>(
        "list live sessions",
        writes: false,
        () => [.. world.Database.Sessions.Where(s => s.Owes || !SessionLifecycle.IsFinal(s.State)).Select(s => new LiveSession(s.Id, s.Node, s.Attempt, s.Owes))]);

    public Task<bool> WasOnAsync(string sessionId, string node, CancellationToken cancellation) =>
        world.Database.AskAsync($"look for session {sessionId}", writes: false, () => world.Database.Session(sessionId)?.Node == node);
}
