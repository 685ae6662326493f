using System.Data.Common;

namespace Squad.Platform.Storage.Sqlite;

/// <summary>One write that waits for the writer. Its caller hears of it only after the commit.</summary>
internal abstract class WriteItem
{
    /// <summary>False when its caller gave it up before.</summary>
    public abstract bool TryStart();

    public abstract void Run(DbConnection connection);

    /// <summary>The first failure counts.</summary>
    public abstract void Fail(Exception error);

    /// <summary>Tells the caller, after commit or rollback.</summary>
    public abstract void Complete();
}

internal sealed class WriteItem<T> : WriteItem
{
    private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Func<DbConnection, CancellationToken, ValueTask<T>> _work;
    private readonly CancellationTokenRegistration _cancelled;
    private int _started;
    private T? _result;
    private Exception? _error;

    public WriteItem(Func<DbConnection, CancellationToken, ValueTask<T>> work, CancellationToken cancellation)
    {
        _work = work;
        _cancelled = cancellation.UnsafeRegister(
            static (self, token) =>
            {
                var item = (WriteItem<T>)self!;
                if (Interlocked.Exchange(ref item._started, 1) == 0)
                    item._done.TrySetCanceled(token);
            },
            this);
    }

    public Task<T> Task => _done.Task;

    public override bool TryStart()
    {
        var mine = Interlocked.Exchange(ref _started, 1) == 0;
        _cancelled.Unregister();
        return mine;
    }

    public override void Run(DbConnection connection) => _result = _work(connection, CancellationToken.None).AsTask().GetAwaiter().GetResult();

    public override void Fail(Exception error) => _error ??= error;

    public override void Complete()
    {
        if (_error is null)
            _done.SetResult(_result!);
        else
            _done.SetException(_error);
    }
}
