using Microsoft.EntityFrameworkCore;

namespace Squad.Platform.Storage;

public static class SquadDbExtensions
{
    /// <summary>
    /// Runs <paramref name="work"/> on a fresh context in one transaction and commits it: for more than one statement, and for
    /// <c>ExecuteUpdateAsync</c> and <c>ExecuteDeleteAsync</c>, which <see cref="SquadDb.SaveChangesAsync(bool, CancellationToken)"/> does not cover.
    /// On SQLite other writers wait meanwhile: await nothing but the database in it.
    /// </summary>
    public static async Task<T> WriteAsync<T>(
        this IDbContextFactory<SquadDb> factory, Func<SquadDb, CancellationToken, Task<T>> work, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(factory);
        ArgumentNullException.ThrowIfNull(work);
        await using var db = await factory.CreateDbContextAsync(cancellation);
        using var pass = db.Gate is { } gate ? await gate.EnterAsync(cancellation) : default;
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var result = await work(db, cancellation);
        await transaction.CommitAsync(cancellation);
        return result;
    }

    /// <inheritdoc cref="WriteAsync{T}"/>
    public static Task WriteAsync(this IDbContextFactory<SquadDb> factory, Func<SquadDb, CancellationToken, Task> work, CancellationToken cancellation = default) =>
        factory.WriteAsync(
            async (db, token) =>
            {
                await work(db, token);
                return true;
            },
            cancellation);
}
