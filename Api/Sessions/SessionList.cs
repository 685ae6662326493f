using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Squad.Platform;
using Squad.Platform.Accounts;
using Squad.Platform.Storage;
using Squad.Sessions;

namespace Squad.Api.Sessions;

/// <summary>Reads lists of sessions from their table. A row's JSON is the grain's state, which has the members of <see cref="SessionView"/>.</summary>
public sealed class SessionList(IDbContextFactory<SquadDb> databases)
{
    /// <summary>The user's sessions, newest first; an administrator's list is everybody's.</summary>
    /// <param name="state">One or several states, separated by commas; null for all.</param>
    public async Task<Result<Page<SessionView>>> ReadAsync(
        UserIdentity user, string? state, string? repo, string? cursor, int limit, CancellationToken cancellation)
    {
        var from = PageCursor.Parse(cursor, limit);
        if (!from.IsOk)
            return from.Error;
        var states = state?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (states?.FirstOrDefault(s => !Names.Contains(s)) is { } unknown)
            return SquadError.Invalid(new FieldError("state", "unknown", $"There is no state '{unknown}'. States are {string.Join(", ", Names)}."));
        var (at, id) = from.Value;
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var query = db.Sessions.AsNoTracking().Where(s => user.IsAdmin || s.OwnerId == user.Id);
        if (states is not null)
            query = query.Where(s => states.Contains(s.State));
        if (repo is not null)
            query = query.Where(s => s.Repo == repo);
        var rows = await query
            .Where(s => s.CreatedAt < at || (s.CreatedAt == at && string.Compare(s.Id, id) < 0))
            .OrderByDescending(s => s.CreatedAt).ThenByDescending(s => s.Id)
            .Take(limit + 1)
            .ToListAsync(cancellation);
        var items = rows.Take(limit).Select(s => JsonSerializer.Deserialize<SessionView>(s.Data, SquadJson.Options)!).ToList();
        return new Page<SessionView>(items, rows.Count > limit ? new PageCursor(rows[limit - 1].CreatedAt, rows[limit - 1].Id).ToString() : null);
    }

    private static readonly string[] Names = [.. Enum.GetNames<SessionState>().Select(JsonNamingPolicy.CamelCase.ConvertName)];
}
