using Orleans.Runtime;
using Orleans.Streams;

namespace Orleans.Tests;

public interface ILifeGrain : IGrainWithStringKey
{
    Task<ActivationId> Activation();
    Task Die();
    Task DieWhileBusy(string gate);
    Task<int> Set(int value);
    Task<int> Get();
    Task Clear();
    Task Stay(TimeSpan time);
    Task StartTimer(TimeSpan due, TimeSpan period, bool interleave, bool fails);
    Task StopTimer();
    Task Block(string gate);
    Task Subscribe(string stream);
    Task SubscribeAndBlock(string stream, string gate);
    Task Publish(string stream, int item);
    Task<int> Subscriptions(string stream);
    Task Unsubscribe(string stream);
    Task Watch(ILifeObserver observer);
    Task Tell(string text);
}

public interface ILifeObserver : IGrainObserver
{
    void Heard(string text);
    Task<string> Ask(string text);
}

public sealed class LifeState
{
    public int Value { get; set; }
}

public sealed class LifeGrain(Probe probe, [PersistentState("life")] IPersistentState<LifeState> state) : Grain, ILifeGrain
{
    private IGrainTimer? _timer;
    private ILifeObserver? _observer;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        probe.Report($"activated {state.State.Value}");
        if (this.GetPrimaryKeyString() == "broken" && probe.Log.Count(line => line.StartsWith("activated", StringComparison.Ordinal)) == 1)
            throw new FormatException("broken");
        if (!this.GetPrimaryKeyString().StartsWith("consumer", StringComparison.Ordinal)) return;
        foreach (var handle in await Stream(this.GetPrimaryKeyString()).GetAllSubscriptionHandles())
            await handle.ResumeAsync(OnItem);
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        probe.Report($"deactivated {reason.ReasonCode}");
        return Task.CompletedTask;
    }

    public Task<ActivationId> Activation() => Task.FromResult(GrainContext.ActivationId);

    public Task Die()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public async Task DieWhileBusy(string gate)
    {
        DeactivateOnIdle();
        probe.Report("dies");
        await probe.Gate(gate);
    }

    public async Task<int> Set(int value)
    {
        state.State.Value = value;
        await state.WriteStateAsync();
        return value;
    }

    public Task<int> Get() => Task.FromResult(state.State.Value);
    public Task Clear() => state.ClearStateAsync();

    public Task Stay(TimeSpan time)
    {
        DelayDeactivation(time);
        return Task.CompletedTask;
    }

    public Task StartTimer(TimeSpan due, TimeSpan period, bool interleave, bool fails)
    {
        _timer = this.RegisterGrainTimer(() =>
        {
            probe.Report(TaskScheduler.Current == TaskScheduler.Default ? "tick outside" : "tick");
            return fails ? Task.FromException(new FormatException("tick")) : Task.CompletedTask;
        }, new GrainTimerCreationOptions(due, period) { Interleave = interleave });
        return Task.CompletedTask;
    }

    public Task StopTimer()
    {
        _timer!.Dispose();
        return Task.CompletedTask;
    }

    public Task Block(string gate)
    {
        probe.Report("blocks");
        return probe.Gate(gate);
    }

    public Task Subscribe(string stream) => Stream(stream).SubscribeAsync(OnItem);
    public Task SubscribeAndBlock(string stream, string gate) => Stream(stream).SubscribeAsync((_, _) => Block(gate));
    public Task Publish(string stream, int item) => Stream(stream).OnNextAsync(item);
    public async Task<int> Subscriptions(string stream) => (await Stream(stream).GetAllSubscriptionHandles()).Count;

    public async Task Unsubscribe(string stream)
    {
        foreach (var handle in await Stream(stream).GetAllSubscriptionHandles()) await handle.UnsubscribeAsync();
    }

    public Task Watch(ILifeObserver observer)
    {
        _observer = observer;
        return Task.CompletedTask;
    }

    public async Task Tell(string text)
    {
        _observer!.Heard(text);
        probe.Report(await _observer.Ask(text));
    }

    private IAsyncStream<int> Stream(string key) => this.GetStreamProvider("live").GetStream<int>("numbers", key);

    private Task OnItem(int item, StreamSequenceToken? token)
    {
        probe.Report($"item {item}");
        return Task.CompletedTask;
    }
}
