using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Orleans.Reminders;
using Orleans.Runtime;

namespace Orleans.Storage;

/// <summary>
/// Keeps states in memory, as JSON so that a stored state shares nothing with the grain's. Safe from any thread; a write is one
/// compare-and-swap on the version.
/// </summary>
internal sealed class MemoryStorage(MemoryStorageTables tables, string name) : IGrainStorage
{
    private static readonly JsonSerializerOptions Json = new() { IncludeFields = true };
    private readonly ConcurrentDictionary<(string, GrainId), Row> _rows = tables.Get(name);

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        if (_rows.TryGetValue((stateName, grainId), out var row))
        {
            grainState.State = JsonSerializer.Deserialize<T>(row.Body, Json)!;
            grainState.ETag = Etag(row.Version);
            grainState.RecordExists = true;
        }
        else
        {
            grainState.ETag = null;
            grainState.RecordExists = false;
        }
        return Task.CompletedTask;
    }

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var key = (stateName, grainId);
        var body = JsonSerializer.SerializeToUtf8Bytes(grainState.State, Json);
        Row written;
        if (_rows.TryGetValue(key, out var stored))
        {
            written = new Row(stored.Version + 1, body);
            if (grainState.ETag != Etag(stored.Version) || !_rows.TryUpdate(key, written, stored)) throw Conflict(key, grainState.ETag);
        }
        else
        {
            written = new Row(tables.NextVersion(), body);
            if (grainState.ETag is not null || !_rows.TryAdd(key, written)) throw Conflict(key, grainState.ETag);
        }
        grainState.ETag = Etag(written.Version);
        grainState.RecordExists = true;
        return Task.CompletedTask;
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var key = (stateName, grainId);
        if (_rows.TryGetValue(key, out var stored))
        {
            if (grainState.ETag != Etag(stored.Version) || !_rows.TryRemove(KeyValuePair.Create(key, stored)))
                throw Conflict(key, grainState.ETag);
        }
        else if (grainState.ETag is not null)
        {
            throw Conflict(key, grainState.ETag);
        }
        grainState.ETag = null;
        grainState.RecordExists = false;
        return Task.CompletedTask;
    }

    private InconsistentStateException Conflict((string State, GrainId Grain) key, string? expected)
    {
        var stored = _rows.TryGetValue(key, out var row) ? Etag(row.Version) : null;
        return new InconsistentStateException(
            $"State '{key.State}' of {key.Grain} is at version '{stored}', not at '{expected}'.", stored, expected);
    }

    private static string Etag(long version) => version.ToString(CultureInfo.InvariantCulture);

    internal sealed record Row(long Version, byte[] Body);
}

/// <summary>The rows behind memory storage, by provider. A test cluster hands them on from a silo to its successor.</summary>
internal sealed class MemoryStorageTables
{
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<(string, GrainId), MemoryStorage.Row>> _tables = new();
    private long _version;

    public MemoryReminderTable Reminders { get; } = new();

    public ConcurrentDictionary<(string, GrainId), MemoryStorage.Row> Get(string provider) => _tables.GetOrAdd(provider, _ => new());

    // A record that is cleared and written again must not come back with a version it had before.
    public long NextVersion() => Interlocked.Add(ref _version, 1_000_000);
}
