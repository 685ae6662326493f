using Orleans.Runtime;

namespace Orleans.Reminders;

/// <summary>
/// A reminder that this silo keeps. It waits for its next tick, sends it, and only when that has been handled waits for the one after: so
/// there is at most one tick under way. Used in the turns of its service.
/// </summary>
internal sealed class LocalReminder : IDisposable
{
    // Timers cannot wait for longer than 49 days; a reminder looks again in between.
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(30);

    private readonly ReminderService _service;
    private readonly ITimer _timer;
    private DateTime? _last;
    private DateTime? _next;
    private bool _stopped;

    /// <param name="service">Whose turns these are.</param>
    /// <param name="entry">The schedule.</param>
    /// <param name="since">Ticks from this time on are sent, UTC.</param>
    public LocalReminder(ReminderService service, ReminderEntry entry, DateTime since)
    {
        _service = service;
        Entry = entry;
        _timer = service.Time.CreateTimer(static state =>
        {
            var reminder = (LocalReminder)state!;
            reminder._service.Post(reminder.OnDueAsync);
        }, this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Arm(since);
    }

    public ReminderEntry Entry { get; }

    public void Dispose()
    {
        _stopped = true;
        _timer.Dispose();
    }

    private void Arm(DateTime from)
    {
        _next = ReminderSchedule.Next(Entry.StartAt, Entry.Period, _last, from);
        if (_next is not { } next) return;
        // Whole milliseconds, rounded up: a timer that comes too early would have to wait again.
        var wait = TimeSpan.FromMilliseconds(Math.Ceiling((next - _service.UtcNow).TotalMilliseconds));
        if (wait > LongestWait) wait = LongestWait;
        if (wait > TimeSpan.Zero) _timer.Change(wait, Timeout.InfiniteTimeSpan);
        else _service.Post(OnDueAsync);
    }

    private async Task OnDueAsync()
    {
        if (_stopped) return;
        var now = _service.UtcNow;
        if (_next <= now)
        {
            _last = _next;
            try
            {
                await _service.ReferenceTo(Entry.GrainId)
                    .ReceiveReminder(Entry.ReminderName, new TickStatus(Entry.StartAt, Entry.Period, now));
            }
            catch (Exception error)
            {
                // The next tick may fare better; what failed is in the log.
                ReminderLog.TickFailed(_service.Logger, Entry.ReminderName, Entry.GrainId, error);
            }
        }
        if (!_stopped) Arm(_service.UtcNow);
    }
}
