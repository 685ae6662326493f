using Orleans.Runtime;

namespace Orleans.Tests;

public interface IGuidKeyGrain : IGrainWithGuidKey
{
    Task<Guid> Key();
}

public sealed class GuidKeyGrain : Grain, IGuidKeyGrain
{
    public Task<Guid> Key() => Task.FromResult(this.GetPrimaryKey());
}

public interface ILongKeyGrain : IGrainWithIntegerKey
{
    Task<long> Key();
}

public sealed class LongKeyGrain : Grain, ILongKeyGrain
{
    public Task<long> Key() => Task.FromResult(this.GetPrimaryKeyLong());
}

public interface IGuidCompoundGrain : IGrainWithGuidCompoundKey
{
    Task<string> Key();
}

public sealed class GuidCompoundGrain : Grain, IGuidCompoundGrain
{
    public Task<string> Key() => Task.FromResult($"{this.GetPrimaryKey(out var extension)} {extension}");
}

public interface ILongCompoundGrain : IGrainWithIntegerCompoundKey
{
    Task<string> Key();
}

public sealed class LongCompoundGrain : Grain, ILongCompoundGrain
{
    public Task<string> Key() => Task.FromResult($"{this.GetPrimaryKeyLong(out var extension)} {extension}");
}

public sealed class NamedState
{
    public string Text { get; set; } = "";
}

public interface INamedStorageGrain : IGrainWithStringKey
{
    Task Write(string ordinaryText, string namedText);
    Task<string> Read();
}

/// <summary>Two states, in two providers.</summary>
public sealed class NamedStorageGrain([PersistentState("ordinary")] IPersistentState<NamedState> ordinary,
    [PersistentState("named", "PubSubStore")] IPersistentState<NamedState> named) : Grain, INamedStorageGrain
{
    public async Task Write(string ordinaryText, string namedText)
    {
        ordinary.State.Text = ordinaryText;
        named.State.Text = namedText;
        await Task.WhenAll(ordinary.WriteStateAsync(), named.WriteStateAsync());
    }

    public Task<string> Read() => Task.FromResult($"{ordinary.State.Text} {named.State.Text}");
}

public interface ISuppressingGrain : IGrainWithStringKey
{
    Task CallAround(string other, bool suppress);
    Task CallBack(string caller);
    Task Nothing();
}

/// <summary>Allows its call chain to come back, and may take that back for one call.</summary>
public sealed class SuppressingGrain(Probe probe) : Grain, ISuppressingGrain
{
    public async Task CallAround(string other, bool suppress)
    {
        using var allowed = RequestContext.AllowCallChainReentrancy();
        using var suppressed = suppress ? RequestContext.SuppressCallChainReentrancy() : default;
        await GrainFactory.GetGrain<ISuppressingGrain>(other).CallBack(this.GetPrimaryKeyString());
    }

    public Task CallBack(string caller)
    {
        var calling = GrainFactory.GetGrain<ISuppressingGrain>(caller).Nothing();
        probe.Report("calls back");
        return calling;
    }

    public Task Nothing() => Task.CompletedTask;
}

public interface IStagedGrain : IGrainWithStringKey
{
    Task Nothing();
}

/// <summary>Takes part in the stages of its own life.</summary>
public sealed class StagedGrain : Grain, IStagedGrain
{
    private readonly Probe _probe;

    public StagedGrain(Probe probe)
    {
        _probe = probe;
        foreach (var stage in new[] { GrainLifecycleStage.Activate + 1, GrainLifecycleStage.SetupState - 1 })
        {
            GrainContext.ObservableLifecycle.Subscribe(nameof(StagedGrain), stage, _ => Report($"start {stage}"), _ => Report($"stop {stage}"));
        }
    }

    public override Task OnActivateAsync(CancellationToken cancellationToken) => Report("activate");

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => Report("deactivate");

    public Task Nothing() => Task.CompletedTask;

    private Task Report(string line)
    {
        _probe.Report(line);
        return Task.CompletedTask;
    }
}
