using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;

namespace Orleans.Embedded.Tests.Simulation;

public interface IAccountGrain : IGrainWithStringKey
{
    /// <summary>Adds durably.</summary>
    Task<int> Add(int amount);

    Task<int> Get();

    /// <summary>Adds to another account, after a pause.</summary>
    Task<int> Pay(string to, int amount);

    /// <summary>Begins to tick every second.</summary>
    Task Tick();

    Task<int> Ticks();

    /// <summary>Never answers.</summary>
    Task Hang();

    /// <summary>Waits on the thread pool, which a simulation forbids.</summary>
    Task Escape();
}

[GrainType("account")]
public sealed class AccountGrain([PersistentState("account")] IPersistentState<Balance> state, TimeProvider time, Ledger ledger)
    : Grain, IAccountGrain
{
    private int _ticks;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        ledger.Activated(this.GetPrimaryKeyString(), RuntimeIdentity);
        return Task.CompletedTask;
    }

    public async Task<int> Add(int amount)
    {
        state.State.Amount += amount;
        await Task.Delay(TimeSpan.FromMilliseconds(5), time);
        await state.WriteStateAsync();
        return state.State.Amount;
    }

    public Task<int> Get() => Task.FromResult(state.State.Amount);

    public async Task<int> Pay(string to, int amount)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(amount), time);
        return await GrainFactory.GetGrain<IAccountGrain>(to).Add(amount);
    }

    public Task Tick()
    {
        this.RegisterGrainTimer(() =>
        {
            _ticks++;
            ledger.Ticked(RuntimeIdentity);
            return Task.CompletedTask;
        }, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        return Task.CompletedTask;
    }

    public Task<int> Ticks() => Task.FromResult(_ticks);
    public Task Hang() => new TaskCompletionSource().Task;
    public async Task Escape() => await Task.Run(() => 1).ContinueWith(one => one.Result, TaskScheduler.Default);
}

public sealed class Balance
{
    public int Amount { get; set; }
}

/// <summary>What grains tell the test.</summary>
public sealed class Ledger
{
    public List<string> Activations { get; } = [];
    public Dictionary<string, int> TicksBySilo { get; } = [];

    public void Activated(string key, string silo) => Activations.Add($"{key} on {silo}");
    public void Ticked(string silo) => TicksBySilo[silo] = TicksBySilo.GetValueOrDefault(silo) + 1;
}
