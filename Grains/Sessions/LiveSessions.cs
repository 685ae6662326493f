using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Squad.Platform.Storage;
using Squad.Sessions;

namespace Squad.Grains.Sessions;

/// <summary>Reads the table <c>sessions</c>.</summary>
public sealed class LiveSessions(IDbContextFactory<SquadDb> databases) : ILiveSessions
{
    private static readonly string[] Final =
        [.. Enum.GetValues<SessionState>().Where(SessionLifecycle.IsFinal).Select(s => JsonNamingPolicy.CamelCase.ConvertName(s.ToString()))];

    public async Task<IReadOnlyList<LiveSession>> ListAsync(CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await db.Sessions.AsNoTracking().Where(s => s.Owes || !Final.Contains(s.State)).Select(s => new LiveSession(s.Id, s.Node, s.Attempt, s.Owes))
            .ToListAsync(cancellation);
    }

    public async Task<IReadOnlyDictionary<string, bool>> AreLiveAsync(IReadOnlyCollection<string> sessionIds, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await db.Sessions.AsNoTracking().Where(s => sessionIds.Contains(s.Id)).ToDictionaryAsync(s => s.Id, s => !Final.Contains(s.State), cancellation);
    }

    public async Task<bool> WasOnAsync(string sessionId, string node, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await db.Sessions.AnyAsync(s => s.Id == sessionId && s.Node == node, cancellation);
    }
}
