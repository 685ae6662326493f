using Npgsql;
using Squad.Platform.Storage;
using Squad.Platform.Storage.Postgres;

namespace Squad.Platform.Events;

/// <summary>Writes a group as one pipelined batch of prepared statements: one round trip, one implicit transaction.</summary>
internal sealed class PostgresEventStore(PostgresDatabase database) : IEventStore
{
    // Rows of small batches are looked at in slices, so that a long stream is never summed up to its end.
    private const int RowsMax = 1024;
    private const int Attempts = 5;
    private static readonly string Insert = EventSql.Insert("$1", "$2", "$3", "$4", "$5", "$6");

    private static readonly string Read = $"""
        SELECT first, last, at, mark, body
        FROM (
            SELECT first, last, at, mark, body, sum(octet_length(body)) OVER (ORDER BY first) - octet_length(body) AS before
            FROM (SELECT first, last, at, mark, body {EventSql.From} ORDER BY first LIMIT {RowsMax}) AS slice) AS summed
        WHERE before < @bytes
        ORDER BY first
        """;

    public async ValueTask<bool[]> WriteAsync(IReadOnlyList<EventBatch> batches)
    {
        await using var connection = (NpgsqlConnection)await database.OpenAsync();
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await TryWriteAsync(connection, batches);
            }
            catch (PostgresException error) when (StorageErrors.IsDuplicate(error) && attempt < Attempts)
            {
                // Another process appended between the look and the insert; nothing was written, and the next look sees it.
            }
            catch (PostgresException error) when (StorageErrors.IsFull(error))
            {
                throw new StorageFullException(error);
            }
        }
    }

    public async ValueTask<IReadOnlyList<EventBatch>> ReadAsync(string stream, long after, int bytesMax, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        await using var command = connection.CreateCommand();
        command.CommandText = Read;
        command.AddParameter("stream", stream);
        command.AddParameter("after", after);
        command.AddParameter("bytes", (long)Math.Max(1, bytesMax));
        await command.PrepareAsync(cancellation);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        List<EventBatch> batches = [];
        while (await reader.ReadAsync(cancellation))
            batches.Add(EventSql.Batch(stream, reader));
        return batches;
    }

    public async ValueTask<StreamEnd> EndAsync(string stream, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        await using var command = connection.CreateCommand();
        command.CommandText = EventSql.End;
        command.AddParameter("stream", stream);
        await command.PrepareAsync(cancellation);
        return await EventSql.ReadEndAsync(command, cancellation);
    }

    public async ValueTask DeleteAsync(string stream)
    {
        await using var connection = await database.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = EventSql.Delete;
        command.AddParameter("stream", stream);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<bool[]> TryWriteAsync(NpgsqlConnection connection, IReadOnlyList<EventBatch> batches)
    {
        await using var commands = new NpgsqlBatch(connection);
        foreach (var batch in batches)
        {
            commands.BatchCommands.Add(new NpgsqlBatchCommand(Insert)
            {
                Parameters =
                {
                    new NpgsqlParameter<string> { TypedValue = batch.Stream },
                    new NpgsqlParameter<long> { TypedValue = batch.First },
                    new NpgsqlParameter<long> { TypedValue = batch.Last },
                    new NpgsqlParameter<long> { TypedValue = batch.At.ToUnixTimeMilliseconds() },
                    new NpgsqlParameter<long> { TypedValue = batch.Mark },
                    new NpgsqlParameter<ReadOnlyMemory<byte>> { TypedValue = batch.Body },
                },
            });
        }
        await commands.PrepareAsync();
        await commands.ExecuteNonQueryAsync();
        var written = new bool[batches.Count];
        for (var i = 0; i < written.Length; i++)
            written[i] = commands.BatchCommands[i].RecordsAffected == 1;
        return written;
    }
}
