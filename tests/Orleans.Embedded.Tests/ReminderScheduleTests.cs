using FsCheck;
using FsCheck.Fluent;
using Orleans.Reminders;

namespace Orleans.Embedded.Tests;

public sealed class ReminderScheduleTests
{
    private static readonly DateTime Start = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    [Fact]
    public void The_next_tick_is_the_first_of_the_schedule_that_is_not_past_and_was_not_sent()
    {
        var moments = Gen.Choose(-500, 500).ToArbitrary();
        var periods = Gen.Choose(1, 60).ToArbitrary();
        Prop.ForAll(moments, periods, moments, (from, every, lastOffset) =>
        {
            var now = Start.AddTicks(from);
            var period = TimeSpan.FromTicks(every);
            // Some tick that was due not after now, or none.
            DateTime? last = lastOffset < 0 || from < 0 ? null : Start.AddTicks(from / every * every);
            var next = ReminderSchedule.Next(Start, period, last, now)!.Value;
            return next >= now && next >= Start && (next - Start).Ticks % every == 0 && (last is null || next > last)
                && (next == Start || next - period < now || next - period <= last);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_time_beyond_all_time_never_comes() =>
        Assert.Null(ReminderSchedule.Next(Start, TimeSpan.MaxValue, Start, Start.AddYears(1)));

    [Fact]
    public void A_tick_that_was_handled_for_longer_than_its_period_is_followed_by_the_next_regular_one() =>
        Assert.Equal(Start.AddMinutes(40), ReminderSchedule.Next(Start, TimeSpan.FromMinutes(10), Start, Start.AddMinutes(31)));
}
