using System.Text;
using System.Text.RegularExpressions;
using Squad.Platform.Events;

namespace Squad.Simulation.Bugs;

/// <summary>A planted bug: an event log that repeats an append whose answer was lost at the log's new end, without looking whether the first had come through.</summary>
internal sealed partial class RepeatingEventLog(IEventLog log) : IEventLog
{
    public async ValueTask AppendAsync(EventBatch batch, CancellationToken cancellation = default)
    {
        try
        {
            await log.AppendAsync(batch, cancellation);
        }
        catch (IOException)
        {
            var end = await log.EndAsync(batch.Stream, cancellation);
            await log.AppendAsync(Renumbered(batch, end.Last + 1), cancellation);
        }
    }

    public ValueTask<IReadOnlyList<EventBatch>> ReadAsync(string stream, long after, int bytesMax = 256 * 1024, CancellationToken cancellation = default) =>
        log.ReadAsync(stream, after, bytesMax, cancellation);

    public ValueTask<StreamEnd> EndAsync(string stream, CancellationToken cancellation = default) => log.EndAsync(stream, cancellation);

    public ValueTask DeleteAsync(string stream, CancellationToken cancellation = default) => log.DeleteAsync(stream, cancellation);

    private static EventBatch Renumbered(EventBatch batch, long first)
    {
        var next = first;
        var body = Seq().Replace(Encoding.UTF8.GetString(batch.Body.Span), _ => $"{{\"seq\":{next++},");
        return batch with { First = first, Body = Encoding.UTF8.GetBytes(body) };
    }

    // {"seq":7,"at":"2026-11-22T02:10:00.123Z",…
    [GeneratedRegex("^\\{\"seq\":[0-9]+,", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Seq();
}
