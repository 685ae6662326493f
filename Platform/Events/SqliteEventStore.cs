using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using Squad.Platform.Storage;
using Squad.Platform.Storage.Sqlite;

namespace Squad.Platform.Events;

/// <summary>Writes in the bulk lane of the one writer; reads on pooled connections, beside it.</summary>
internal sealed class SqliteEventStore(SqliteDatabase database) : IEventStore
{
    private SqliteConnection? _prepared;
    private SqliteCommand? _insert;

    public ValueTask<bool[]> WriteAsync(IReadOnlyList<EventBatch> batches) =>
        database.WriteBulkAsync(
            (connection, _) => ValueTask.FromResult(Write((SqliteConnection)connection, batches)),
            batches.Sum(batch => (long)batch.Body.Length));

    public async ValueTask<IReadOnlyList<EventBatch>> ReadAsync(string stream, long after, int bytesMax, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        await using var command = connection.CreateCommand();
        command.CommandText = $"SELECT first, last, at, mark, body {EventSql.From} ORDER BY first";
        command.AddParameter("stream", stream);
        command.AddParameter("after", after);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        List<EventBatch> batches = [];
        var bytes = 0L;
        while (bytes < bytesMax && await reader.ReadAsync(cancellation))
        {
            cancellation.ThrowIfCancellationRequested();
            batches.Add(EventSql.Batch(stream, reader));
            bytes += batches[^1].Body.Length;
        }
        return batches;
    }

    public async ValueTask<StreamEnd> EndAsync(string stream, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        await using var command = connection.CreateCommand();
        command.CommandText = EventSql.End;
        command.AddParameter("stream", stream);
        return await EventSql.ReadEndAsync(command, cancellation);
    }

    public async ValueTask DeleteAsync(string stream) =>
        await database.WriteBulkAsync(
            async (connection, cancellation) =>
            {
                await using var command = connection.CreateCommand();
                command.CommandText = EventSql.Delete;
                command.AddParameter("stream", stream);
                return await command.ExecuteNonQueryAsync(cancellation);
            },
            bytes: 0);

    private bool[] Write(SqliteConnection connection, IReadOnlyList<EventBatch> batches)
    {
        var insert = Prepared(connection);
        var written = new bool[batches.Count];
        for (var i = 0; i < batches.Count; i++)
        {
            var batch = batches[i];
            insert.Parameters[0].Value = batch.Stream;
            insert.Parameters[1].Value = batch.First;
            insert.Parameters[2].Value = batch.Last;
            insert.Parameters[3].Value = batch.At.ToUnixTimeMilliseconds();
            insert.Parameters[4].Value = batch.Mark;
            SetBody(insert.Parameters[5], batch.Body);
            written[i] = insert.ExecuteNonQuery() == 1;
        }
        insert.Parameters[5].Value = null;
        return written;
    }

    // The writer's thread alone comes here. Its connection is replaced after some failures, and the statement with it.
    private SqliteCommand Prepared(SqliteConnection connection)
    {
        if (_insert is not null && ReferenceEquals(_prepared, connection))
            return _insert;
        _insert?.Dispose();
        var command = connection.CreateCommand();
        command.CommandText = EventSql.Insert("$stream", "$first", "$last", "$at", "$mark", "$body");
        command.Parameters.Add("$stream", SqliteType.Text);
        command.Parameters.Add("$first", SqliteType.Integer);
        command.Parameters.Add("$last", SqliteType.Integer);
        command.Parameters.Add("$at", SqliteType.Integer);
        command.Parameters.Add("$mark", SqliteType.Integer);
        command.Parameters.Add("$body", SqliteType.Blob);
        _prepared = connection;
        return _insert = command;
    }

    // A body that begins its array is bound from there, without a copy.
    private static void SetBody(SqliteParameter parameter, ReadOnlyMemory<byte> body)
    {
        if (MemoryMarshal.TryGetArray(body, out var segment) && segment is { Offset: 0, Array: { } array })
        {
            parameter.Value = array;
            parameter.Size = segment.Count;
        }
        else
        {
            parameter.Value = body.ToArray();
            parameter.Size = body.Length;
        }
    }
}
