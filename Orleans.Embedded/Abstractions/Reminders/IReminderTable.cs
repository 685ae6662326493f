using Orleans.Runtime;

namespace Orleans;

/// <summary>Where reminders are stored. Safe from any thread; a method completes when its change is durable.</summary>
public interface IReminderTable
{
    Task Init() => Task.CompletedTask;

    /// <summary>Called before any other method; the silo does not start if this fails.</summary>
    Task StartAsync(CancellationToken cancellationToken = default) => Init();

    Task<ReminderTableData> ReadRows(GrainId grainId);

    /// <summary>
    /// The rows whose grain's <see cref="GrainId.GetUniformHashCode"/> is in (begin, end]; if begin is not less than end, those
    /// above begin and those up to end, which for equal bounds is all.
    /// </summary>
    Task<ReminderTableData> ReadRows(uint begin, uint end);

    /// <summary>The row, or null.</summary>
    Task<ReminderEntry?> ReadRow(GrainId grainId, string reminderName);

    /// <summary>Writes a row whatever was there, and gives its new etag.</summary>
    Task<string?> UpsertRow(ReminderEntry entry);

    /// <summary>Removes a row. False: it is not there, or has another etag.</summary>
    Task<bool> RemoveRow(GrainId grainId, string reminderName, string eTag);
    Task TestOnlyClearTable();

    Task StopAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;
}

/// <summary>A stored reminder.</summary>
public sealed class ReminderEntry
{
    public GrainId GrainId { get; set; }
    public string ReminderName { get; set; } = "";

    /// <summary>When the first tick is due, in UTC; the others follow at multiples of the period.</summary>
    public DateTime StartAt { get; set; }
    public TimeSpan Period { get; set; }
    public string ETag { get; set; } = "";

    public override string ToString() => $"<{ReminderName} of {GrainId}, first {StartAt:O}, then every {Period}, etag {ETag}>";
}

/// <summary>Rows that were read.</summary>
public sealed class ReminderTableData
{
    public ReminderTableData()
    {
    }

    public ReminderTableData(ReminderEntry entry) => Reminders.Add(entry);

    public ReminderTableData(IEnumerable<ReminderEntry> list) => Reminders = [.. list];

    public IList<ReminderEntry> Reminders { get; } = [];

    public override string ToString() => $"[{Reminders.Count} reminders: {string.Join(", ", Reminders)}]";
}
