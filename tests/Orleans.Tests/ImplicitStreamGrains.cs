using Orleans.Runtime;
using Orleans.Streams;
using Orleans.Streams.Core;

namespace Orleans.Tests;

public interface IImplicitGrain : IGrainWithStringKey
{
    Task Die();
    Task<Guid> HandleId();
}

/// <summary>Attaches in OnSubscribed.</summary>
[ImplicitStreamSubscription("told")]
public sealed class ToldGrain(Probe probe) : Grain, IToldGrain, IStreamSubscriptionObserver
{
    public async Task OnSubscribed(IStreamSubscriptionHandleFactory handleFactory)
    {
        probe.Report($"subscribed to {handleFactory.StreamId} of {handleFactory.ProviderName}");
        if (this.GetPrimaryKeyString() == "careless") return;
        await handleFactory.Create<int>().ResumeAsync((item, _) =>
        {
            probe.Report($"told {item}");
            if (item == 13 && probe.Log.Count(line => line == "told 13") < 3) throw new FormatException("unlucky");
            return Task.CompletedTask;
        });
    }

    public Task Die()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public Task<Guid> HandleId() => Task.FromResult(Guid.Empty);
}

public interface IToldGrain : IImplicitGrain;

/// <summary>Attaches in OnActivateAsync to what GetAllSubscriptionHandles gives.</summary>
[ImplicitStreamSubscription("resumed")]
[ImplicitStreamSubscription("also resumed")]
public sealed class ResumedGrain(Probe probe) : Grain, IResumedGrain
{
    private Guid _handle;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        foreach (var ns in new[] { "resumed", "also resumed" })
        {
            var stream = this.GetStreamProvider("live").GetStream<string>(StreamId.Create(ns, this.GetPrimaryKeyString()));
            foreach (var handle in await stream.GetAllSubscriptionHandles())
            {
                _handle = handle.HandleId;
                await handle.ResumeAsync((item, _) =>
                {
                    probe.Report($"{ns} {item}");
                    return Task.CompletedTask;
                });
            }
        }
    }

    public Task Die()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public Task<Guid> HandleId() => Task.FromResult(_handle);
}

public interface IResumedGrain : IImplicitGrain;

/// <summary>Subscribes to every namespace that begins with "metrics.", and its key is a GUID with the namespace.</summary>
[RegexImplicitStreamSubscription("^metrics\\.")]
public sealed class MetricsGrain(Probe probe) : Grain, IMetricsGrain, IStreamSubscriptionObserver
{
    public async Task OnSubscribed(IStreamSubscriptionHandleFactory handleFactory)
    {
        var key = this.GetPrimaryKey(out var extension);
        await handleFactory.Create<int>().ResumeAsync((item, _) =>
        {
            probe.Report($"{extension} {item} for {key:N}");
            return Task.CompletedTask;
        });
    }
}

public interface IMetricsGrain : IGrainWithGuidCompoundKey;

/// <summary>The older form: subscribing in OnActivateAsync attaches to the implicit subscription.</summary>
[ImplicitStreamSubscription("counted")]
public sealed class CountedGrain(Probe probe) : Grain, ICountedGrain
{
    public override Task OnActivateAsync(CancellationToken cancellationToken) => this.GetStreamProvider("live")
        .GetStream<int>(StreamId.Create("counted", this.GetPrimaryKeyLong())).SubscribeAsync((item, _) =>
        {
            probe.Report($"{this.GetPrimaryKeyLong()} counted {item}");
            return Task.CompletedTask;
        });
}

public interface ICountedGrain : IGrainWithIntegerKey;
