namespace Orleans.Reminders;

/// <summary>When a reminder's ticks are due: at its start and at multiples of its period from there, however late one was handled.</summary>
internal static class ReminderSchedule
{
    /// <summary>
    /// The first tick that is due at or after <paramref name="now"/> and after <paramref name="last"/>, the one that was sent. Null: there
    /// is no such time. All times in UTC.
    /// </summary>
    public static DateTime? Next(DateTime startAt, TimeSpan period, DateTime? last, DateTime now)
    {
        var next = now <= startAt ? startAt : Following(startAt, period, now);
        if (next <= last) next = Following(startAt, period, last.Value.AddTicks(1));
        return next;
    }

    private static DateTime? Following(DateTime startAt, TimeSpan period, DateTime from)
    {
        var step = Math.Max(period.Ticks, 1);
        var passed = (from.Ticks - startAt.Ticks) % step;
        var wait = passed == 0 ? 0 : step - passed;
        return wait > DateTime.MaxValue.Ticks - from.Ticks ? null : from.AddTicks(wait);
    }
}
