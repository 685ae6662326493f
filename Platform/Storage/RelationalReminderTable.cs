using System.Data.Common;
using System.Globalization;
using Orleans;
using Orleans.Runtime;

namespace Squad.Platform.Storage;

/// <summary>
/// Reminders in the table <c>reminders</c>. The etag is the row's version, which begins at the clock's milliseconds and counts up, so that a
/// row removed and made again never matches an etag of its former life.
/// </summary>
public sealed class RelationalReminderTable(SquadDatabase database, TimeProvider time) : IReminderTable
{
    private const string Table = "reminders";
    private const string Columns = "grain_id, name, start_at, period, version";

    /// <exception cref="MigrationException">The table is not the one that this version knows.</exception>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            await ReadAsync("false", static _ => { }, cancellationToken);
        }
        catch (DbException error) when (!StorageErrors.IsUnavailable(error))
        {
            throw new MigrationException($"The table {Table} of the database {database.Name} is not the one that this version of Squad knows ({error.Message}). "
                + "Start the version that wrote it, or restore a backup.", error);
        }
    }

    public async Task<ReminderTableData> ReadRows(GrainId grainId) =>
        new(await ReadAsync("grain_id = @grain", command => command.AddParameter("grain", grainId.ToString())));

    public async Task<ReminderTableData> ReadRows(uint begin, uint end) => new(await ReadAsync(
        begin < end ? "grain_hash > @begin AND grain_hash <= @end" : "grain_hash > @begin OR grain_hash <= @end",
        command =>
        {
            command.AddParameter("begin", (long)begin);
            command.AddParameter("end", (long)end);
        }));

    public async Task<ReminderEntry?> ReadRow(GrainId grainId, string reminderName) => (await ReadAsync(
        "grain_id = @grain AND name = @name",
        command =>
        {
            command.AddParameter("grain", grainId.ToString());
            command.AddParameter("name", reminderName);
        })).SingleOrDefault();

    public async Task<string?> UpsertRow(ReminderEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        var version = await database.WriteAsync(async (connection, cancellation) =>
        {
            await using var command = connection.CreateCommand();
            command.CommandText =
                $"INSERT INTO {Table} (grain_id, name, grain_hash, start_at, period, version) VALUES (@grain, @name, @hash, @start, @period, @version) "
                + $"ON CONFLICT (grain_id, name) DO UPDATE SET start_at = @start, period = @period, version = {Table}.version + 1 RETURNING version";
            command.AddParameter("grain", entry.GrainId.ToString());
            command.AddParameter("name", entry.ReminderName);
            command.AddParameter("hash", (long)entry.GrainId.GetUniformHashCode());
            command.AddParameter("start", entry.StartAt.Ticks);
            command.AddParameter("period", entry.Period.Ticks);
            command.AddParameter("version", time.GetUtcNow().ToUnixTimeMilliseconds());
            return (long)(await command.ExecuteScalarAsync(cancellation))!;
        });
        return version.ToString(CultureInfo.InvariantCulture);
    }

    public async Task<bool> RemoveRow(GrainId grainId, string reminderName, string eTag) =>
        long.TryParse(eTag, NumberStyles.None, CultureInfo.InvariantCulture, out var version)
        && await ExecuteAsync($"DELETE FROM {Table} WHERE grain_id = @grain AND name = @name AND version = @version", command =>
        {
            command.AddParameter("grain", grainId.ToString());
            command.AddParameter("name", reminderName);
            command.AddParameter("version", version);
        }) == 1;

    public Task TestOnlyClearTable() => ExecuteAsync($"DELETE FROM {Table}", static _ => { });

    private async Task<int> ExecuteAsync(string sql, Action<DbCommand> fill) => await database.WriteAsync(async (connection, cancellation) =>
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        fill(command);
        return await command.ExecuteNonQueryAsync(cancellation);
    });

    private async Task<List<ReminderEntry>> ReadAsync(string where, Action<DbCommand> fill, CancellationToken cancellation = default)
    {
        await using var connection = await database.OpenAsync(cancellation);
        await using var command = connection.CreateCommand();
        command.CommandText = $"SELECT {Columns} FROM {Table} WHERE {where} ORDER BY grain_id, name";
        fill(command);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        List<ReminderEntry> rows = [];
        while (await reader.ReadAsync(cancellation))
        {
            rows.Add(new ReminderEntry
            {
                GrainId = GrainId.Parse(reader.GetString(0), CultureInfo.InvariantCulture),
                ReminderName = reader.GetString(1),
                StartAt = new DateTime(reader.GetInt64(2), DateTimeKind.Utc),
                Period = new TimeSpan(reader.GetInt64(3)),
                ETag = reader.GetInt64(4).ToString(CultureInfo.InvariantCulture),
            });
        }
        return rows;
    }
}
