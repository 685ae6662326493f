using FsCheck;
using FsCheck.Fluent;
using Squad.Platform.Events;
using Squad.Platform.Storage;
using Squad.Platform.Tests.Storage;
using static Squad.Platform.Tests.Events.TestEvents;

namespace Squad.Platform.Tests.Events;

/// <summary>Whatever the sizes of appends and the cursors and limits of reads between them, readers see one sequence.</summary>
public sealed class EventLogProperties(PostgresServer server)
{
    [Fact]
    public async Task Any_interleaving_of_appends_and_reads_shows_one_sequence_on_SQLite()
    {
        await using var test = new SqliteTestDatabase();
        await CheckAsync(await test.OpenMigratedAsync(), runs: 25);
    }

    [Fact]
    public async Task Any_interleaving_of_appends_and_reads_shows_one_sequence_on_PostgreSQL()
    {
        await using var test = await PostgresTestDatabase.CreateAsync(server);
        await CheckAsync(await test.OpenMigratedAsync(), runs: 10);
    }

    [Fact]
    public void Any_sequence_of_appends_leaves_the_cache_within_its_bounds_and_right()
    {
        var append =
            from stream in Gen.Choose(0, 4)
            from count in Gen.Choose(1, 30)
            from bytes in Gen.Choose(1, 120)
            from what in Gen.Choose(0, 9)
            select (stream, count, bytes, what);
        var appends = append.ListOf();
        Prop.ForAll(appends.ToArbitrary(), steps =>
        {
            var cache = new TailCache(streamBytesMax: 4000, bytesMax: 10_000);
            var ends = new long[5];
            foreach (var (stream, count, bytes, what) in steps)
            {
                if (what == 0)
                {
                    // Deleted, and begun anew.
                    cache.Remove($"s{stream}");
                    ends[stream] = 0;
                }
                cache.Add(Batch($"s{stream}", ends[stream] + 1, count, bytes));
                ends[stream] += count;
                if (cache.Bytes > 10_000)
                    return false;
                for (var cursor = Math.Max(0, ends[stream] - 40); cursor <= ends[stream]; cursor += 7)
                {
                    if (cache.TryRead($"s{stream}", cursor, int.MaxValue, out var found)
                        && !Numbers(found, cursor).SequenceEqual(Range(cursor + 1, ends[stream])))
                        return false;
                }
                if (cache.TryRead($"s{stream}", ends[stream], int.MaxValue, out _))
                    return false;
            }
            return true;
        }).QuickCheckThrowOnFailure();
    }

    private static async Task CheckAsync(SquadDatabase database, int runs)
    {
        await using var log = new EventLog(database, new EventLogInstruments(), TimeProvider.System);
        await using var other = new EventLog(database, new EventLogInstruments(), TimeProvider.System);
        var run = 0;
        var step =
            from count in Gen.Choose(1, 40)
            from bytes in Gen.Choose(1, 2000)
            from more in Gen.Choose(0, 3)
            from percent in Gen.Choose(0, 110)
            from limit in Gen.Choose(2000, 60_000)
            select new Step(count, bytes, more, percent, limit);
        var arbitrary = step.ListOf(8).ToArbitrary();
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(runs).WithQuietOnSuccess(true), Prop.ForAll(arbitrary, sequence =>
        {
            var stream = $"property/{++run}";
            return Task.Run(() => HoldsAsync(log, other, stream, sequence)).GetAwaiter().GetResult();
        }));
        Assert.True(run >= runs);
    }

    private static async Task<bool> HoldsAsync(
        EventLog log, EventLog other, string stream, IEnumerable<Step> sequence)
    {
        var last = 0L;
        foreach (var (count, bytes, more, percent, limit) in sequence)
        {
            List<Task> appends = [];
            for (var i = 0; i <= more; i++)
            {
                appends.Add(log.AppendAsync(Batch(stream, last + 1, count, bytes)).AsTask());
                last += count;
            }
            await Task.WhenAll(appends);
            var cursor = last * percent / 100;
            foreach (var reader in new[] { log, other })
            {
                if (!(await reader.ReadAllAsync(stream, cursor, limit)).SequenceEqual(Range(cursor + 1, last)))
                    return false;
            }
        }
        return (await other.EndAsync(stream)).Last == last;
    }

    /// <summary>Appends of some events that go out together, then a read to the end: from a cursor in percent of it, with a limit a page.</summary>
    private sealed record Step(int Count, int Bytes, int More, int Percent, int Limit);
}
