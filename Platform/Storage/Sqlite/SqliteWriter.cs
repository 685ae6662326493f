using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Squad.Platform.Storage.Sqlite;

/// <summary>
/// The one thread and connection that writes. Two lanes take turns: all small writes that wait go into one transaction (each under its own
/// savepoint), then one bulk write into another. So a small write waits for at most one bulk transaction, and one sync serves many.
/// </summary>
internal sealed class SqliteWriter : IDisposable
{
    private const int SmallGroupMax = 256;
    private readonly Func<SqliteConnection> _open;
    private readonly WriteGate _gate;
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _arrived = new(0);
    private readonly Queue<WriteItem> _small = new();
    private readonly Queue<WriteItem> _bulk = new();
    private readonly Thread _thread;
    private SqliteConnection? _connection;
    private bool _closed;

    public SqliteWriter(Func<SqliteConnection> open, WriteGate gate)
    {
        _open = open;
        _gate = gate;
        _thread = new Thread(Run) { IsBackground = true, Name = "SQLite writer" };
        _thread.Start();
    }

    public Task<T> Enqueue<T>(Func<DbConnection, CancellationToken, ValueTask<T>> work, bool bulk, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
            return Task.FromCanceled<T>(cancellation);
        var item = new WriteItem<T>(work, cancellation);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            (bulk ? _bulk : _small).Enqueue(item);
        }
        _arrived.Release();
        return item.Task;
    }

    /// <summary>Writes what was asked before, then stops.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_closed)
                return;
            _closed = true;
        }
        _arrived.Release();
        _thread.Join();
        _connection?.Dispose();
        _arrived.Dispose();
    }

    private void Run()
    {
        List<WriteItem> group = [];
        while (true)
        {
            _arrived.Wait();
            // Everything that came by now is taken below: one look serves all of it.
            while (_arrived.Wait(0))
            {
            }
            while (Take(_small, SmallGroupMax, group) | RunGroup(group) | Take(_bulk, 1, group) | RunGroup(group))
            {
            }
            lock (_lock)
            {
                if (_closed && _small.Count == 0 && _bulk.Count == 0)
                    return;
            }
        }
    }

    private bool Take(Queue<WriteItem> queue, int max, List<WriteItem> group)
    {
        lock (_lock)
        {
            while (group.Count < max && queue.TryDequeue(out var item))
            {
                if (item.TryStart())
                    group.Add(item);
            }
        }
        return group.Count > 0;
    }

    private bool RunGroup(List<WriteItem> group)
    {
        if (group.Count == 0)
            return false;
        using (_gate.Enter())
        {
            try
            {
                _connection ??= _open();
                _connection.Execute("BEGIN IMMEDIATE");
                foreach (var item in group)
                    RunItem(_connection, item, alone: group.Count == 1);
                _connection.Execute("COMMIT");
            }
            catch (Exception error)
            {
                Reset();
                var reason = StorageErrors.Translate(error);
                foreach (var item in group)
                    item.Fail(reason);
            }
        }
        foreach (var item in group)
            item.Complete();
        group.Clear();
        return true;
    }

    private static void RunItem(SqliteConnection connection, WriteItem item, bool alone)
    {
        if (alone)
        {
            item.Run(connection);
            return;
        }
        connection.Execute("SAVEPOINT item");
        try
        {
            item.Run(connection);
        }
        catch (Exception error) when (SQLitePCL.raw.sqlite3_get_autocommit(connection.Handle!) == 0)
        {
            // The transaction still stands (a full disk, for one, would have ended it): only this item fails.
            connection.Execute("ROLLBACK TO item");
            item.Fail(StorageErrors.Translate(error));
        }
        connection.Execute("RELEASE item");
    }

    // After a failed group the connection is either clean again or replaced.
    private void Reset()
    {
        if (_connection is null)
            return;
        try
        {
            if (SQLitePCL.raw.sqlite3_get_autocommit(_connection.Handle!) == 0)
                _connection.Execute("ROLLBACK");
        }
        catch (SqliteException)
        {
            _connection.Dispose();
            _connection = null;
        }
    }
}
