using Orleans.Concurrency;
using Orleans.Runtime;

namespace Orleans.Tests;

/// <summary>An extension that every grain has because the silo was told so.</summary>
public interface IDeactivateExtension : IGrainExtension
{
    Task<string> Deactivate(string reason);
    Task Wait(string gate);
    [AlwaysInterleave] Task<string> Peek();
}

public sealed class DeactivateExtension(IGrainContext context, Probe probe) : IDeactivateExtension
{
    public Task<string> Deactivate(string reason)
    {
        context.Deactivate(new DeactivationReason(DeactivationReasonCode.ApplicationRequested, reason));
        return Task.FromResult(context.GrainId.ToString());
    }

    public async Task Wait(string gate)
    {
        probe.Report("waits");
        await probe.Gate(gate);
    }

    public Task<string> Peek() => Task.FromResult("peeked");
}

/// <summary>An extension which a grain sets as its own component.</summary>
public interface IStateAccessor<T> : IGrainExtension
{
    Task<T> GetState();
    Task SetState(T value);
}

public sealed class StateAccessor<T>(Func<T> getter, Action<T> setter) : IStateAccessor<T>
{
    public Task<T> GetState() => Task.FromResult(getter());

    public Task SetState(T value)
    {
        setter(value);
        return Task.CompletedTask;
    }
}

public interface IExtendedGrain : IGrainWithStringKey
{
    Task<int> Value();
    Task<int> DoubleFromInside();
    Task<string> DeactivateOther(string key);
}

public sealed class ExtendedGrain : Grain, IExtendedGrain
{
    private int _value;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        ((IGrainBase)this).GrainContext.SetComponent<IStateAccessor<int>>(new StateAccessor<int>(() => _value, value => _value = value));
        return Task.CompletedTask;
    }

    public Task<int> Value() => Task.FromResult(_value);

    public async Task<int> DoubleFromInside()
    {
        var own = GrainContext.GetComponent<IStateAccessor<int>>()!;
        await own.SetState(await own.GetState() * 2);
        return _value;
    }

    public Task<string> DeactivateOther(string key) =>
        GrainFactory.GetGrain<IExtendedGrain>(key).AsReference<IDeactivateExtension>().Deactivate("asked by another");
}
