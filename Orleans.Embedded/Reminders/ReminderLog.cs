using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Orleans.Reminders;

internal static partial class ReminderLog
{
    [LoggerMessage(40, LogLevel.Error, "Reminder {Name} of {GrainId}: a tick failed")]
    public static partial void TickFailed(ILogger logger, string name, GrainId grainId, Exception error);

    [LoggerMessage(41, LogLevel.Warning, "The reminder table could not be read; it is tried again in {Pause}")]
    public static partial void ReadFailed(ILogger logger, TimeSpan pause, Exception error);

    [LoggerMessage(42, LogLevel.Debug, "{Count} reminders are kept here")]
    public static partial void Loaded(ILogger logger, int count);
}
