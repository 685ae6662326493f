using System.Collections.Frozen;
using System.Data.Common;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;

namespace Squad.Platform.Storage;

/// <summary>
/// Grain state in relational tables: one row a state, its type's own table (<see cref="StateTable"/>) or <c>grain_states</c>. The etag is the
/// row's version; a write that finds another version writes nothing and throws <see cref="InconsistentStateException"/>. A row's first
/// version is the clock's milliseconds, so that a row deleted and made again never matches an etag of its former life.
/// </summary>
public sealed class RelationalGrainStorage : IGrainStorage
{
    private readonly SquadDatabase _database;
    private readonly FrozenDictionary<Type, StateTable> _tables;
    private readonly TimeProvider _time;
    private readonly string _json;

    /// <exception cref="ArgumentException">A state type has two tables.</exception>
    public RelationalGrainStorage(SquadDatabase database, IEnumerable<StateTable> tables, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(database);
        _database = database;
        _tables = tables.GroupBy(table => table.State).ToFrozenDictionary(
            group => group.Key,
            group => group.Count() == 1
                ? group.Single()
                : throw new ArgumentException($"State type {group.Key} has more than one table: {string.Join(", ", group.Select(table => table.Table))}."));
        _time = time;
        _json = database.JsonParameter("@data");
    }

    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        ArgumentNullException.ThrowIfNull(grainState);
        var row = RowOf<T>(stateName, grainId);
        var (version, data) = await ReadAsync(row);
        if (version is null)
        {
            Forget(grainState);
            return;
        }
        try
        {
            grainState.State = JsonSerializer.Deserialize<T>(data!, StateJson.Options)
                ?? throw new JsonException("The state is null.");
        }
        catch (Exception error) when (error is JsonException or NotSupportedException)
        {
            throw new InvalidOperationException($"The row {row.Id} of {row.Table} cannot be read as {typeof(T).Name}: {error.Message}", error);
        }
        grainState.ETag = Etag(version.Value);
        grainState.RecordExists = true;
    }

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        ArgumentNullException.ThrowIfNull(grainState);
        var row = RowOf<T>(stateName, grainId);
        // Both are made in the grain's own turn: what the writer's thread gets later cannot change any more.
        var data = JsonSerializer.Serialize(grainState.State, StateJson.Options);
        var columns = _tables.TryGetValue(typeof(T), out var table) ? table.ColumnsOf(grainState.State!) : [];
        var etag = grainState.ETag;
        var found = Version(etag);
        var version = found is null ? _time.GetUtcNow().ToUnixTimeMilliseconds() : found.Value + 1;
        var changed = await _database.WriteAsync((connection, cancellation) => ExecuteAsync(
            found is null
                ? row.Insert(connection, data, _json, version, columns)
                : row.Update(connection, data, _json, version, found.Value, columns),
            cancellation));
        if (changed == 0)
            throw await InconsistentAsync("write", row, etag);
        grainState.ETag = Etag(version);
        grainState.RecordExists = true;
    }

    /// <summary>Removes the row. Nothing happens where there never was one.</summary>
    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        ArgumentNullException.ThrowIfNull(grainState);
        var row = RowOf<T>(stateName, grainId);
        var etag = grainState.ETag;
        if (Version(etag) is { } found)
        {
            if (await _database.WriteAsync((connection, cancellation) => ExecuteAsync(row.Delete(connection, found), cancellation)) == 0)
                throw await InconsistentAsync("clear", row, etag);
        }
        else if ((await ReadAsync(row)).Version is not null)
        {
            throw await InconsistentAsync("clear", row, etag);
        }
        Forget(grainState);
    }

    private StateRow RowOf<T>(string stateName, GrainId grainId)
    {
        var id = grainId.Key.ToString()!;
        return _tables.TryGetValue(typeof(T), out var table)
            ? new StateRow(table.Table, null, id)
            : StateRow.InSharedTable($"{grainId.Type}/{stateName}", id);
    }

    private async Task<(long? Version, string? Data)> ReadAsync(StateRow row)
    {
        await using var connection = await _database.OpenAsync();
        await using var command = row.Select(connection);
        await using var reader = await command.ExecuteReaderAsync();
        return await reader.ReadAsync() ? (reader.GetInt64(0), reader.GetString(1)) : (null, null);
    }

    private async Task<InconsistentStateException> InconsistentAsync(string what, StateRow row, string? etag)
    {
        var stored = (await ReadAsync(row)).Version is { } version ? Etag(version) : null;
        return new InconsistentStateException(
            $"The {what} of {row.Id} in {row.Table} expected version {etag ?? "none"} and found {stored ?? "none"}: another activation was there.",
            stored ?? "",
            etag ?? "");
    }

    private static async ValueTask<int> ExecuteAsync(DbCommand command, CancellationToken cancellation)
    {
        await using (command)
            return await command.ExecuteNonQueryAsync(cancellation);
    }

    private static void Forget<T>(IGrainState<T> grainState)
    {
        // A state that was never stored stays as its grain made it; one whose record is gone begins anew.
        if (grainState.State is null || grainState.RecordExists)
            grainState.State = New<T>();
        grainState.ETag = null;
        grainState.RecordExists = false;
    }

    private static T New<T>() => typeof(T).IsValueType || typeof(T).GetConstructor(Type.EmptyTypes) is not null
        ? Activator.CreateInstance<T>()
        : (T)RuntimeHelpers.GetUninitializedObject(typeof(T));

    private static string Etag(long version) => version.ToString(CultureInfo.InvariantCulture);

    private static long? Version(string? etag) =>
        string.IsNullOrEmpty(etag) ? null : long.Parse(etag, NumberStyles.None, CultureInfo.InvariantCulture);
}
