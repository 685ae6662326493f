using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Squad.Platform;
using Squad.Platform.Accounts;
using Squad.Platform.Storage;
using Squad.Repositories;

namespace Squad.Api.Repositories;

/// <summary>Reads lists of repositories from their table. A row's JSON is the grain's state, which has the members of <see cref="RepositoryInfo"/>.</summary>
public sealed class RepositoryList(IDbContextFactory<SquadDb> databases)
{
    /// <summary>What the user may read, newest first.</summary>
    public async Task<Result<Page<RepositoryView>>> ReadAsync(UserIdentity user, HttpRequest request, string? cursor, int limit, CancellationToken cancellation)
    {
        var from = PageCursor.Parse(cursor, limit);
        if (!from.IsOk)
            return from.Error;
        var (at, id) = from.Value;
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var rows = await db.Repositories.AsNoTracking()
            .Where(r => user.IsAdmin || r.OwnerId == user.Id || !r.Private)
            .Where(r => r.CreatedAt < at || (r.CreatedAt == at && string.Compare(r.Id, id) < 0))
            .OrderByDescending(r => r.CreatedAt).ThenByDescending(r => r.Id)
            .Take(limit + 1)
            .ToListAsync(cancellation);
        var items = rows.Take(limit).Select(r => RepositoryView.Of(JsonSerializer.Deserialize<RepositoryInfo>(r.Data, SquadJson.Options)!, request)).ToList();
        return new Page<RepositoryView>(items, rows.Count > limit ? new PageCursor(rows[limit - 1].CreatedAt, rows[limit - 1].Id).ToString() : null);
    }
}
