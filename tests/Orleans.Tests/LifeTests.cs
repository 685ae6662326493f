using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Providers;
using Orleans.Runtime;
using Orleans.Storage;

namespace Orleans.Tests;

public sealed class LifeTests
{
    [Fact]
    public async Task Deactivating_lets_running_calls_end_and_waiting_ones_go_to_the_next_activation()
    {
        await using var silo = await Silo.StartAsync();
        var grain = silo.Grain<ILifeGrain>("a");
        var first = await grain.Activation();
        var dying = grain.DieWhileBusy("gate");
        await silo.Probe.Reported("dies");
        var second = grain.Activation();
        Assert.False(second.IsCompleted);
        silo.Probe.Open("gate");
        await dying.WaitAsync(Silo.Patience);
        Assert.NotEqual(first, await second.WaitAsync(Silo.Patience));
        Assert.Equal(["activated 0", "dies", "deactivated ApplicationRequested", "activated 0"], silo.Probe.Log);
    }

    [Fact]
    public async Task A_failed_activation_fails_its_calls_and_the_next_call_tries_again()
    {
        await using var silo = await Silo.StartAsync();
        var grain = silo.Grain<ILifeGrain>("broken");
        await Assert.ThrowsAsync<FormatException>(() => grain.Get().WaitAsync(Silo.Patience));
        Assert.Equal(0, await grain.Get().WaitAsync(Silo.Patience));
    }

    [Fact]
    public async Task An_idle_activation_is_collected_and_a_delayed_one_is_not()
    {
        await using var silo = await Silo.StartAsync(orleans => orleans.Configure<GrainCollectionOptions>(options =>
        {
            options.CollectionAge = TimeSpan.FromSeconds(2);
            options.CollectionQuantum = TimeSpan.FromSeconds(1);
        }), clocks: ManualClocks.None);
        var idle = silo.Grain<ILifeGrain>("idle");
        var staying = silo.Grain<ILifeGrain>("staying");
        await idle.Get();
        await staying.Stay(TimeSpan.FromHours(1));
        silo.Time.Advance(TimeSpan.FromSeconds(1.5));
        Assert.True(silo.Cluster.TryGetGrainContext(idle.GetGrainId(), out _));
        var ended = silo.Cluster.WaitForDeactivationAsync(idle);
        silo.Time.Advance(TimeSpan.FromSeconds(3));
        await ended.WaitAsync(Silo.Patience);
        Assert.Contains("deactivated ActivationIdle", silo.Probe.Log);
        Assert.True(silo.Cluster.TryGetGrainContext(staying.GetGrainId(), out _));
    }

    [Fact]
    public async Task State_is_read_before_activation_and_survives_activation_and_silo()
    {
        // Not the memory storage, which promises nothing beyond the silo.
        var outside = new OutsideStorage();
        await using var silo = await Silo.StartAsync(orleans => orleans.Services.AddKeyedSingleton<IGrainStorage>(ProviderConstants.DEFAULT_STORAGE_PROVIDER_NAME, outside));
        await silo.Grain<ILifeGrain>("a").Set(7);
        await silo.Cluster.DeactivateAsync(silo.Grain<ILifeGrain>("a"));
        Assert.Equal(7, await silo.Grain<ILifeGrain>("a").Get());
        await silo.Cluster.RestartSiloAsync(silo.Cluster.Silos[0]);
        var grain = silo.Inside.GetGrain<ILifeGrain>("a"); // a client outside may take a while to find the silo again
        Assert.Equal(7, await grain.Get());
        await grain.Clear();
        Assert.Equal(0, await grain.Get());
        Assert.Equal(2, silo.Probe.Log.Count(line => line == "activated 7"));
    }

    [Fact]
    public async Task A_write_on_a_changed_record_fails_and_ends_the_activation()
    {
        await using var silo = await Silo.StartAsync();
        var grain = silo.Grain<ILifeGrain>("a");
        await grain.Set(1);
        var storage = (IGrainStorage)silo.Inside.ServiceProvider.GetService(typeof(IGrainStorage))!;
        var record = new GrainState<LifeState>();
        await storage.ReadStateAsync("life", grain.GetGrainId(), record);
        record.State!.Value = 5;
        await storage.WriteStateAsync("life", grain.GetGrainId(), record);
        var before = await grain.Activation();

        await Assert.ThrowsAsync<InconsistentStateException>(() => grain.Set(2));

        Assert.NotEqual(before, await grain.Activation().WaitAsync(Silo.Patience));
        Assert.Equal(5, await grain.Get());
        Assert.Equal(6, await grain.Set(6));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_timer_ticks_as_a_turn_and_goes_on_after_a_failure_until_it_is_disposed(bool fails)
    {
        await using var silo = await Silo.StartAsync(clocks: ManualClocks.Calls | ManualClocks.Timers);
        var grain = silo.Grain<ILifeGrain>("a");
        await grain.StartTimer(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), interleave: false, fails);
        silo.Time.Advance(TimeSpan.FromSeconds(1));
        await silo.Probe.Reported("tick");
        await grain.Get(); // behind the tick's end, which arms the timer again
        silo.Time.Advance(TimeSpan.FromSeconds(2));
        await silo.Probe.Reported("tick", 2);
        await grain.StopTimer();
        silo.Time.Advance(TimeSpan.FromSeconds(10));
        await grain.Get();
        Assert.Equal(2, silo.Probe.Log.Count(line => line == "tick"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_tick_waits_for_the_running_call_unless_it_interleaves(bool interleave)
    {
        await using var silo = await Silo.StartAsync(clocks: ManualClocks.Calls | ManualClocks.Timers);
        var grain = silo.Grain<ILifeGrain>("a");
        await grain.StartTimer(TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan, interleave, fails: false);
        var blocked = grain.Block("gate");
        await silo.Probe.Reported("blocks");
        silo.Time.Advance(TimeSpan.FromSeconds(1));
        if (interleave) await silo.Probe.Reported("tick");
        else Assert.DoesNotContain("tick", silo.Probe.Log);
        silo.Probe.Open("gate");
        await blocked.WaitAsync(Silo.Patience);
        await silo.Probe.Reported("tick");
    }

    [Fact]
    public async Task Stopping_the_silo_ends_every_activation_and_refuses_later_calls()
    {
        await using var silo = await Silo.StartAsync();
        var grain = silo.Grain<ILifeGrain>("a");
        await grain.Get();
        await silo.Grain<ILifeGrain>("b").Get();
        await silo.Cluster.StopSilosAsync().WaitAsync(Silo.Patience);
        Assert.Equal(2, silo.Probe.Log.Count(line => line == "deactivated ShuttingDown"));
        var error = await Assert.ThrowsAnyAsync<OrleansException>(() => grain.Get().WaitAsync(Silo.Patience));
        // The client of Microsoft Orleans says that it has no gateway left, or that it cannot connect to it.
        if (RuntimeUnderTest.IsEmbedded) Assert.IsType<SiloUnavailableException>(error);
    }

    [Fact]
    public async Task Killing_the_silo_fails_the_calls_that_wait_and_deactivates_nothing()
    {
        await using var silo = await Silo.StartAsync();
        var blocked = silo.Grain<ILifeGrain>("a").Block("gate");
        await silo.Probe.Reported("blocks");
        await silo.Cluster.KillSiloAsync(silo.Cluster.Silos[0]).WaitAsync(Silo.Patience);
        if (RuntimeUnderTest.IsEmbedded)
        {
            await Assert.ThrowsAsync<SiloUnavailableException>(() => blocked.WaitAsync(Silo.Patience));
        }
        else
        {
            // To the client of Microsoft Orleans a silo that died is one that does not answer.
            silo.Time.Advance(TimeSpan.FromSeconds(31));
            await Assert.ThrowsAsync<TimeoutException>(() => blocked.WaitAsync(Silo.Patience));
        }
        Assert.DoesNotContain(silo.Probe.Log, line => line.StartsWith("deactivated", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_startup_task_can_call_grains_and_a_participant_sees_the_stages()
    {
        await using var silo = await Silo.StartAsync(orleans => orleans.AddStartupTask(async (services, _) =>
            await ((IGrainFactory)services.GetService(typeof(IGrainFactory))!).GetGrain<ILifeGrain>("started").Set(3)));
        Assert.Equal(3, await silo.Grain<ILifeGrain>("started").Get());
    }

    [Fact]
    public async Task An_observer_is_called_through_its_reference_until_that_is_deleted()
    {
        await using var silo = await Silo.StartAsync();
        var grain = silo.Grain<ILifeGrain>("a");
        var observer = new Observer(silo.Probe);
        var reference = silo.Client.CreateObjectReference<ILifeObserver>(observer);
        await grain.Watch(reference);
        await grain.Tell("hello").WaitAsync(Silo.Patience);
        await silo.Probe.Reported("heard hello"); // nobody waits for what returns nothing, and what is awaited may overtake it
        Assert.Equal(["activated 0", "answer to hello", "heard hello"], silo.Probe.Log.Order());
        silo.Client.DeleteObjectReference<ILifeObserver>(reference);
        var telling = grain.Tell("again");
        if (RuntimeUnderTest.IsEmbedded)
        {
            await Assert.ThrowsAsync<ClientNotAvailableException>(() => telling.WaitAsync(Silo.Patience));
        }
        else
        {
            // The client of Microsoft Orleans does not answer for what it does not know.
            await silo.Client.GetGrain<IPlainGrain>("other").Nothing();
            silo.Time.Advance(TimeSpan.FromSeconds(31));
            await Assert.ThrowsAsync<TimeoutException>(() => telling.WaitAsync(Silo.Patience));
        }
        Assert.Equal(3, silo.Probe.Log.Count);
        GC.KeepAlive(observer);
    }

    /// <summary>A storage that outlives silos, as a database does.</summary>
    private sealed class OutsideStorage : IGrainStorage
    {
        private readonly ConcurrentDictionary<(string, GrainId), object> _records = [];

        public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
        {
            grainState.RecordExists = _records.TryGetValue((stateName, grainId), out var record);
            grainState.State = grainState.RecordExists ? (T)record! : Activator.CreateInstance<T>();
            return Task.CompletedTask;
        }

        public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
        {
            _records[(stateName, grainId)] = grainState.State!;
            grainState.RecordExists = true;
            return Task.CompletedTask;
        }

        public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
        {
            _records.TryRemove((stateName, grainId), out _);
            return ReadStateAsync(stateName, grainId, grainState);
        }
    }

    private sealed class Observer(Probe probe) : ILifeObserver
    {
        public void Heard(string text) => probe.Report("heard " + text);
        public Task<string> Ask(string text) => Task.FromResult("answer to " + text);
    }
}
