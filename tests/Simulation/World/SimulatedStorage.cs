using System.Globalization;
using System.Text.Json;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;
using Squad.Platform.Storage;

namespace Squad.Simulation;

/// <summary>Grain storage over the simulated <see cref="Database"/>, with the semantics of <see cref="RelationalGrainStorage"/>.</summary>
internal sealed class SimulatedStorage(SimulatedWorld world) : IGrainStorage
{
    private Database Database => world.Database;

    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var key = Key(stateName, grainId);
        if (await Database.AskAsync($"read {key}", writes: false, () => Database.Read(key)) is not { } row)
        {
            Forget(grainState);
            return;
        }

        grainState.State = JsonSerializer.Deserialize<T>(row.Data, StateJson.Options)!;
        grainState.ETag = Etag(row.Version);
        grainState.RecordExists = true;
    }

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var key = Key(stateName, grainId);
        var data = JsonSerializer.Serialize(grainState.State, StateJson.Options);
        var etag = grainState.ETag;
        var version = await Database.AskAsync($"write {key}", writes: true, () =>
        {
            var next = etag is null ? world.Now.ToUnixTimeMilliseconds() : long.Parse(etag, CultureInfo.InvariantCulture) + 1;
            Check(key, etag);
            Database.Write<T>(key, grainId, new Database.Row(next, data));
            return next;
        });
        grainState.ETag = Etag(version);
        grainState.RecordExists = true;
    }

    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var key = Key(stateName, grainId);
        var etag = grainState.ETag;
        await Database.AskAsync($"clear {key}", writes: true, () =>
        {
            Check(key, etag);
            Database.Remove(key);
            return true;
        });
        Forget(grainState);
    }

    private void Check(string key, string? etag)
    {
        var stored = Database.Read(key) is { } row ? Etag(row.Version) : null;
        if (stored != etag)
            throw new InconsistentStateException($"{key} is at version {stored ?? "none"}, not {etag ?? "none"}: another activation was there.", stored, etag);
    }

    private static void Forget<T>(IGrainState<T> grainState)
    {
        if (grainState.State is null || grainState.RecordExists)
            grainState.State = Activator.CreateInstance<T>();
        grainState.ETag = null;
        grainState.RecordExists = false;
    }

    private static string Key(string stateName, GrainId grainId) => $"{stateName} {grainId.Key}";

    private static string Etag(long version) => version.ToString(CultureInfo.InvariantCulture);
}
