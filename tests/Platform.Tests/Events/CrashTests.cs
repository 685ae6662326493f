using System.Diagnostics;
using System.Globalization;
using Squad.Platform.Events;
using Squad.Platform.Storage;
using Squad.Platform.Tests.Storage;
using EventLog = Squad.Platform.Events.EventLog;
using static Squad.Platform.Tests.Events.TestEvents;

namespace Squad.Platform.Tests.Events;

/// <summary>A process that appends is killed, again and again; what it was told to be written must be there, and nothing half.</summary>
public sealed class CrashTests
{
    private const int Kills = 20;
    private const int Streams = 4;

    [Fact(Timeout = 120_000)]
    public async Task Killing_a_writer_at_random_moments_loses_no_acknowledged_append_and_leaves_no_gap()
    {
        await using var test = new SqliteTestDatabase();
        var random = new Random(20261122);
        var acknowledged = new long[Streams];
        for (var kill = 0; kill < Kills; kill++)
        {
            var heard = await RunAndKillAsync(test.DataDirectory, random.Next(1, 80));
            for (var stream = 0; stream < Streams; stream++)
                acknowledged[stream] = Math.Max(acknowledged[stream], heard[stream]);
            await using var database = new SqliteDatabaseScope(test);
            for (var stream = 0; stream < Streams; stream++)
            {
                var name = $"crash/{stream}";
                var end = (await database.Log.EndAsync(name)).Last;
                Assert.True(end >= acknowledged[stream], $"After kill {kill} {name} ends at {end}, but {acknowledged[stream]} had been acknowledged.");
                Assert.Equal(Range(1, end), await database.Log.ReadAllAsync(name, bytesMax: 16 * 1024 * 1024));
            }
        }
        Assert.All(acknowledged, last => Assert.True(last > Kills));
    }

    // Kills the child after so many acknowledgements, which is a random moment between two or within one.
    private static async Task<long[]> RunAndKillAsync(string directory, int acknowledgements)
    {
        using var child = Process.Start(new ProcessStartInfo(Environment.ProcessPath!)
        {
            RedirectStandardOutput = true,
            Environment = { [AppendingProcess.Variable] = directory },
        })!;
        // However the test ends, the child does not outlive it.
        using var end = TestContext.Current.CancellationToken.Register(child.Kill);
        var heard = new long[Streams];
        var count = 0;
        // What was said before the kill is read to the end: it was acknowledged, whenever we hear it.
        while (await child.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            var parts = line.Split(' ');
            heard[int.Parse(parts[0], CultureInfo.InvariantCulture)] = long.Parse(parts[1], CultureInfo.InvariantCulture);
            if (++count == acknowledgements)
                child.Kill();
        }
        await child.WaitForExitAsync();
        Assert.True(count >= acknowledgements, $"The appending process ended by itself with {child.ExitCode} after {count} appends.");
        return heard;
    }

    private sealed class SqliteDatabaseScope(SqliteTestDatabase test) : IAsyncDisposable
    {
        private readonly SquadDatabase _database = test.Open();
        private EventLog? _log;

        public EventLog Log => _log ??= new EventLog(_database, new EventLogInstruments(), TimeProvider.System);

        public async ValueTask DisposeAsync()
        {
            await Log.DisposeAsync();
            await _database.DisposeAsync();
        }
    }
}
