using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Squad.Platform.Events;
using Squad.Platform.Storage;
using Squad.Platform.Tests.Storage;
using EventLog = Squad.Platform.Events.EventLog;

namespace Squad.Bench;

/// <summary>
/// Durable appends of 200-byte events. The limit is a plain file that is synced after each batch, by one writer; the log has several streams, each
/// of which waits for its append before the next, so that a sync is shared as it is in use.
/// </summary>
internal sealed class AppendBench : IBench
{
    private const int EventBytes = 200;
    private const int Streams = 8;
    private const int Rounds = 3;
    private static readonly TimeSpan Round = TimeSpan.FromMilliseconds(450);
    private static readonly int[] BatchSizes = [1, 100, 1000];

    public string Name => "append";

    public string About => $"durable appends of {EventBytes}-byte events, events a second (median of {Rounds})";

    public async Task RunAsync(TextWriter output, IReadOnlyList<string> arguments, CancellationToken cancellation)
    {
        // The system's temporary directory may be in memory, where a sync costs nothing.
        var directory = Directory.CreateDirectory(Path.Combine(arguments.Count > 0 ? arguments[0] : AppContext.BaseDirectory, $"append-{Environment.ProcessId}"));
        await using var postgres = await PostgresCluster.StartAsync();
        try
        {
            await output.WriteLineAsync("| events a batch | file + fdatasync | SQLite, 1 stream | of file | SQLite, 8 streams | of file | PostgreSQL, 8 streams | of file |");
            await output.WriteLineAsync("|---:|---:|---:|---:|---:|---:|---:|---:|");
            foreach (var size in BatchSizes)
            {
                List<double> file = [], single = [], sqlite = [], server = [];
                for (var round = 0; round < Rounds; round++)
                {
                    cancellation.ThrowIfCancellationRequested();
                    var place = directory.CreateSubdirectory($"{size}-{round}");
                    file.Add(MeasureFile(Path.Combine(place.FullName, "file"), size));
                    single.Add(await MeasureAsync(new StorageOptions { DataDirectory = Path.Combine(place.FullName, "1") }, size, 1));
                    sqlite.Add(await MeasureAsync(new StorageOptions { DataDirectory = Path.Combine(place.FullName, "n") }, size, Streams));
                    if (postgres is not null)
                        server.Add(await MeasureAsync(new StorageOptions { Provider = StorageProvider.Postgres, ConnectionString = await postgres.NewDatabaseAsync() }, size, Streams));
                    place.Delete(recursive: true);
                }
                var limit = Median(file);
                await output.WriteLineAsync(
                    $"| {Number(size)} | {Number(limit)} | {Number(Median(single))} | {Ratio(single, limit)} | {Number(Median(sqlite))} | {Ratio(sqlite, limit)} | {Number(Median(server))} | {Ratio(server, limit)} |");
            }
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static double MeasureFile(string path, int size)
    {
        var body = Body(1, size);
        using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        var clock = Stopwatch.StartNew();
        var events = 0L;
        while (clock.Elapsed < Round)
        {
            file.Write(body);
            RandomAccess.FlushToDisk(file.SafeFileHandle);
            events += size;
        }
        return events / clock.Elapsed.TotalSeconds;
    }

    private static async Task<double> MeasureAsync(StorageOptions options, int size, int streams)
    {
        await using var database = StorageServiceCollectionExtensions.Create(options, TimeProvider.System);
        await new DatabaseMigrator(database, TimeProvider.System, NullLogger<DatabaseMigrator>.Instance).MigrateAsync();
        await using var log = new EventLog(database, new EventLogInstruments(), TimeProvider.System);
        var body = Body(1, size);
        await log.AppendAsync(new EventBatch("warm", 1, size, DateTimeOffset.UnixEpoch, body));
        var clock = Stopwatch.StartNew();
        var counts = await Task.WhenAll(Enumerable.Range(0, streams).Select(stream => Task.Run(async () =>
        {
            var name = $"session/{stream}";
            var next = 1L;
            while (clock.Elapsed < Round)
            {
                // A body of its own, as in use: the log keeps it for readers.
                await log.AppendAsync(new EventBatch(name, next, size, DateTimeOffset.UnixEpoch, body.ToArray()));
                next += size;
            }
            return next - 1;
        })));
        return counts.Sum() / clock.Elapsed.TotalSeconds;
    }

    private static byte[] Body(long first, int count)
    {
        var body = new StringBuilder();
        for (var seq = first; seq < first + count; seq++)
        {
            var line = $"{{\"seq\":{seq},\"at\":\"2026-11-22T02:10:00.123Z\",\"type\":\"engine.output\",\"data\":{{\"stream\":\"out\",\"text\":\"";
            body.Append(line);
            for (var i = line.Length; i < EventBytes - 4; i++)
                body.Append((char)('a' + ((seq + (i * 7)) % 26)));
            body.Append("\"}}\n");
        }
        return Encoding.UTF8.GetBytes(body.ToString());
    }

    private static double Median(List<double> values) => values.Count == 0 ? double.NaN : values.Order().ElementAt(values.Count / 2);

    private static string Ratio(List<double> values, double limit) => (Median(values) / limit).ToString("0.00", CultureInfo.InvariantCulture);

    private static string Number(double value) => double.IsNaN(value) ? "-" : value.ToString("#,0", CultureInfo.InvariantCulture);
}
