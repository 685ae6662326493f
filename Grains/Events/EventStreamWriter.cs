using System.Text.Json;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Orleans.Streams;
using Squad.Events;
using Squad.Platform.Events;

namespace Squad.Grains.Events;

/// <summary>
/// A grain's pen for its own event stream: knows where the log ends, appends durably, then announces. Used from the grain's turns only, one append at a time.
/// Invariant: <see cref="Last"/> and <see cref="Mark"/> are what the log holds, or less while the outcome of a failed append is not known; that is read again
/// before the next append and by <see cref="SettleAsync"/>.
/// </summary>
/// <param name="read">Called with the log's end whenever that was read, before anything is done with it; what it throws leaves the end unknown.</param>
public sealed partial class EventStreamWriter(
    string stream, IEventLog log, IAsyncStream<EventsAppended> announcements, TimeProvider time, ILogger logger, Func<StreamEnd, Task>? read = null)
{
    private readonly SemaphoreSlim turn = new(1, 1); // the grain's turns interleave at awaits where it says [AlwaysInterleave]
    private StreamEnd end;
    private bool known;

    public long Last => end.Last;

    /// <summary>The source's number of the last source event in the log.</summary>
    public long Mark => end.Mark;

    public async Task LoadAsync()
    {
        var found = await log.EndAsync(stream);
        if (read is not null)
            await read(found);
        end = found;
        known = true;
    }

    /// <summary>Makes sure that <see cref="Last"/> and <see cref="Mark"/> are what the log holds.</summary>
    public Task SettleAsync() => known ? Task.CompletedTask : LoadAsync();

    /// <summary>Appends one event of Squad's own.</summary>
    public Task AppendAsync(string type, Action<Utf8JsonWriter> data) =>
        AppendAsync(last => (EventLines.Own(last + 1, time.GetUtcNow(), type, data), 1, 0));

    /// <summary>
    /// Appends a source's numbered lines; those with numbers up to <see cref="Mark"/> are left out, and nothing is taken when the first lies beyond the next.
    /// </summary>
    /// <returns>How many leading lines were left out because the log has them, and how many were appended.</returns>
    public async Task<(int Skipped, int Taken)> AppendNumberedAsync(long first, int count, ReadOnlyMemory<byte> lines)
    {
        var (skipped, taken) = (0, 0);
        // What lies between may have come through an activation that was taken for dead and was not.
        known &= first <= Mark + 1;
        await AppendAsync(last =>
        {
            if (first > Mark + 1)
                return default;
            skipped = (int)Math.Min(count, Mark + 1 - first);
            if (skipped == count)
                return default;
            var body = EventLines.Renumber(lines.Span, skipped, last + 1, out taken);
            return (body, taken, first + count - 1);
        });
        return (skipped, taken);
    }

    /// <summary>Whether the log has an event of this type after the cursor.</summary>
    public async Task<bool> ContainsAsync(string type, long after)
    {
        while (await log.ReadAsync(stream, after) is { Count: > 0 } batches)
        {
            foreach (var batch in batches)
            {
                if (batch.After(after) is { } rest && EventLines.Contains(rest.Body.Span, type))
                    return true;
            }

            after = batches[^1].Last;
        }

        return false;
    }

    public async Task DeleteAsync()
    {
        await log.DeleteAsync(stream);
        end = default;
    }

    private async Task AppendAsync(Func<long, (ReadOnlyMemory<byte> Body, int Count, long Mark)> make)
    {
        await turn.WaitAsync();
        try
        {
            await SettleAsync();
            var (body, count, mark) = make(end.Last);
            if (count == 0)
                return;
            known = false; // until the append has succeeded
            await log.AppendAsync(new EventBatch(stream, end.Last + 1, count, time.GetUtcNow(), body, mark));
            end = new StreamEnd(end.Last + count, Math.Max(end.Mark, mark));
            known = true;
        }
        finally
        {
            turn.Release();
        }

        try
        {
            await announcements.OnNextAsync(new EventsAppended(Last));
        }
        catch (Exception e) when (e is OrleansException or TimeoutException)
        {
            // The node that carries the stream has died. What was appended is kept, and whoever watches looks again by himself within two seconds.
            LogNotAnnounced(e, stream, Last);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Stream {Stream}: its events up to {Last} are kept and could not be announced; who watches sees them a little later")]
    private partial void LogNotAnnounced(Exception exception, string stream, long last);
}
