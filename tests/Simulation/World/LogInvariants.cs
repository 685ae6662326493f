using System.Text.Json;
using Squad.Platform.Events;

namespace Squad.Simulation;

/// <summary>
/// The event log against what was written: numbered without a gap; each event of a Keeper in it once and in order; each <c>session.state</c> begins where the
/// one before it led. Checked with each append.
/// </summary>
internal sealed class LogInvariants(Invariants invariants)
{
    private const string Gapless = "event log gapless";
    private const string Once = "each event of Keeper once and in order";
    private const string Chain = "states follow one another";

    private readonly SortedDictionary<string, long> ends = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string> states = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, Source> sources = new(StringComparer.Ordinal);

    /// <summary>A Keeper has told an event.</summary>
    public void Written(string session, string of, long number)
    {
        if (!sources.TryGetValue(of, out var source))
            sources.Add(of, source = new Source(session));
        source.Written = number;
    }

    /// <summary>A sandbox was killed before its Keeper could tell all: what it told last may be lost.</summary>
    public void Discarded(string of)
    {
        if (sources.TryGetValue(of, out var source))
            source.IsDiscarded = true;
    }

    public void Deleted(string stream)
    {
        ends.Remove(stream);
        states.Remove(stream);
        foreach (var source in sources.Values.Where(s => stream == $"session/{s.Session}"))
            source.IsDiscarded = true;
    }

    public void Appended(EventBatch batch)
    {
        var last = ends.GetValueOrDefault(batch.Stream);
        var reader = batch.Body;
        for (var i = 0; i < batch.Count; i++)
        {
            var end = reader.Span.IndexOf((byte)'\n');
            using var json = JsonDocument.Parse(reader[..end]);
            reader = reader[(end + 1)..];
            var seq = json.RootElement.GetProperty("seq").GetInt64();
            if (seq != ++last)
                invariants.Break(Gapless, $"event {seq} of {batch.Stream} follows {last - 1}");
            Check(batch.Stream, json.RootElement.GetProperty("type").GetString()!, json.RootElement.GetProperty("data"));
        }

        if (last != batch.Last)
            invariants.Break(Gapless, $"a batch of {batch.Stream} says it ends with {batch.Last} and ends with {last}");
        ends[batch.Stream] = last;
    }

    /// <summary>When all is quiet: nothing that a Keeper told is missing.</summary>
    public void CheckComplete()
    {
        foreach (var (of, source) in sources)
        {
            if (!source.IsDiscarded && source.Logged != source.Written)
                invariants.Break(Once, $"Keeper {of} of session {source.Session} told {source.Written} events and the log has {source.Logged}");
        }
    }

    private void Check(string stream, string type, JsonElement data)
    {
        if (data.TryGetProperty("k", out var number))
        {
            var of = data.GetProperty("of").GetString()!;
            var source = sources[of];
            if (number.GetInt64() != source.Logged + 1 || stream != $"session/{source.Session}")
                invariants.Break(Once, $"event {number} of Keeper {of} follows {source.Logged} in {stream}");
            source.Logged = number.GetInt64();
        }
        else if (type == "session.state")
        {
            var from = data.GetProperty("from").GetString() ?? "nothing";
            var before = states.GetValueOrDefault(stream, "nothing");
            if (from != before)
                invariants.Break(Chain, $"a step of {stream} begins at {from}, the one before it led to {before}");
            states[stream] = data.GetProperty("to").GetString()!;
        }
    }

    private sealed class Source(string session)
    {
        public string Session => session;

        public long Written { get; set; }

        public long Logged { get; set; }

        public bool IsDiscarded { get; set; }
    }
}
