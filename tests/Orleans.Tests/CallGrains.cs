using Orleans.Concurrency;
using Orleans.Runtime;

namespace Orleans.Tests;

public interface IPlainGrain : IGrainWithStringKey
{
    Task<int> Add(int a, int b);
    ValueTask<string> Key();
    ValueTask Nothing();
    ValueTask<int> Slow(string gate, int value);
    Task<string?> Context(string name);
    Task<string?> ContextThrough(string other, string name);
    Task Throw(string message);
    Task ThrowLater(string message);
    Task<bool> ResumesInItsOwnTurn();
    Task<int> Increment();
    Task<bool> WaitForCancel(CancellationToken cancellationToken);
    [ResponseTimeout("00:00:05")] Task Impatient(string gate);
    [OneWay] Task Forget(string line);
    [AlwaysInterleave] Task<string> Peek();
    [ReadOnly] Task Read(string gate);
    Task Write(string gate);
    Task CallBack(string other, bool allowReentrancy);
    IAsyncEnumerable<int> Count(int to);
    Task<PlainAnswer> Record(PlainAnswer question);
    Task Die();
}

[GenerateSerializer, Immutable]
public sealed record PlainAnswer([property: Id(0)] string Text, [property: Id(1)] int Number);

public sealed class PlainGrain(Probe probe) : Grain, IPlainGrain
{
    private int _count;

    public Task<int> Add(int a, int b) => Task.FromResult(a + b);
    public ValueTask<string> Key() => new(this.GetPrimaryKeyString());
    public ValueTask Nothing() => default;

    public async ValueTask<int> Slow(string gate, int value)
    {
        probe.Report("in " + gate);
        await probe.Gate(gate);
        probe.Report("out " + gate);
        return value;
    }

    public async Task<string?> Context(string name)
    {
        await Task.Yield();
        var value = RequestContext.Get(name) as string;
        RequestContext.Set(name, "changed by the callee");
        return value;
    }

    public Task<string?> ContextThrough(string other, string name) => GrainFactory.GetGrain<IPlainGrain>(other).Context(name);
    public Task Throw(string message) => throw new FormatException(message);

    public async Task ThrowLater(string message)
    {
        await Task.Yield();
        throw new FormatException(message);
    }

    public async Task<bool> ResumesInItsOwnTurn()
    {
        var before = TaskScheduler.Current;
        await Task.Yield();
        var afterYield = TaskScheduler.Current;
        await probe.Gate("turn");
        return before != TaskScheduler.Default && afterYield == before && TaskScheduler.Current == before;
    }

    public async Task<int> Increment()
    {
        var seen = _count;
        await Task.Yield();
        return _count = seen + 1;
    }

    public async Task<bool> WaitForCancel(CancellationToken cancellationToken)
    {
        probe.Report("waits for cancel");
        var cancelled = new TaskCompletionSource();
        await using (cancellationToken.Register(() => cancelled.TrySetResult())) await cancelled.Task;
        probe.Report("was cancelled");
        return true;
    }

    public Task Impatient(string gate) => probe.Gate(gate);

    public Task Forget(string line)
    {
        probe.Report(line);
        throw new FormatException("Nobody hears this.");
    }

    public Task<string> Peek() => Task.FromResult("peeked");

    public async Task Read(string gate)
    {
        probe.Report("reads " + gate);
        await probe.Gate(gate);
    }

    public async Task Write(string gate)
    {
        probe.Report("writes " + gate);
        await probe.Gate(gate);
    }

    public async Task CallBack(string other, bool allowReentrancy)
    {
        using var section = allowReentrancy ? RequestContext.AllowCallChainReentrancy() : default;
        await GrainFactory.GetGrain<IPlainGrain>(other).Nothing();
        if (this.GetPrimaryKeyString() != other) await GrainFactory.GetGrain<ICallerGrain>(other).CallPlain(this.GetPrimaryKeyString());
    }

    public async IAsyncEnumerable<int> Count(int to)
    {
        for (var i = 0; i < to; i++)
        {
            await Task.Yield();
            if (i == 1000) throw new FormatException("That is too many.");
            yield return i;
        }
    }

    public Task<PlainAnswer> Record(PlainAnswer question) => Task.FromResult(question with { Number = question.Number + 1 });

    public Task Die()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }
}

public interface ICallerGrain : IGrainWithStringKey
{
    Task CallPlain(string key);
}

public sealed class CallerGrain : Grain, ICallerGrain
{
    public async Task CallPlain(string key) => await GrainFactory.GetGrain<IPlainGrain>(key).Nothing();
}

[Reentrant]
public sealed class OpenGrain(Probe probe) : Grain, IOpenGrain
{
    public async Task<int> Slow(string gate, int value)
    {
        probe.Report("in " + gate);
        await probe.Gate(gate);
        return value;
    }
}

public interface IOpenGrain : IGrainWithStringKey
{
    Task<int> Slow(string gate, int value);
}

public interface IWorkerGrain : IGrainWithIntegerKey
{
    Task Work(string gate);
}

[StatelessWorker(2)]
public sealed class WorkerGrain(Probe probe) : Grain, IWorkerGrain
{
    public async Task Work(string gate)
    {
        probe.Report("works " + gate);
        await probe.Gate(gate);
    }
}

internal interface IHiddenGrain : IGrainWithGuidCompoundKey
{
    Task<(Guid, string?)> Key();
}

internal sealed class HiddenGrain : Grain, IHiddenGrain
{
    public Task<(Guid, string?)> Key() => Task.FromResult((this.GetPrimaryKey(out var extension), extension));
}

public interface IUnservedGrain : IGrainWithStringKey;
