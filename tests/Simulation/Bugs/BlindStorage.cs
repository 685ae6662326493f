using Orleans;
using Orleans.Runtime;
using Orleans.Storage;

namespace Squad.Simulation.Bugs;

/// <summary>A planted bug: grain storage that writes whatever it is given over whatever is there, as if the etag had been forgotten.</summary>
internal sealed class BlindStorage(IGrainStorage storage) : IGrainStorage
{
    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => storage.ReadStateAsync(stateName, grainId, grainState);

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var stored = new GrainState<T>();
        await storage.ReadStateAsync(stateName, grainId, stored);
        grainState.ETag = stored.ETag;
        await storage.WriteStateAsync(stateName, grainId, grainState);
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => storage.ClearStateAsync(stateName, grainId, grainState);
}
