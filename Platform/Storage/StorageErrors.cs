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
    private const int SqliteConstraint = 19;

    /// <summary>The disk, or the database's own limit, is used up.</summary>
    public static bool IsFull(Exception? error) => error switch
    {
        null => false,
        StorageFullException => true,
        SqliteException sqlite => sqlite.SqliteErrorCode == SqliteFull,
        PostgresException postgres => postgres.SqlState == PostgresErrorCodes.DiskFull,
        _ => IsFull(error.InnerException),
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
