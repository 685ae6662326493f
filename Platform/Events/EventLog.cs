using System.Threading.Channels;
using Squad.Platform.Storage;
using Squad.Platform.Storage.Postgres;
using Squad.Platform.Storage.Sqlite;

namespace Squad.Platform.Events;

/// <summary>
/// The event log on SQLite or PostgreSQL. One loop takes all appends that wait, up to <see cref="GroupBytesMax"/>, writes them in one
/// transaction and then completes them: the busier the log, the more appends share a sync. The database decides about conflicts;
/// the tail cache only spares readers the database.
/// A batch's body must not be changed after it was given to <see cref="AppendAsync"/>. An append that fails by a lost connection may have
/// been written: ask <see cref="EndAsync"/> before appending again.
/// </summary>
public sealed class EventLog : IEventLog, IAsyncDisposable
{
    private const int GroupBytesMax = 8 * 1024 * 1024;
    private const int StreamCacheBytesMax = 1024 * 1024;
    private const int CacheBytesMax = 64 * 1024 * 1024;
    private readonly IEventStore _store;
    private readonly EventLogInstruments _instruments;
    private readonly TimeProvider _time;
    private readonly TailCache _tails = new(StreamCacheBytesMax, CacheBytesMax);
    private readonly Channel<Operation> _waiting = Channel.CreateUnbounded<Operation>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Lazy<Task> _loop;

    public EventLog(SquadDatabase database, EventLogInstruments instruments, TimeProvider time)
        : this(StoreOf(database), instruments, time)
    {
    }

    internal EventLog(IEventStore store, EventLogInstruments instruments, TimeProvider time)
    {
        _store = store;
        _instruments = instruments;
        _time = time;
        _loop = new Lazy<Task>(() => Task.Run(RunAsync));
    }

    public ValueTask AppendAsync(EventBatch batch, CancellationToken cancellation = default)
    {
        EventRules.Check(batch);
        // Whole milliseconds, as the database keeps them: a batch reads the same from the cache.
        batch = batch with { At = DateTimeOffset.FromUnixTimeMilliseconds(batch.At.ToUnixTimeMilliseconds()) };
        return EnqueueAsync(new Operation(batch.Stream, batch, cancellation), cancellation);
    }

    public async ValueTask<IReadOnlyList<EventBatch>> ReadAsync(string stream, long after, int bytesMax = 256 * 1024, CancellationToken cancellation = default)
    {
        EventRules.Check(stream);
        cancellation.ThrowIfCancellationRequested();
        // Clamped, so that the arithmetic on cursors cannot overflow; no stream comes near it.
        after = Math.Clamp(after, 0, long.MaxValue - 1);
        var cached = _tails.TryRead(stream, after, bytesMax, out var batches);
        _instruments.Read(cached);
        return cached ? batches! : await _store.ReadAsync(stream, after, Math.Max(1, bytesMax), cancellation);
    }

    public ValueTask<StreamEnd> EndAsync(string stream, CancellationToken cancellation = default)
    {
        EventRules.Check(stream);
        return _store.EndAsync(stream, cancellation);
    }

    public ValueTask DeleteAsync(string stream, CancellationToken cancellation = default)
    {
        EventRules.Check(stream);
        return EnqueueAsync(new Operation(stream, null, cancellation), cancellation);
    }

    /// <summary>Writes what was asked before, then stops.</summary>
    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        await _loop.Value;
    }

    private static IEventStore StoreOf(SquadDatabase database) => database switch
    {
        SqliteDatabase sqlite => new SqliteEventStore(sqlite),
        PostgresDatabase postgres => new PostgresEventStore(postgres),
        _ => throw new ArgumentException($"No event store is known for a {database?.GetType()}.", nameof(database)),
    };

    private ValueTask EnqueueAsync(Operation operation, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellation);
        _ = _loop.Value;
        ObjectDisposedException.ThrowIf(!_waiting.Writer.TryWrite(operation), this);
        return new ValueTask(operation.Done);
    }

    private async Task RunAsync()
    {
        List<Operation> group = [];
        while (await _waiting.Reader.WaitToReadAsync())
        {
            while (TakeGroup(group))
            {
                if (group[0].Batch is null)
                    await DeleteAsync(group[0]);
                else
                    await WriteAsync(group);
                group.Clear();
            }
        }
    }

    // A delete is a group of its own, in its place in the order.
    private bool TakeGroup(List<Operation> group)
    {
        var bytes = 0L;
        while (_waiting.Reader.TryPeek(out var next))
        {
            if (group.Count > 0 && (next.Batch is null || bytes + next.Bytes > GroupBytesMax))
                break;
            _waiting.Reader.TryRead(out _);
            if (!next.TryStart())
                continue;
            group.Add(next);
            bytes += next.Bytes;
            if (next.Batch is null)
                break;
        }
        return group.Count > 0;
    }

    private async Task WriteAsync(List<Operation> group)
    {
        bool[] written;
        try
        {
            var started = _time.GetTimestamp();
            written = await _store.WriteAsync(group.ConvertAll(operation => operation.Batch!));
            _instruments.Committed(group.Count, _time.GetElapsedTime(started));
        }
        catch (Exception error) when (group.Count > 1 && WroteNothing(error))
        {
            // One of them is the reason, and it alone is to fail; what is too much for the disk together may fit one by one.
            foreach (var operation in group)
                await WriteAsync([operation]);
            return;
        }
        catch (Exception error)
        {
            foreach (var operation in group)
                Fail(operation, error);
            return;
        }
        for (var i = 0; i < written.Length; i++)
        {
            if (written[i])
                Complete(group[i]);
            else
                await RefuseAsync(group[i]);
        }
    }

    private async Task DeleteAsync(Operation operation)
    {
        try
        {
            await _store.DeleteAsync(operation.Stream);
            _tails.Remove(operation.Stream);
            operation.Complete();
        }
        catch (Exception error)
        {
            operation.Fail(StorageErrors.Translate(error));
        }
    }

    private void Complete(Operation operation)
    {
        _tails.Add(operation.Batch!);
        _instruments.Appended(operation.Batch!);
        operation.Complete();
    }

    private async Task RefuseAsync(Operation operation)
    {
        try
        {
            // Whatever is cached of this stream may be another writer's past.
            _tails.Remove(operation.Stream);
            var end = await _store.EndAsync(operation.Stream, CancellationToken.None);
            _instruments.Refused("conflict");
            operation.Fail(new EventLogConflictException(operation.Stream, operation.Batch!.First, end.Last));
        }
        catch (Exception error)
        {
            Fail(operation, error);
        }
    }

    private void Fail(Operation operation, Exception error)
    {
        var reason = StorageErrors.Translate(error);
        _instruments.Refused(reason is StorageFullException ? "full" : "error");
        operation.Fail(reason);
    }

    // The database itself refused, and has rolled back. A lost connection is another matter: the commit may have come through.
    private static bool WroteNothing(Exception error) =>
        StorageErrors.IsFull(error) || error is Microsoft.Data.Sqlite.SqliteException || error is Npgsql.PostgresException { IsTransient: false };

    /// <summary>An append, or a delete where there is no batch, that waits for the loop.</summary>
    private sealed class Operation
    {
        private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly CancellationTokenRegistration _cancelled;
        private int _started;

        public Operation(string stream, EventBatch? batch, CancellationToken cancellation)
        {
            Stream = stream;
            Batch = batch;
            _cancelled = cancellation.UnsafeRegister(
                static (self, token) =>
                {
                    var operation = (Operation)self!;
                    if (Interlocked.Exchange(ref operation._started, 1) == 0)
                        operation._done.TrySetCanceled(token);
                },
                this);
        }

        public string Stream { get; }

        public EventBatch? Batch { get; }

        public int Bytes => Batch?.Body.Length ?? 0;

        public Task Done => _done.Task;

        /// <summary>False when the caller gave it up before. From here on cancellation is not heard.</summary>
        public bool TryStart()
        {
            var mine = Interlocked.Exchange(ref _started, 1) == 0;
            _cancelled.Unregister();
            return mine;
        }

        public void Complete() => _done.SetResult();

        public void Fail(Exception error) => _done.SetException(error);
    }
}
