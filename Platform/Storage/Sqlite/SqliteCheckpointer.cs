using Microsoft.Data.Sqlite;

namespace Squad.Platform.Storage.Sqlite;

/// <summary>
/// Copies the write-ahead log into the database file on a thread of its own, beside writers and readers; SQLite itself would do so within
/// some unlucky commit, which then takes as long as the copy. Only when the log has grown large in spite of it (writers never paused, so it
/// never began anew) do they wait for the last part of a copy.
/// </summary>
internal sealed class SqliteCheckpointer : IDisposable
{
    private const long CopyEveryBytes = 4 * 1024 * 1024;
    private const long PauseWritersAboveBytes = 64 * 1024 * 1024;
    private readonly Func<SqliteConnection> _open;
    private readonly WriteGate _gate;
    private readonly SemaphoreSlim _due = new(0);
    private readonly Thread _thread;
    private long _written;
    private volatile bool _closed;

    public SqliteCheckpointer(Func<SqliteConnection> open, WriteGate gate)
    {
        _open = open;
        _gate = gate;
        _thread = new Thread(Run) { IsBackground = true, Name = "SQLite checkpointer" };
        _thread.Start();
    }

    /// <summary>Says that about so many bytes were committed.</summary>
    public void Wrote(long bytes)
    {
        if (Interlocked.Add(ref _written, bytes) >= CopyEveryBytes)
        {
            Interlocked.Exchange(ref _written, 0);
            _due.Release();
        }
    }

    public void Dispose()
    {
        _closed = true;
        _due.Release();
        _thread.Join();
    }

    private void Run()
    {
        SqliteConnection? connection = null;
        while (true)
        {
            _due.Wait();
            if (_closed)
                break;
            try
            {
                connection ??= _open();
                if (Copy(connection) > PauseWritersAboveBytes)
                {
                    using (_gate.Enter())
                        Copy(connection);
                }
            }
            catch (SqliteException)
            {
                // Nothing is lost: the log holds everything and grows until a copy succeeds. A full disk is told to those who write.
                connection?.Dispose();
                connection = null;
            }
        }
        connection?.Dispose();
    }

    // Copies what no reader holds back; returns the size of a log that has to go on growing, 0 for one that can begin anew.
    private static long Copy(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA wal_checkpoint(PASSIVE)";
        using var reader = command.ExecuteReader();
        reader.Read();
        var (frames, copied) = (reader.GetInt64(1), reader.GetInt64(2));
        return copied >= frames ? 0 : frames * SqliteDatabase.PageBytes;
    }
}
