using System.Text.Json;
using Orleans;
using Orleans.Runtime;
using Squad.Platform.Storage;

namespace Squad.Grains.State;

internal static class PersistentStateExtensions
{
    /// <summary>
    /// Writes the state. When that fails (a full disk, a lost database), memory goes back to what the row says before the exception leaves, so that nobody is told
    /// of a change that was never kept, and a second try begins where the first did. A write that took effect although its answer was lost has succeeded.
    /// Where the row cannot be read either, or another activation has written it, this one ends with the call: the next one begins with the row.
    /// </summary>
    /// <exception cref="StateUnknownException">Whether the row has the change is not known.</exception>
    public static async Task SaveAsync<T>(this IPersistentState<T> record, IGrainBase grain) where T : new()
    {
        var version = record.Etag;
        try
        {
            await record.WriteStateAsync();
        }
        catch (Exception e)
        {
            var wanted = JsonSerializer.Serialize(record.State, StateJson.Options);
            try
            {
                await record.ReadStateAsync();
            }
            catch (Exception reading)
            {
                grain.DeactivateOnIdle();
                throw new StateUnknownException(e, reading);
            }

            if (!record.RecordExists)
                record.State = new T();
            else if (JsonSerializer.Serialize(record.State, StateJson.Options) == wanted)
                return;
            // What else is in memory (how far the log goes, what was ordered) goes with the row as it was.
            if (record.Etag != version)
                grain.DeactivateOnIdle();
            throw;
        }
    }
}

/// <summary>A state could neither be written nor read: the row has the change or has it not. The activation that thought so has ended.</summary>
internal sealed class StateUnknownException(Exception writing, Exception reading)
    : Exception($"The state was not written ({writing.Message}) and could not be read again: {reading.Message}", writing);
