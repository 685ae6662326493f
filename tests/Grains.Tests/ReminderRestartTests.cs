using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.TestingHost;
using Squad.Platform.Storage;

namespace Squad.Grains.Tests;

/// <summary>A reminder in Squad's own database, over the death of the silo that registered it.</summary>
public sealed class ReminderRestartTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly string _data = Directory.CreateTempSubdirectory("squad-reminders-").FullName;
    private readonly TickBoard _board = new();
    private InProcessTestCluster _cluster = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = new InProcessTestClusterBuilder(1).ConfigureSilo((_, silo) =>
        {
            silo.Services.AddSquadStorage(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["Squad:Storage:DataDirectory"] = _data,
            }).Build());
            silo.Services.AddSquadReminderTable();
            silo.Services.AddSingleton(_board);
            silo.AddReminders();
            silo.Configure<ReminderOptions>(options => options.MinimumReminderPeriod = TimeSpan.FromMilliseconds(50));
        }).Build();
        await _cluster.DeployAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    [Fact]
    public async Task A_reminder_ticks_on_after_the_silo_was_killed_and_stops_when_it_is_unregistered()
    {
        await _cluster.Client.GetGrain<ITickingGrain>("a").Start();
        await _board.NextAsync(Patience);

        await _cluster.KillSiloAsync(_cluster.Silos[0]);
        _board.Clear();
        var next = await _cluster.StartAdditionalSiloAsync();

        await _board.NextAsync(Patience); // nobody has called the grain since
        // By the new silo's own client: one outside may take a while to find another silo than the one it knew.
        var grain = next.ServiceProvider.GetRequiredService<IClusterClient>().GetGrain<ITickingGrain>("a");
        await grain.Stop();
        Assert.Equal(0, await grain.Count());
    }
}

/// <summary>Where the grain reports its ticks.</summary>
public sealed class TickBoard
{
    private TaskCompletionSource _next = NewSignal();

    public void Ticked() => _next.TrySetResult();

    public void Clear() => _next = NewSignal();

    public Task NextAsync(TimeSpan patience) => _next.Task.WaitAsync(patience);

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

public interface ITickingGrain : IGrainWithStringKey
{
    Task Start();

    Task Stop();

    Task<int> Count();
}

public sealed class TickingGrain(TickBoard board) : Grain, ITickingGrain, IRemindable
{
    private const string Name = "tick";

    public Task ReceiveReminder(string reminderName, TickStatus status)
    {
        board.Ticked();
        return Task.CompletedTask;
    }

    public Task Start() => this.RegisterOrUpdateReminder(Name, TimeSpan.Zero, TimeSpan.FromMilliseconds(50));

    public async Task Stop() => await this.UnregisterReminder((await this.GetReminder(Name))!);

    public async Task<int> Count() => (await this.GetReminders()).Count;
}
