using System.Runtime.CompilerServices;
using Orleans.Concurrency;
using Orleans.Runtime;
using Orleans.Streams;
using Orleans.Tests;

namespace Orleans.Embedded.Tests;

[Alias("test.door-observer")]
public interface IDoorObserver : IGrainObserver
{
    [Alias("heard")]
    void Heard(string text);

    [Alias("ask")]
    Task<int> Ask(int number);
}

[Alias("test.door")]
public interface IDoorGrain : IGrainWithStringKey
{
    [Alias("echo")]
    Task<Box<Leaf>> Echo(Leaf leaf);

    [Alias("add")]
    ValueTask<long> Add(long number);

    [Alias("fail")]
    Task Fail(string message);

    [Alias("fail-with-own")]
    Task FailWithOwn();

    [Alias("context")]
    Task<string?> Context(string key);

    [Alias("wait")]
    Task Wait(string gate, CancellationToken cancellation);

    [Alias("count"), AlwaysInterleave]
    IAsyncEnumerable<int> Count(int from, CancellationToken cancellation);

    [Alias("subscribe")]
    Task Subscribe(IDoorObserver observer);

    [Alias("tell")]
    Task<int> Tell(string text);

    [Alias("other")]
    Task<IDoorGrain> Other(string key);

    [Alias("key")]
    Task<string> Key();

    [Alias("say")]
    Task Say(string text);

    [Alias("forget"), OneWay]
    Task Forget(string line);

    [Alias("bad")]
    Task Bad(Unserialisable value);

    [Alias("large")]
    Task<int> Large(ReadOnlyMemory<byte> bytes);
}

[GrainType("test-door"), Reentrant]
public sealed class DoorGrain(Probe probe) : Grain, IDoorGrain
{
    private readonly List<IDoorObserver> _observers = [];
    private long _sum;

    public Task<Box<Leaf>> Echo(Leaf leaf) => Task.FromResult(new Box<Leaf>(leaf, null));

    public ValueTask<long> Add(long number) => new(_sum += number);

    public Task Fail(string message) => throw new InvalidOperationException(message);

    public Task FailWithOwn() => throw new ForeignException(7);

    public Task<string?> Context(string key) => Task.FromResult(RequestContext.Get(key) as string);

    public async Task Wait(string gate, CancellationToken cancellation)
    {
        probe.Report($"waiting {gate}");
        try
        {
            await probe.Gate(gate).WaitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            probe.Report($"cancelled {gate}");
            throw;
        }
    }

    public async IAsyncEnumerable<int> Count(int from, [EnumeratorCancellation] CancellationToken cancellation)
    {
        try
        {
            for (var i = from; i < from + 1000; i++)
            {
                if (i == -1) throw new InvalidOperationException("no negative numbers");
                yield return i;
                await Task.Yield();
            }
        }
        finally
        {
            probe.Report("counted");
        }
    }

    public Task Subscribe(IDoorObserver observer)
    {
        _observers.Add(observer);
        return Task.CompletedTask;
    }

    public async Task<int> Tell(string text)
    {
        var sum = 0;
        foreach (var observer in _observers)
        {
            observer.Heard(text);
            sum += await observer.Ask(text.Length);
        }
        return sum;
    }

    public Task<IDoorGrain> Other(string key) => Task.FromResult(GrainFactory.GetGrain<IDoorGrain>(key));

    public Task<string> Key() => Task.FromResult(this.GetPrimaryKeyString());

    public Task Say(string text) => this.GetStreamProvider("live").GetStream<Leaf>(StreamId.Create("said", this.GetPrimaryKeyString())).OnNextAsync(new Leaf(text, 0));

    public Task Forget(string line)
    {
        probe.Report(line);
        return Task.CompletedTask;
    }

    public Task Bad(Unserialisable value) => Task.CompletedTask;

    public Task<int> Large(ReadOnlyMemory<byte> bytes) => Task.FromResult(bytes.Length);
}

internal sealed class DoorObserver : IDoorObserver
{
    private readonly Probe _probe = new();

    public void Heard(string text) => _probe.Report(text);

    public Task<int> Ask(int number) => Task.FromResult(number * 2);

    public Task Reported(string text, int count = 1) => _probe.Reported(text, count);
}
