namespace Orleans.Embedded.Tests;

public interface IAmbiguousGrain : IGrainWithStringKey
{
    Task<string> Who();
}

public sealed class OneAmbiguousGrain : Grain, IAmbiguousGrain
{
    public Task<string> Who() => Task.FromResult("one");
}

public sealed class OtherAmbiguousGrain : Grain, IAmbiguousGrain
{
    public Task<string> Who() => Task.FromResult("other");
}

public interface IOrphanGrain : IGrainWithStringKey
{
    Task Nothing();
}

public interface IBlockingGrain : IGrainWithStringKey
{
    Task Block(bool later);
    Task Nothing();
}

public sealed class BlockingGrain(Probe probe, ManualResetEventSlim gate) : Grain, IBlockingGrain
{
    public async Task Block(bool later)
    {
        if (later) await Task.Yield();
        probe.Report("blocks");
        gate.Wait();
    }

    public Task Nothing() => Task.CompletedTask;
}

public interface ICycleGrain : IGrainWithStringKey
{
    Task CallBackThrough(string other);
    Task CallBack(string caller);
    Task Wait(string gate);
    Task Nothing();
}

public sealed class CycleGrain(Probe probe) : Grain, ICycleGrain
{
    public Task CallBackThrough(string other) => GrainFactory.GetGrain<ICycleGrain>(other).CallBack(this.GetPrimaryKeyString());

    public Task CallBack(string caller)
    {
        var calling = GrainFactory.GetGrain<ICycleGrain>(caller).Nothing();
        probe.Report("calls back");
        return calling;
    }

    public Task Wait(string gate)
    {
        probe.Report("waits");
        return probe.Gate(gate);
    }

    public Task Nothing() => Task.CompletedTask;
}

public interface IListener : IGrainObserver
{
    Task Hear(string text);
}
