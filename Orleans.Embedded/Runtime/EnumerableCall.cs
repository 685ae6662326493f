namespace Orleans.Runtime;

/// <summary>
/// Calls of methods that return IAsyncEnumerable&lt;T&gt;. The method is called, and each step taken, as an interleaving turn of the
/// grain; the reader's steps pull, so nothing runs ahead. The response timeout holds for each step.
/// </summary>
internal abstract class EnumerableCall<TItem> : Call<IAsyncEnumerable<TItem>>
{
    public IAsyncEnumerable<TItem> SendTask(GrainReference target) =>
        target.Runtime.Outside is { } outside && outside.Takes(target.GrainId) ? outside.Enumerate<TItem>(target, this) : new Sequence(this, target);
    protected abstract IAsyncEnumerable<TItem> InvokeTask(object target);

    public override bool AlwaysInterleave => true;

    // The arguments are needed by every enumeration, so these calls are neither cleared nor pooled.
    protected override void ClearArguments()
    {
    }

    protected override Task? Invoke(object target)
    {
        Result = InvokeTask(target);
        return null;
    }

    private sealed class Sequence(EnumerableCall<TItem> call, GrainReference target) : IAsyncEnumerable<TItem>
    {
        public IAsyncEnumerator<TItem> GetAsyncEnumerator(CancellationToken cancellationToken = default) =>
            new Enumerator(call, target, cancellationToken);
    }

    private sealed class Enumerator(EnumerableCall<TItem> call, GrainReference target, CancellationToken cancellationToken)
        : IAsyncEnumerator<TItem>
    {
        private IAsyncEnumerator<TItem>? _inside;

        public TItem Current { get; private set; } = default!;

        public async ValueTask<bool> MoveNextAsync()
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (moved, item) = await StepCall<(bool, TItem)>.Send(target, call, async inside =>
            {
                _inside ??= call.InvokeTask(inside).GetAsyncEnumerator(cancellationToken);
                return await _inside.MoveNextAsync() ? (true, _inside.Current) : (false, default!);
            });
            Current = item;
            return moved;
        }

        public async ValueTask DisposeAsync()
        {
            if (_inside is not { } inside) return;
            _inside = null;
            await StepCall<Nothing>.Send(target, call, async _ =>
            {
                await inside.DisposeAsync();
                return default;
            });
        }
    }
}

/// <summary>One step of a sequence, in a turn of the grain. To filters it is a call of the method. Interleaves.</summary>
internal sealed class StepCall<TResult> : TaskCall<TResult>
{
    private readonly Call _sequence;
    private readonly Func<object, Task<TResult>> _step;

    private StepCall(Call sequence, Func<object, Task<TResult>> step)
    {
        _sequence = sequence;
        _step = step;
    }

    public override CallInfo Info => _sequence.Info;
    public override Call ArgumentHolder => _sequence;
    public override bool AlwaysInterleave => true;

    public static Task<TResult> Send(GrainReference target, Call sequence, Func<object, Task<TResult>> step) =>
        new StepCall<TResult>(sequence, step).SendTask(target);

    protected override Task<TResult> InvokeTask(object target) => _step(target);

    protected override void Recycle()
    {
    }
}
