using Orleans.Hosting;
using Orleans.Runtime;

namespace Orleans.Tests;

/// <summary>Reminders, as https://learn.microsoft.com/dotnet/orleans/grains/timers-and-reminders tells.</summary>
public sealed class ReminderTests
{
    // Times at which no timer of the runtime's own is due, and near enough for a runtime that loads only what is due within ten minutes.
    private static readonly TimeSpan Due = new(0, 4, 13);
    private static readonly TimeSpan Period = new(0, 6, 17);

    [Fact]
    public async Task A_reminder_ticks_when_it_is_due_and_then_in_its_period()
    {
        await using var silo = await StartAsync();
        await silo.Grain<IRemindedGrain>("a").Remind("tea", Due, Period);
        await AdvanceToAsync(silo, Due);
        await silo.Probe.Reported("tea first 00:04:13 every 00:06:17 now 00:04:13");
        await AdvanceToAsync(silo, Period);
        await silo.Probe.Reported("tea first 00:04:13 every 00:06:17 now 00:10:30");
        Assert.Equal(2, silo.Probe.Log.Count(line => line == "tea"));
    }

    [Fact]
    public async Task A_tick_activates_its_grain()
    {
        await using var silo = await StartAsync();
        var grain = silo.Grain<IRemindedGrain>("a");
        await grain.Remind("tea", Due, Period);
        await silo.Cluster.DeactivateAsync(grain);
        await AdvanceToAsync(silo, Due);
        await silo.Probe.Reported("tea");
        Assert.Equal(2, silo.Probe.Log.Count(line => line == "activated"));
    }

    [Fact]
    public async Task A_tick_waits_for_its_turn()
    {
        await using var silo = await StartAsync();
        var grain = silo.Grain<IRemindedGrain>("a");
        await grain.Remind("tea", Due, Period);
        var blocked = grain.Block("gate");
        await silo.Probe.Reported("blocks");
        await AdvanceToAsync(silo, Due);
        Assert.DoesNotContain("tea", silo.Probe.Log);
        silo.Probe.Open("gate");
        await silo.Probe.Reported("tea");
        await Assert.ThrowsAsync<TimeoutException>(() => blocked.WaitAsync(Silo.Patience)); // the time went on beyond its patience
    }

    [Fact]
    public async Task A_tick_that_fails_does_not_stop_the_next()
    {
        await using var silo = await StartAsync();
        await silo.Grain<IRemindedGrain>("a").Remind("fails", Due, Period);
        await AdvanceToAsync(silo, Due);
        await silo.Probe.Reported("fails");
        await AdvanceToAsync(silo, Period);
        await silo.Probe.Reported("fails", 2);
    }

    [Fact]
    public async Task Ticks_that_pass_while_one_is_handled_are_missed_and_the_rest_keep_their_times()
    {
        await using var silo = await StartAsync(ManualClocks.Reminders);
        await silo.Grain<IRemindedGrain>("a").Remind("waits", Due, Period);
        await AdvanceToAsync(silo, Due);
        await silo.Probe.Reported("waits");
        // On the runtime with one clock the tick's call times out on the way, and the schedule goes on.
        silo.Time.Advance(Period + Period + TimeSpan.FromSeconds(8));
        silo.Probe.Open("waits");
        var later = Period - TimeSpan.FromSeconds(8);
        await AdvanceToAsync(silo, later);
        await silo.Probe.Reported("waits first 00:04:13 every 00:06:17 now 00:23:04");
        Assert.True(silo.Probe.Log.Count(line => line == "waits") <= 3);
    }

    [Fact]
    public async Task Registering_again_replaces_the_schedule()
    {
        await using var silo = await StartAsync();
        var grain = silo.Grain<IRemindedGrain>("a");
        await grain.Remind("tea", Due, Period);
        await silo.Time.WhenDueIn(Due);
        await grain.Remind("tea", Due + Due, Period);
        await silo.Time.WhenDueIn(Due + Due);
        silo.Time.Advance(Due);
        await silo.Time.WhenDueIn(Due);
        Assert.DoesNotContain("tea", silo.Probe.Log);
        silo.Time.Advance(Due);
        await silo.Probe.Reported("tea first 00:08:26 every 00:06:17 now 00:08:26");
    }

    [Fact]
    public async Task An_unregistered_reminder_is_gone_and_does_not_tick()
    {
        await using var silo = await StartAsync();
        var grain = silo.Grain<IRemindedGrain>("a");
        await grain.Remind("tea", Due, Period);
        await grain.Remind("coffee", Due, Period);
        await silo.Grain<IRemindedGrain>("b").Remind("water", Due, Period);
        Assert.Equal(["coffee", "tea"], await grain.Names());
        Assert.Equal("tea", await grain.Find("tea"));
        await grain.Forget("tea");
        Assert.Null(await grain.Find("tea"));
        Assert.Equal(["coffee"], await grain.Names());
        await AdvanceToAsync(silo, Due);
        await silo.Probe.Reported("coffee");
        await silo.Probe.Reported("water");
        Assert.DoesNotContain("tea", silo.Probe.Log);
    }

    [Fact]
    public async Task Unregistering_twice_is_nothing_and_unregistering_behind_an_update_is_refused()
    {
        await using var silo = await StartAsync();
        var grain = silo.Grain<IRemindedGrain>("a");
        await grain.Remind("tea", Due, Period);
        await grain.ForgetTwice("tea");
        await grain.Remind("tea", Due, Period);
        await Assert.ThrowsAsync<ReminderException>(() => grain.ForgetBehindAnUpdate("tea"));
        Assert.Equal(["tea"], await grain.Names());
    }

    [Fact]
    public async Task What_cannot_be_a_reminder_is_refused_by_name()
    {
        await using var silo = await StartAsync();
        var grain = silo.Grain<IRemindedGrain>("a");
        var error = await Assert.ThrowsAsync<ArgumentException>(() => grain.Remind("tea", Due, TimeSpan.FromSeconds(59)));
        Assert.Contains("tea", error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAnyAsync<ArgumentException>(() => grain.Remind("", Due, Period));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => grain.Remind("tea", -Due, Period));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => grain.Remind("tea", Timeout.InfiniteTimeSpan, Period));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => grain.Remind("tea", Due, Timeout.InfiniteTimeSpan));
        await Assert.ThrowsAsync<InvalidOperationException>(() => silo.Grain<IUnremindableGrain>("a").Remind());
        Assert.Empty(await grain.Names());
    }

    [Fact]
    public async Task A_shorter_period_is_allowed_where_the_options_allow_it()
    {
        await using var silo = await Silo.StartAsync(orleans => orleans.UseInMemoryReminderService()
            .Configure<ReminderOptions>(options => options.MinimumReminderPeriod = TimeSpan.FromSeconds(7)));
        await silo.Grain<IRemindedGrain>("a").Remind("tea", Due, TimeSpan.FromSeconds(7));
        await AdvanceToAsync(silo, Due);
        await silo.Probe.Reported("tea");
    }

    private static Task<Silo> StartAsync(ManualClocks clocks = ManualClocks.Calls | ManualClocks.Reminders) =>
        Silo.StartAsync(orleans => orleans.UseInMemoryReminderService(), clocks: clocks);

    /// <summary>Waits until a reminder waits for just this time, and lets it pass.</summary>
    private static async Task AdvanceToAsync(Silo silo, TimeSpan time)
    {
        await silo.Time.WhenDueIn(time);
        silo.Time.Advance(time);
    }
}
