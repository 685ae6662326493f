using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Hosting;
using Orleans.Reminders;
using Orleans.Runtime;
using Orleans.TestingHost;

namespace Orleans.Embedded.Tests;

/// <summary>Who keeps a reminder, and what becomes of it when silos and tables come and go.</summary>
public sealed class ReminderTests
{
    private static readonly TimeSpan Due = new(0, 10, 7);
    private static readonly TimeSpan Period = new(0, 20, 9);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task After_a_restart_a_reminder_goes_on_at_its_next_time_and_what_it_missed_is_missed()
    {
        await using var silo = await Silo.StartAsync(orleans => orleans.UseInMemoryReminderService());
        await silo.Grain<IRemindedGrain>("a").Remind("tea", Due, Period);
        await silo.Cluster.StopSilosAsync();
        silo.Time.Advance(Due + Period + Minute);
        await silo.Cluster.StartAdditionalSiloAsync();
        await silo.Time.WhenDueIn(Period - Minute);
        Assert.DoesNotContain("tea", silo.Probe.Log);
        silo.Time.Advance(Period - Minute);
        await silo.Probe.Reported("tea first 00:10:07 every 00:20:09 now 00:50:25");
        Assert.Single(silo.Probe.Log, "tea");
    }

    [Fact]
    public async Task Of_several_silos_one_keeps_a_reminder_and_another_one_when_that_is_gone()
    {
        var time = new ManualTime();
        var probe = new Probe();
        var builder = new InProcessTestClusterBuilder(3);
        builder.ConfigureSilo((_, orleans) =>
        {
            orleans.Services.Replace(ServiceDescriptor.Singleton<TimeProvider>(time));
            orleans.Services.AddSingleton(probe);
            orleans.UseInMemoryReminderService();
        });
        await using var cluster = builder.Build();
        await cluster.DeployAsync();
        var names = Enumerable.Range(0, 12).Select(i => $"tea{i}").ToArray();
        foreach (var name in names) await cluster.Client.GetGrain<IRemindedGrain>(name).Remind(name, Due, Period);
        await AdvanceAsync(Due, count: 1);
        time.Advance(Minute); // a tick that is due at the moment of a change may come twice
        await cluster.KillSiloAsync(cluster.Silos[1]);
        await AdvanceAsync(Period - Minute, count: 2);
        time.Advance(Minute);
        await cluster.StopSiloAsync(cluster.Silos[0]);
        await cluster.StartAdditionalSiloAsync();
        await AdvanceAsync(Period - Minute, count: 3);
        foreach (var name in names) Assert.Equal(3, probe.Log.Count(line => line == name));

        async Task AdvanceAsync(TimeSpan by, int count)
        {
            // The silos have heard of each other's coming and going, and have the share that is theirs now.
            foreach (var silo in cluster.GetActiveSilos()) await silo.ServiceProvider.GetRequiredService<ReminderService>().RefreshAsync();
            await time.WhenDueIn(by, names.Length);
            time.Advance(by);
            foreach (var name in names) await probe.Reported(name, count);
        }
    }

    [Fact]
    public async Task A_reminder_that_is_due_at_once_ticks_at_once()
    {
        await using var silo = await Silo.StartAsync(orleans => orleans.UseInMemoryReminderService());
        await silo.Grain<IRemindedGrain>("a").Remind("tea", TimeSpan.Zero, Period);
        await silo.Probe.Reported("tea");
    }

    [Fact]
    public async Task A_table_that_cannot_be_read_is_read_again_after_a_while()
    {
        var table = new StubbornTable { Failures = 1 };
        await table.UpsertRow(new ReminderEntry
        {
            GrainId = GrainId.Create("reminded", "a"),
            ReminderName = "tea",
            StartAt = new DateTime(2026, 1, 1, 0, 10, 7, DateTimeKind.Utc),
            Period = Period,
        });
        await using var silo = await Silo.StartAsync(orleans => orleans.AddReminders().Services.AddSingleton<IReminderTable>(table));
        await silo.Time.WhenDueIn(TimeSpan.FromSeconds(30));
        silo.Time.Advance(TimeSpan.FromSeconds(30));
        await silo.Time.WhenDueIn(Due - TimeSpan.FromSeconds(30));
        silo.Time.Advance(Due - TimeSpan.FromSeconds(30));
        await silo.Probe.Reported("tea");
    }

    [Fact]
    public async Task What_is_changed_while_the_table_is_read_wins_over_what_was_read()
    {
        var table = new StubbornTable();
        await using var silo = await Silo.StartAsync(orleans => orleans.AddReminders().Services.AddSingleton<IReminderTable>(table));
        var grain = silo.Grain<IRemindedGrain>("a");
        await grain.Remind("old", Due, Period);
        await silo.Time.WhenDueIn(Due);

        table.Hold();
        silo.Time.Advance(TimeSpan.FromMinutes(5)); // the list is refreshed: it knows "old" and not "new"
        await table.Reading;
        await grain.Remind("new", Due, Period);
        await grain.Forget("old");
        table.Release();

        await silo.Time.WhenDueIn(Due);
        silo.Time.Advance(Due);
        await silo.Probe.Reported("new");
        Assert.DoesNotContain("old", silo.Probe.Log);
    }

    [Fact]
    public async Task Rows_that_were_changed_behind_the_silo_are_found_with_the_next_refresh()
    {
        var table = new StubbornTable();
        await using var silo = await Silo.StartAsync(orleans => orleans.AddReminders().Services.AddSingleton<IReminderTable>(table));
        await silo.Grain<IRemindedGrain>("a").Remind("tea", Due, Period);
        await silo.Time.WhenDueIn(Due);
        await table.UpsertRow(new ReminderEntry
        {
            GrainId = silo.Grain<IRemindedGrain>("a").GetGrainId(),
            ReminderName = "tea",
            StartAt = new DateTime(2026, 1, 1, 0, 8, 1, DateTimeKind.Utc),
            Period = Period,
        });
        silo.Time.Advance(TimeSpan.FromMinutes(5));
        await silo.Time.WhenDueIn(new TimeSpan(0, 3, 1));
        silo.Time.Advance(new TimeSpan(0, 3, 1));
        await silo.Probe.Reported("tea first 00:08:01 every 00:20:09 now 00:08:01");
    }

    [Fact]
    public async Task Without_a_table_the_silo_says_so_and_without_reminders_the_grain()
    {
        var error = await Assert.ThrowsAsync<OrleansConfigurationException>(() => Silo.StartAsync(orleans => orleans.AddReminders()));
        Assert.Contains("no reminder table", error.Message, StringComparison.Ordinal);
        await using var silo = await Silo.StartAsync();
        error = await Assert.ThrowsAsync<OrleansConfigurationException>(() => silo.Grain<IRemindedGrain>("a").Remind("tea", Due, Period));
        Assert.Contains("not configured", error.Message, StringComparison.Ordinal);
    }

    /// <summary>A table in memory whose reads of everything fail or wait when a test says so.</summary>
    private sealed class StubbornTable : IReminderTable
    {
        private readonly MemoryReminderTable _inside = new();
        private TaskCompletionSource _reading = new();
        private TaskCompletionSource? _held;

        public int Failures { get; set; }
        public Task Reading => _reading.Task;

        public void Hold()
        {
            _reading = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        public void Release()
        {
            _held!.SetResult();
            _held = null;
        }

        public async Task<ReminderTableData> ReadRows(uint begin, uint end)
        {
            if (Failures-- > 0) throw new IOException("The table is away.");
            var rows = await _inside.ReadRows(begin, end);
            _reading.TrySetResult();
            if (_held is { } held) await held.Task;
            return rows;
        }

        public Task<ReminderTableData> ReadRows(GrainId grainId) => _inside.ReadRows(grainId);
        public Task<ReminderEntry?> ReadRow(GrainId grainId, string reminderName) => _inside.ReadRow(grainId, reminderName);
        public Task<string?> UpsertRow(ReminderEntry entry) => _inside.UpsertRow(entry);
        public Task<bool> RemoveRow(GrainId grainId, string reminderName, string eTag) => _inside.RemoveRow(grainId, reminderName, eTag);
        public Task TestOnlyClearTable() => _inside.TestOnlyClearTable();
    }
}
