using Microsoft.Extensions.Logging.Abstractions;
using Squad.Platform.Events;
using Squad.Platform.Storage;
using static Squad.Platform.Tests.Events.TestEvents;

namespace Squad.Platform.Tests.Events;

/// <summary>
/// The test program as another program: started with <see cref="Variable"/> set it runs no test, but appends to the log under that
/// directory until it is killed, and says each acknowledged append as a line <c>stream last</c>.
/// </summary>
internal static class AppendingProcess
{
    public const string Variable = "SQUAD_TEST_APPEND_TO";

    /// <returns>An exit code; only a failure ends it by itself.</returns>
    public static async Task<int> RunAsync(string directory)
    {
        try
        {
            await AppendAsync(directory);
        }
        catch (Exception error)
        {
            await Console.Error.WriteLineAsync(error.ToString());
        }
        return 1;
    }

    private static async Task AppendAsync(string directory)
    {
        var database = StorageServiceCollectionExtensions.Create(new StorageOptions { DataDirectory = directory }, TimeProvider.System);
        await new DatabaseMigrator(database, TimeProvider.System, NullLogger<DatabaseMigrator>.Instance).MigrateAsync();
        var log = new EventLog(database, new EventLogInstruments(), TimeProvider.System);
        var output = TextWriter.Synchronized(new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true });
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async stream =>
        {
            var name = $"crash/{stream}";
            var last = (await log.EndAsync(name)).Last;
            while (true)
            {
                var count = 1 + (int)(last % 17);
                // Some batches are large, so that a kill also falls into a commit of many pages.
                await log.AppendAsync(Batch(name, last + 1, count, bytes: last % 5 == 0 ? 5000 : 100));
                last += count;
                output.WriteLine($"{stream} {last}");
            }
        }));
    }
}
