using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Squad.Platform.Storage.Postgres;

/// <summary>PostgreSQL: many writers, on many machines.</summary>
internal sealed class PostgresDatabase(StorageOptions options) : SquadDatabase
{
    // The key of the advisory lock under which migrations run: "squad" and a number, as one bigint.
    private const long MigrationLock = 0x7371_7561_6400_0001;
    private readonly NpgsqlDataSource _source = new NpgsqlDataSourceBuilder(options.ConnectionString).Build();

    public override StorageProvider Provider => StorageProvider.Postgres;

    public override string Name { get; } = NameOf(new NpgsqlConnectionStringBuilder(options.ConnectionString));

    internal override WriteGate? Gate => null;

    public override async ValueTask<DbConnection> OpenAsync(CancellationToken cancellation = default) => await _source.OpenConnectionAsync(cancellation);

    public override async ValueTask<T> WriteAsync<T>(Func<DbConnection, CancellationToken, ValueTask<T>> work, CancellationToken cancellation = default)
    {
        try
        {
            await using var connection = await _source.OpenConnectionAsync(cancellation);
            await using var transaction = await connection.BeginTransactionAsync(cancellation);
            var result = await work(connection, CancellationToken.None);
            await transaction.CommitAsync(CancellationToken.None);
            return result;
        }
        catch (PostgresException error) when (StorageErrors.IsFull(error))
        {
            throw new StorageFullException(error);
        }
    }

    private static string NameOf(NpgsqlConnectionStringBuilder connection) => $"{connection.Database} on {connection.Host}";

    public override ValueTask DisposeAsync() => _source.DisposeAsync();

    internal override string JsonParameter(string parameter) => $"CAST({parameter} AS json)";

    internal override void Configure(DbContextOptionsBuilder builder) => builder.UseNpgsql(_source);

    internal override async ValueTask<MigrationSession> BeginMigrationAsync(CancellationToken cancellation)
    {
        // The lock is the connection's: it must be gone from the pool, lock and all, when the process dies or gives up.
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(options.ConnectionString) { Pooling = false, Multiplexing = false }.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellation);
            await using var command = connection.CreateCommand();
            command.CommandText = $"SELECT set_config('lock_timeout', '{(long)options.LockTimeout.TotalMilliseconds}', false); SELECT pg_advisory_lock({MigrationLock})";
            command.CommandTimeout = 0;
            await command.ExecuteNonQueryAsync(cancellation);
            return new MigrationSession(connection, "BEGIN", static () => ValueTask.CompletedTask);
        }
        catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            await connection.DisposeAsync();
            throw new TimeoutException(
                $"Another process has held the migration lock for {options.LockTimeout}. Is an upgrade still running? ({StorageOptions.Section}:LockTimeout)", error);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }
}
