using System.Data.Common;

namespace Squad.Platform.Events;

/// <summary>The statements that both databases understand.</summary>
internal static class EventSql
{
    /// <summary>
    /// Inserts a batch only where its stream ends right before it, by one look at the stream's newest row; no row inserted is a conflict. Two
    /// processes that pass the look at the same time begin at the same number, and the primary key stops one of them.
    /// </summary>
    public static string Insert(string stream, string first, string last, string at, string mark, string body) => $"""
        INSERT INTO events (stream, first, last, at, mark, mark_max, body)
        SELECT {stream}, {first}, {last}, {at}, {mark}, CASE WHEN tail.mark_max > {mark} THEN tail.mark_max ELSE {mark} END, {body}
        FROM (SELECT 1 AS one) AS one
        LEFT JOIN (SELECT last, mark_max FROM events WHERE stream = {stream} ORDER BY first DESC LIMIT 1) AS tail ON TRUE
        WHERE coalesce(tail.last, 0) = {first} - 1
        """;

    public const string End = "SELECT last, mark_max FROM events WHERE stream = @stream ORDER BY first DESC LIMIT 1";

    public const string Delete = "DELETE FROM events WHERE stream = @stream";

    /// <summary>From the batch that holds the event after the cursor, if there is one, in order.</summary>
    public const string From = """
        FROM events
        WHERE stream = @stream AND last > @after
          AND first >= coalesce((SELECT max(first) FROM events WHERE stream = @stream AND first <= @after + 1), 0)
        """;

    public static EventBatch Batch(string stream, DbDataReader reader) => new(
        stream,
        reader.GetInt64(0),
        checked((int)(reader.GetInt64(1) - reader.GetInt64(0) + 1)),
        DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(2)),
        reader.GetFieldValue<byte[]>(4),
        reader.GetInt64(3));

    public static async ValueTask<StreamEnd> ReadEndAsync(DbCommand command, CancellationToken cancellation)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        return await reader.ReadAsync(cancellation) ? new StreamEnd(reader.GetInt64(0), reader.GetInt64(1)) : default;
    }
}
