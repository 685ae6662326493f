using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Utilities;

namespace Orleans.Tests;

/// <summary>Keys, states by provider, chains, stages, expiry and graceful stop, as Orleans documents them.</summary>
public sealed class ContractTests
{
    [Fact]
    public async Task Every_kind_of_key_arrives_as_it_was_given()
    {
        await using var silo = await Silo.StartAsync();
        var id = Guid.NewGuid();
        Assert.Equal(id, await silo.Client.GetGrain<IGuidKeyGrain>(id).Key());
        foreach (var number in new[] { 0, 7, -7, long.MaxValue, long.MinValue })
            Assert.Equal(number, await silo.Client.GetGrain<ILongKeyGrain>(number).Key());
        Assert.Equal($"{id} a+b/c", await silo.Client.GetGrain<IGuidCompoundGrain>(id, "a+b/c", null).Key());
        Assert.Equal("-7 büro", await silo.Client.GetGrain<ILongCompoundGrain>(-7, "büro", null).Key());
        Assert.NotEqual<object>(silo.Client.GetGrain<ILongCompoundGrain>(1, "a", null), silo.Client.GetGrain<ILongCompoundGrain>(1, "b", null));
    }

    [Fact]
    public async Task States_are_kept_apart_by_name_and_provider()
    {
        await using var silo = await Silo.StartAsync();
        var grain = silo.Grain<INamedStorageGrain>("a");
        await grain.Write("one", "two");
        await silo.Cluster.DeactivateAsync(grain);
        Assert.Equal("one two", await grain.Read());
        Assert.Equal(" ", await silo.Grain<INamedStorageGrain>("b").Read());
    }

    [Fact]
    public async Task A_chain_that_was_allowed_to_come_back_can_be_kept_from_it_for_a_call()
    {
        await using var silo = await Silo.StartAsync();
        await silo.Grain<ISuppressingGrain>("a").CallAround("b", suppress: false).WaitAsync(Silo.Patience);
        var stuck = silo.Grain<ISuppressingGrain>("c").CallAround("d", suppress: true);
        await silo.Probe.Reported("calls back", 2);
        Assert.False(stuck.IsCompleted);
        for (var round = 0; round < 100 && !stuck.IsCompleted; round++)
        {
            await silo.Grain<ISuppressingGrain>("e").Nothing();
            silo.Time.Advance(TimeSpan.FromSeconds(1));
        }
        await Assert.ThrowsAsync<TimeoutException>(() => stuck.WaitAsync(Silo.Patience));
    }

    [Fact]
    public async Task The_stages_of_a_grains_life_run_up_and_down_around_its_methods()
    {
        await using var silo = await Silo.StartAsync();
        var grain = silo.Grain<IStagedGrain>("a");
        await grain.Nothing();
        await silo.Cluster.DeactivateAsync(grain);
        Assert.Equal(["start 999", "start 2001", "activate", "deactivate", "stop 2001", "stop 999"], silo.Probe.Log);
    }

    [Fact]
    public async Task A_stopping_silo_lets_the_running_call_end()
    {
        await using var silo = await Silo.StartAsync();
        var blocked = silo.Grain<ILifeGrain>("a").Block("gate");
        await silo.Probe.Reported("blocks");
        var stopping = silo.Cluster.Silos[0].StopSiloAsync(stopGracefully: true);
        Assert.False(stopping.IsCompleted);
        silo.Probe.Open("gate");
        await blocked.WaitAsync(Silo.Patience);
        await stopping.WaitAsync(Silo.Patience);
        Assert.Contains("deactivated ShuttingDown", silo.Probe.Log);
    }

    [Fact]
    public void An_observer_that_does_not_subscribe_again_expires()
    {
        var time = new ManualTime();
        var manager = new ObserverManager<string, string>(TimeSpan.FromMinutes(5), NullLogger.Instance)
        {
            GetDateTime = () => time.GetUtcNow().UtcDateTime,
        };
        manager.Subscribe("lazy", "lazy");
        manager.Subscribe("diligent", "diligent");
        time.Advance(TimeSpan.FromMinutes(4));
        manager.Subscribe("diligent", "diligent");
        time.Advance(TimeSpan.FromMinutes(2));
        var told = new List<string>();
        manager.Notify(told.Add);
        Assert.Equal(["diligent"], told);
        manager.ClearExpired();
        Assert.Equal(1, manager.Count);
    }
}
