using System.Data.Common;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Squad.Platform.Storage;

/// <summary>The database and this build do not fit together; an operator has to decide.</summary>
public sealed class MigrationException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// Brings the schema to this build's version: under a lock that one process holds at a time, migrations in order, each in a transaction of
/// its own and recorded in <c>schema_migrations</c>. Idempotent; a process that comes second waits and finds nothing left to do.
/// </summary>
public sealed class DatabaseMigrator
{
    private readonly SquadDatabase _database;
    private readonly IReadOnlyList<Migration> _migrations;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    public DatabaseMigrator(SquadDatabase database, TimeProvider time, ILogger<DatabaseMigrator> logger)
        : this(database, Migration.All(database?.Provider ?? throw new ArgumentNullException(nameof(database))), time, logger)
    {
    }

    internal DatabaseMigrator(SquadDatabase database, IReadOnlyList<Migration> migrations, TimeProvider time, ILogger? logger = null)
    {
        _database = database;
        _migrations = migrations;
        _time = time;
        _logger = logger ?? NullLogger.Instance;
    }

    /// <returns>How many migrations were applied.</returns>
    /// <exception cref="MigrationException">The database is newer than this build, or an applied migration was changed, or one failed.</exception>
    /// <exception cref="TimeoutException">Another process kept the lock.</exception>
    public async Task<int> MigrateAsync(CancellationToken cancellation = default)
    {
        await using var session = await _database.BeginMigrationAsync(cancellation);
        await ExecuteAsync(
            session.Connection,
            "CREATE TABLE IF NOT EXISTS schema_migrations (version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at BIGINT NOT NULL)",
            cancellation);
        var applied = await AppliedAsync(session.Connection, cancellation);
        Check(applied);
        var count = 0;
        foreach (var migration in _migrations.Skip(applied.Count))
        {
            await ApplyAsync(session, migration, cancellation);
            StorageLog.MigrationApplied(_logger, migration.ToString());
            count++;
        }
        return count;
    }

    // What is applied must be the beginning of what this build knows, unchanged.
    private void Check(List<Applied> applied)
    {
        for (var i = 0; i < applied.Count; i++)
        {
            var found = applied[i];
            var known = _migrations.FirstOrDefault(migration => migration.Version == found.Version);
            if (known is null)
            {
                throw new MigrationException(found.Version > (_migrations.Count == 0 ? 0 : _migrations[^1].Version)
                    ? $"The database {_database.Name} was written by a newer version of Squad: it has migration {found.Version:0000}_{found.Name}, which this version does not know. Start the newer version, or restore a backup."
                    : $"The database {_database.Name} has migration {found.Version:0000}_{found.Name}, which this version of Squad does not have.");
            }
            if (known.Checksum != found.Checksum)
                throw new MigrationException($"Migration {known} differs from the one that was applied to the database {_database.Name} (checksum {found.Checksum[..12]}…, now {known.Checksum[..12]}…). An applied migration must not change; add a new one.");
            if (!ReferenceEquals(known, _migrations[i]))
                throw new MigrationException($"Migration {_migrations[i]} is missing from the database {_database.Name}, although the later {known} is there.");
        }
    }

    private async Task ApplyAsync(MigrationSession session, Migration migration, CancellationToken cancellation)
    {
        await ExecuteAsync(session.Connection, session.Begin, cancellation);
        try
        {
            await ExecuteAsync(session.Connection, migration.Sql, cancellation);
            await using var record = session.Connection.CreateCommand();
            record.CommandText = "INSERT INTO schema_migrations (version, name, checksum, applied_at) VALUES (@version, @name, @checksum, @at)";
            record.AddParameter("version", (long)migration.Version);
            record.AddParameter("name", migration.Name);
            record.AddParameter("checksum", migration.Checksum);
            record.AddParameter("at", _time.GetUtcNow().ToUnixTimeMilliseconds());
            await record.ExecuteNonQueryAsync(cancellation);
            await ExecuteAsync(session.Connection, "COMMIT", cancellation);
        }
        catch (Exception error)
        {
            await RollbackAsync(session.Connection);
            throw error is DbException && !StorageErrors.IsFull(error)
                ? new MigrationException($"Migration {migration} failed and was rolled back: {error.Message}", error)
                : StorageErrors.Translate(error);
        }
    }

    private async Task RollbackAsync(DbConnection connection)
    {
        try
        {
            await ExecuteAsync(connection, "ROLLBACK", CancellationToken.None);
        }
        catch (DbException error)
        {
            // The database has rolled back by itself already, or its connection is gone, which comes to the same.
            StorageLog.RollbackFailed(_logger, error);
        }
    }

    private static async Task<List<Applied>> AppliedAsync(DbConnection connection, CancellationToken cancellation)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT version, name, checksum FROM schema_migrations ORDER BY version";
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        List<Applied> applied = [];
        while (await reader.ReadAsync(cancellation))
            applied.Add(new Applied(reader.GetInt64(0), reader.GetString(1), reader.GetString(2)));
        return applied;
    }

    private static async Task ExecuteAsync(DbConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        // A migration of a large table takes as long as it takes.
        command.CommandTimeout = 0;
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private sealed record Applied(long Version, string Name, string Checksum);
}
