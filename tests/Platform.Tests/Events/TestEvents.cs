using System.Globalization;
using System.Text;
using Squad.Platform.Events;

namespace Squad.Platform.Tests.Events;

internal static class TestEvents
{
    public static readonly DateTimeOffset At = new(2026, 11, 22, 2, 10, 0, 123, TimeSpan.Zero);

    /// <summary>A batch whose events say their own number, each padded to about <paramref name="bytes"/> bytes.</summary>
    public static EventBatch Batch(string stream, long first, int count = 1, int bytes = 60, long mark = 0)
    {
        var body = new StringBuilder();
        for (var seq = first; seq < first + count; seq++)
        {
            var start = body.Length;
            body.Append(CultureInfo.InvariantCulture, $"{{\"seq\":{seq},\"type\":\"test\",\"data\":\"");
            body.Append('x', Math.Max(0, bytes - (body.Length - start) - 3)).Append("\"}\n");
        }
        return new EventBatch(stream, first, count, At, Encoding.UTF8.GetBytes(body.ToString()), mark);
    }

    /// <summary>The numbers that the events' bodies say, after the cursor.</summary>
    public static IEnumerable<long> Numbers(IEnumerable<EventBatch> batches, long after = 0) =>
        batches.Select(batch => batch.After(after)).OfType<EventBatch>()
            .SelectMany(batch => Encoding.UTF8.GetString(batch.Body.Span).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            .Select(line => long.Parse(line[7..line.IndexOf(',', StringComparison.Ordinal)], CultureInfo.InvariantCulture));

    /// <summary>Reads from the cursor to the end, page by page.</summary>
    public static async Task<List<long>> ReadAllAsync(this IEventLog log, string stream, long after = 0, int bytesMax = 256 * 1024)
    {
        List<long> numbers = [];
        while (true)
        {
            var batches = await log.ReadAsync(stream, after, bytesMax);
            if (batches.Count == 0)
                return numbers;
            numbers.AddRange(Numbers(batches, after));
            after = batches[^1].Last;
        }
    }

    public static IEnumerable<long> Range(long first, long last)
    {
        for (var number = first; number <= last; number++)
            yield return number;
    }
}
