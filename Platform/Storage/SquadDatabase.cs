using System.Data.Common;
using Microsoft.EntityFrameworkCore;

namespace Squad.Platform.Storage;

/// <summary>
/// The database as connections, for what is not a LINQ query: grain state, the event log, migrations. One per process.
/// Every write of the process goes through <see cref="WriteAsync"/> or through <see cref="SquadDb"/>, which share one gate where the
/// database takes one writer at a time (SQLite).
/// </summary>
public abstract class SquadDatabase : IAsyncDisposable
{
    public abstract StorageProvider Provider { get; }

    /// <summary>Which database this is, for messages: its file, or its name and host.</summary>
    public abstract string Name { get; }

    /// <summary>A pooled connection for reading; dispose it to give it back.</summary>
    public abstract ValueTask<DbConnection> OpenAsync(CancellationToken cancellation = default);

    /// <summary>
    /// Runs <paramref name="work"/> in one transaction and commits it durably; an exception of the work rolls it back and comes out here.
    /// On SQLite works that wait at the same time share one commit, each able to fail alone, and run on the writer's thread: a work awaits
    /// nothing but its connection. Cancellation is heard until the work starts; from then on it runs to its end.
    /// </summary>
    /// <exception cref="StorageFullException">No space is left; nothing was written.</exception>
    public abstract ValueTask<T> WriteAsync<T>(Func<DbConnection, CancellationToken, ValueTask<T>> work, CancellationToken cancellation = default);

    public abstract ValueTask DisposeAsync();

    /// <summary>What a process holds while it writes; null where the database takes many writers.</summary>
    internal abstract WriteGate? Gate { get; }

    /// <summary>How a text parameter becomes a value of a JSON column.</summary>
    internal abstract string JsonParameter(string parameter);

    internal abstract void Configure(DbContextOptionsBuilder builder);

    /// <summary>Makes an empty database ready for the first migration, and opens a connection that is the only one to migrate until disposed.</summary>
    internal abstract ValueTask<MigrationSession> BeginMigrationAsync(CancellationToken cancellation);
}

/// <summary>A connection that holds the lock under which migrations run.</summary>
internal sealed class MigrationSession(DbConnection connection, string begin, Func<ValueTask> release) : IAsyncDisposable
{
    public DbConnection Connection { get; } = connection;

    /// <summary>The statement that begins a migration's transaction.</summary>
    public string Begin { get; } = begin;

    public async ValueTask DisposeAsync()
    {
        await Connection.DisposeAsync();
        await release();
    }
}
