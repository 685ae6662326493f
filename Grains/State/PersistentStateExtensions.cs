using Orleans.Runtime;

namespace Squad.Grains.State;

internal static class PersistentStateExtensions
{
    /// <summary>
    /// Writes the state. When that fails (a full disk, a lost database), memory goes back to what the row says before the exception leaves,
    /// so that nobody is told of a change that was never kept, and a second try begins where the first did.
    /// </summary>
    public static async Task SaveAsync<T>(this IPersistentState<T> record) where T : new()
    {
        try
        {
            await record.WriteStateAsync();
        }
        catch
        {
            await record.ReadStateAsync();
            if (!record.RecordExists)
                record.State = new T();
            throw;
        }
    }
}
