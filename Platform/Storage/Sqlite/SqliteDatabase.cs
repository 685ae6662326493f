using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Squad.Platform.Storage.Sqlite;

/// <summary>SQLite in WAL mode: any number of readers beside one writer, each commit synced to the disk.</summary>
internal sealed class SqliteDatabase : SquadDatabase
{
    // Measured: smaller pages cost long bodies of event batches (links of overflow chains, frames in the log), larger ones cost small commits.
    internal const int PageBytes = 8 * 1024;
    private const int BusyTimeoutSeconds = 30;

    // What a transaction of a few rows adds to the write-ahead log, about: some pages.
    private const int SmallWriteBytes = 6 * PageBytes;
    private readonly StorageOptions _options;
    private readonly TimeProvider _time;
    private readonly string _connectionString;
    private readonly Lazy<SqliteWriter> _writer;
    private readonly Lazy<SqliteCheckpointer> _checkpointer;

    public SqliteDatabase(StorageOptions options, TimeProvider time)
    {
        _options = options;
        _time = time;
        Path = System.IO.Path.GetFullPath(System.IO.Path.Combine(options.DataDirectory, "db", "squad.db"));
        _connectionString = new SqliteConnectionStringBuilder
        {
            DataSource = Path,
            ForeignKeys = true,
            DefaultTimeout = BusyTimeoutSeconds,
        }.ConnectionString;
        _checkpointer = new Lazy<SqliteCheckpointer>(() => new SqliteCheckpointer(OpenUnpooled, Gate!));
        Gate = new WriteGate(() => _checkpointer.Value.Wrote(SmallWriteBytes));
        _writer = new Lazy<SqliteWriter>(() => new SqliteWriter(OpenUnpooled, Gate));
    }

    public override StorageProvider Provider => StorageProvider.Sqlite;

    public override string Name => Path;

    public string Path { get; }

    internal override WriteGate Gate { get; }

    public override async ValueTask<DbConnection> OpenAsync(CancellationToken cancellation = default)
    {
        var connection = new SqliteConnection(_connectionString);
        try
        {
            await connection.OpenAsync(cancellation);
            Prepare(connection);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    public override ValueTask<T> WriteAsync<T>(Func<DbConnection, CancellationToken, ValueTask<T>> work, CancellationToken cancellation = default) =>
        new(_writer.Value.Enqueue(work, bulk: false, cancellation));

    /// <summary>As <see cref="WriteAsync"/>, for about so many bytes, in a transaction of its own which takes turns with the small writes.</summary>
    internal async ValueTask<T> WriteBulkAsync<T>(Func<DbConnection, CancellationToken, ValueTask<T>> work, long bytes)
    {
        var result = await _writer.Value.Enqueue(work, bulk: true, CancellationToken.None);
        _checkpointer.Value.Wrote(bytes);
        return result;
    }

    public override ValueTask DisposeAsync()
    {
        if (_writer.IsValueCreated)
            _writer.Value.Dispose();
        if (_checkpointer.IsValueCreated)
            _checkpointer.Value.Dispose();
        Gate.Dispose();
        // The pool would otherwise keep the file open after the last user is gone.
        using var pool = new SqliteConnection(_connectionString);
        SqliteConnection.ClearPool(pool);
        return ValueTask.CompletedTask;
    }

    internal override string JsonParameter(string parameter) => parameter;

    internal override void Configure(DbContextOptionsBuilder builder) =>
        builder.UseSqlite(_connectionString).AddInterceptors(PreparingInterceptor.Instance);

    internal override async ValueTask<MigrationSession> BeginMigrationAsync(CancellationToken cancellation)
    {
        var directory = System.IO.Path.GetDirectoryName(Path)!;
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(directory);
        else
            Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var lockFile = await MigrationLockFile.TakeAsync(Path + ".lock", _options.LockTimeout, _time, cancellation);
        try
        {
            var connection = OpenUnpooled();
            // Both last in the file; the page size only while it is empty.
            connection.Execute($"PRAGMA page_size = {PageBytes}");
            connection.Execute("PRAGMA journal_mode = WAL");
            return new MigrationSession(connection, "BEGIN EXCLUSIVE", lockFile.DisposeAsync);
        }
        catch
        {
            await lockFile.DisposeAsync();
            throw;
        }
    }

    private SqliteConnection OpenUnpooled()
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder(_connectionString) { Pooling = false }.ConnectionString);
        try
        {
            connection.Open();
            Prepare(connection);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static void Prepare(SqliteConnection connection) =>
        connection.Execute($"PRAGMA synchronous = FULL; PRAGMA busy_timeout = {BusyTimeoutSeconds * 1000}; PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = 134217728");

    private sealed class PreparingInterceptor : DbConnectionInterceptor
    {
        public static PreparingInterceptor Instance { get; } = new();

        public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData) => Prepare((SqliteConnection)connection);

        public override Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
        {
            Prepare((SqliteConnection)connection);
            return Task.CompletedTask;
        }
    }
}

internal static class SqliteConnectionExtensions
{
    public static void Execute(this SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
