using Orleans.Runtime;

namespace Orleans
{
    /// <summary>A grain that receives reminders. A tick is an ordinary call: it activates the grain and waits for its turn.</summary>
    public interface IRemindable : IGrain
    {
        /// <summary>
        /// A reminder is due. Delivered at least once for each tick while the cluster runs; a tick that falls into a time when it does
        /// not is missed, and so are those that pass while an earlier one is still being handled.
        /// </summary>
        Task ReceiveReminder(string reminderName, TickStatus status);
    }
}

namespace Orleans.Runtime
{
    /// <summary>A handle of a reminder, for unregistering it.</summary>
    public interface IGrainReminder
    {
        string ReminderName { get; }
    }

    /// <summary>
    /// When a tick was sent, and the schedule it belongs to: ticks are due at FirstTickTime + n * Period. So a grain can tell how many it
    /// has missed. Times are in UTC.
    /// </summary>
    [GenerateSerializer, Immutable]
    public readonly struct TickStatus
    {
        public TickStatus(DateTime firstTickTime, TimeSpan period, DateTime timeStamp)
        {
            FirstTickTime = firstTickTime;
            Period = period;
            CurrentTickTime = timeStamp;
        }

        [Id(0)]
        public DateTime FirstTickTime { get; private init; }

        [Id(1)]
        public TimeSpan Period { get; private init; }

        [Id(2)]
        public DateTime CurrentTickTime { get; private init; }

        public override string ToString() => $"<{FirstTickTime:O}, {Period}, {CurrentTickTime:O}>";
    }

    /// <summary>A reminder could not be changed because somebody else has changed it.</summary>
    public sealed class ReminderException : OrleansException
    {
        public ReminderException(string message) : base(message)
        {
        }
    }
}

namespace Orleans.Timers
{
    /// <summary>The reminders of all grains. Inside a grain, use the extension methods of <see cref="GrainReminderExtensions"/>.</summary>
    public interface IReminderRegistry
    {
        /// <summary>Stores a reminder, in place of one of the same name. When this completes it outlives the process.</summary>
        /// <param name="callingGrainId">The grain that is reminded.</param>
        /// <param name="reminderName">Not empty; unique within the grain.</param>
        /// <param name="dueTime">From now to the first tick; zero for at once.</param>
        /// <param name="period">At least ReminderOptions.MinimumReminderPeriod.</param>
        /// <exception cref="ArgumentException">The name is empty, or a time is negative, infinite, or too short.</exception>
        Task<IGrainReminder> RegisterOrUpdateReminder(GrainId callingGrainId, string reminderName, TimeSpan dueTime, TimeSpan period);

        /// <summary>Ends a reminder. Idempotent; a tick under way is not recalled.</summary>
        /// <exception cref="ReminderException">The reminder was registered anew since this handle was made.</exception>
        Task UnregisterReminder(GrainId callingGrainId, IGrainReminder reminder);

        /// <summary>The grain's reminder of that name, or null.</summary>
        Task<IGrainReminder?> GetReminder(GrainId callingGrainId, string reminderName);
        Task<List<IGrainReminder>> GetReminders(GrainId callingGrainId);
    }
}
