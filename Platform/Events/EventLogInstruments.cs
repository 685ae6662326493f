using System.Diagnostics.Metrics;

namespace Squad.Platform.Events;

/// <summary>What the event log tells about itself; meter <c>Squad.Events</c>.</summary>
public sealed class EventLogInstruments
{
    public const string MeterName = "Squad.Events";
    private readonly Counter<long> _events;
    private readonly Counter<long> _bytes;
    private readonly Counter<long> _failures;
    private readonly Counter<long> _reads;
    private readonly Histogram<double> _commit;
    private readonly Histogram<int> _group;

    public EventLogInstruments(IMeterFactory? factory = null)
    {
        var meter = factory?.Create(MeterName) ?? new Meter(MeterName);
        _events = meter.CreateCounter<long>("squad.event_log.events", "{event}", "Events appended.");
        _bytes = meter.CreateCounter<long>("squad.event_log.written", "By", "Bytes of events appended.");
        _failures = meter.CreateCounter<long>("squad.event_log.append_failures", "{append}", "Appends refused, by reason: conflict, full, error.");
        _reads = meter.CreateCounter<long>("squad.event_log.reads", "{read}", "Reads, by source: cache, database.");
        _commit = meter.CreateHistogram<double>("squad.event_log.commit.duration", "s", "Time to write and commit a group of appends.");
        _group = meter.CreateHistogram<int>("squad.event_log.group.size", "{append}", "Appends that shared a commit.");
    }

    internal void Committed(int appends, TimeSpan took)
    {
        _commit.Record(took.TotalSeconds);
        _group.Record(appends);
    }

    internal void Appended(EventBatch batch)
    {
        _events.Add(batch.Count);
        _bytes.Add(batch.Body.Length);
    }

    internal void Refused(string reason) => _failures.Add(1, new KeyValuePair<string, object?>("reason", reason));

    internal void Read(bool cached) => _reads.Add(1, new KeyValuePair<string, object?>("source", cached ? "cache" : "database"));
}
