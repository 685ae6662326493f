using Microsoft.Data.Sqlite;
using Npgsql;

namespace Squad.Platform.Storage;

/// <summary>The database has no room left. Nothing of what was asked was written; the same call succeeds once there is space again.</summary>
public sealed class StorageFullException(Exception inner)
    : Exception("The disk of the database is full: nothing was written. Free some space; no restart is needed.", inner);

/// <summary>Names the database errors that Squad acts on, for both providers.</summary>
public static class StorageErrors
{
    private const int SqliteFull = 13;
    private const int SqliteShmSize = 4874; // the index of the write-ahead log cannot grow: no space either
    private const int NoSpace = 28; // ENOSPC
    private const int WindowsDiskFull = unchecked((int)0x80070070);
    private const int SqliteConstraint = 19;

    /// <summary>The disk, or the database's own limit, is used up.</summary>
    public static bool IsFull(Exception? error) => error switch
    {
        null => false,
        StorageFullException => true,
        SqliteException sqlite => sqlite.SqliteErrorCode == SqliteFull || sqlite.SqliteExtendedErrorCode == SqliteShmSize,
        IOException { HResult: NoSpace or WindowsDiskFull } => true,
        PostgresException postgres => postgres.SqlState == PostgresErrorCodes.DiskFull,
        _ => IsFull(error.InnerException),
    };

    /// <summary>The database does not answer, or not now: nothing is wrong with what was asked of it.</summary>
    public static bool IsUnavailable(Exception? error) => error switch
    {
        null => false,
        // 5 busy, 6 locked, 8 read-only, 10 input/output, 14 cannot open.
        SqliteException sqlite => sqlite.SqliteErrorCode is 5 or 6 or 8 or 10 or 14,
        PostgresException postgres => postgres.IsTransient,
        NpgsqlException => true,
        _ => IsUnavailable(error.InnerException),
    };

    /// <summary>A unique index refused the row.</summary>
    public static bool IsDuplicate(Exception? error) => error switch
    {
        null => false,
        // 1555 primary key, 2067 unique index, 2579 rowid.
        SqliteException sqlite => sqlite.SqliteErrorCode == SqliteConstraint && sqlite.SqliteExtendedErrorCode is 1555 or 2067 or 2579,
        PostgresException postgres => postgres.SqlState == PostgresErrorCodes.UniqueViolation,
        _ => IsDuplicate(error.InnerException),
    };

    internal static Exception Translate(Exception error) =>
        error is not StorageFullException && IsFull(error) ? new StorageFullException(error) : error;
}
