using System.Reflection;
using Orleans.Runtime;
using Orleans.Serialization;

namespace Orleans.Gateway;

/// <summary>A request that is being served.</summary>
internal sealed class ServedRequest
{
    public static readonly Action<WireWriter, Task> NoResult = static (writer, _) => writer.Byte(0);

    private readonly Peer _peer;
    private readonly Action _finished;

    public ServedRequest(Peer peer)
    {
        _peer = peer;
        _finished = () => _peer.Finish(this);
    }

    public ulong Id { get; private set; }

    /// <summary>It has a source of cancellation, by its id.</summary>
    public bool HasToken { get; set; }
    public Task Running { get; private set; } = Task.CompletedTask;
    public Action<WireWriter, Task> WriteResult { get; private set; } = NoResult;

    /// <summary>Answers when the task has ended.</summary>
    public void Await(ulong id, Task running, Action<WireWriter, Task> writeResult)
    {
        (Id, Running, WriteResult) = (id, running, writeResult);
        if (running.IsCompleted) _finished();
        else running.GetAwaiter().UnsafeOnCompleted(_finished);
    }
}

/// <summary>A sequence that the other end reads step by step. A step at a time; closing waits for the step under way, whose token it cancels.</summary>
internal abstract class ServedSequence
{
    public static ServedSequence Of(Type itemType, object sequence, Dictionary<string, object>? context, Action ended) =>
        (ServedSequence)Activator.CreateInstance(typeof(ServedSequence<>).MakeGenericType(itemType), BindingFlags.Instance | BindingFlags.Public,
            null, [sequence, context, ended], null)!;

    public abstract Task NextAsync();
    public abstract void WriteResult(WireWriter writer, Task done);
    public abstract void Close();
}

internal sealed class ServedSequence<T>(IAsyncEnumerable<T> sequence, Dictionary<string, object>? context, Action ended) : ServedSequence
{
    private readonly CancellationTokenSource _closed = new();
    private readonly SemaphoreSlim _step = new(1);
    private IAsyncEnumerator<T>? _enumerator;

    public override async Task NextAsync()
    {
        await _step.WaitAsync(_closed.Token);
        try
        {
            RequestContext.Current = context;
            _enumerator ??= sequence.GetAsyncEnumerator(_closed.Token);
            if (await _enumerator.MoveNextAsync()) return;
            Close();
        }
        catch
        {
            Close();
            throw;
        }
        finally
        {
            _step.Release();
        }
    }

    /// <summary>Whether there is an item, and the item.</summary>
    public override void WriteResult(WireWriter writer, Task done)
    {
        var moved = !_closed.IsCancellationRequested;
        writer.Byte(moved ? (byte)1 : (byte)0);
        if (moved) CodecProvider.Shared.Get<T>().Write(writer, 0, _enumerator!.Current);
    }

    public override void Close()
    {
        if (_closed.IsCancellationRequested) return;
        ended();
        _closed.Cancel();
        _ = DisposeAsync();
    }

    private async Task DisposeAsync()
    {
        await _step.WaitAsync();
        if (_enumerator is not { } enumerator) return;
        try
        {
            await enumerator.DisposeAsync();
        }
        catch (Exception error) when (error is OperationCanceledException or SiloUnavailableException)
        {
            // It was in the middle of something, and that has ended too.
        }
    }
}
