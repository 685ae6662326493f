using Squad.Platform.Events;
using Squad.Platform.Storage;
using Squad.Platform.Tests.Storage;
using static Squad.Platform.Tests.Events.TestEvents;

namespace Squad.Platform.Tests.Events;

/// <summary>What an event log on a database does beyond the common contract: it lasts, and other processes share it.</summary>
public abstract class DatabaseEventLogContract : EventLogContract
{
    private readonly List<EventLog> _logs = [];

    private protected TestDatabase Test { get; private set; } = null!;

    private protected SquadDatabase Database { get; private set; } = null!;

    public override async ValueTask InitializeAsync()
    {
        Test = await CreateAsync();
        Database = await Test.OpenMigratedAsync();
        Log = OpenLog(Database);
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var log in _logs)
            await log.DisposeAsync();
        if (Test is not null)
            await Test.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Another_process_reads_what_was_appended()
    {
        var other = OpenLog(Test.Open());
        await Log.AppendAsync(Batch("s", 1, 3, mark: 5));
        Assert.Equal(Range(1, 3), await other.ReadAllAsync("s"));
        await Log.AppendAsync(Batch("s", 4, 3));
        Assert.Equal(Range(1, 6), await other.ReadAllAsync("s"));
        Assert.Equal(new StreamEnd(6, 5), await other.EndAsync("s"));
    }

    [Fact]
    public async Task A_stale_writer_is_refused_and_goes_on_after_it_reloads()
    {
        var other = OpenLog(Test.Open());
        await Log.AppendAsync(Batch("s", 1, 3));
        await other.AppendAsync(Batch("s", 4, 7));
        var error = await Assert.ThrowsAsync<EventLogConflictException>(async () => await Log.AppendAsync(Batch("s", 4)));
        Assert.Equal(10, error.Found);
        await Log.AppendAsync(Batch("s", (await Log.EndAsync("s")).Last + 1, 2));
        Assert.Equal(Range(1, 12), await Log.ReadAllAsync("s"));
        Assert.Equal(Range(1, 12), await other.ReadAllAsync("s"));
    }

    [Fact]
    public async Task Writers_in_two_processes_that_race_leave_no_gap()
    {
        IEventLog[] logs = [Log, OpenLog(Test.Open())];
        var won = await Task.WhenAll(logs.Select(log => Task.Run(async () =>
        {
            var count = 0;
            for (var i = 0; i < 60; i++)
            {
                try
                {
                    await log.AppendAsync(Batch("s", (await log.EndAsync("s")).Last + 1, 2));
                    count++;
                }
                catch (EventLogConflictException)
                {
                }
            }
            return count;
        })));
        Assert.Equal(Range(1, won.Sum() * 2), await Log.ReadAllAsync("s"));
        Assert.Equal(Range(1, won.Sum() * 2), await logs[1].ReadAllAsync("s"));
    }

    [Fact]
    public async Task A_stream_longer_than_the_cache_is_read_whole()
    {
        for (var i = 0; i < 30; i++)
            await Log.AppendAsync(Batch("s", 1 + (i * 100), 100, bytes: 1000));
        Assert.Equal(Range(1, 3000), await Log.ReadAllAsync("s"));
        Assert.Equal(Range(2500, 3000), await Log.ReadAllAsync("s", 2499));
    }

    [Fact]
    public async Task Many_small_batches_are_read_whole()
    {
        await Task.WhenAll(Enumerable.Range(1, 3000).Select(seq => Log.AppendAsync(Batch("s", seq)).AsTask()));
        Assert.Equal(Range(1, 3000), await OpenLog(Test.Open()).ReadAllAsync("s", bytesMax: 16 * 1024 * 1024));
    }

    [Fact]
    public async Task A_full_disk_says_so_and_the_log_goes_on_gapless_when_there_is_space()
    {
        await Log.AppendAsync(Batch("s", 1, 10));
        await FillDiskAsync();
        await Assert.ThrowsAsync<StorageFullException>(async () => await Log.AppendAsync(Batch("s", 11, 100, bytes: 10_000)));
        var together = Enumerable.Range(0, 3).Select(i => Log.AppendAsync(Batch($"full/{i}", 1, 100, bytes: 10_000)).AsTask()).ToList();
        foreach (var append in together)
            await Assert.ThrowsAsync<StorageFullException>(() => append);
        Assert.Equal(Range(1, 10), await Log.ReadAllAsync("s"));
        await FreeDiskAsync();
        await Log.AppendAsync(Batch("s", 11, 100, bytes: 10_000));
        Assert.Equal(Range(1, 110), await Log.ReadAllAsync("s"));
    }

    [Fact]
    public async Task After_dispose_an_append_is_refused_and_what_was_asked_before_is_kept()
    {
        var log = OpenLog(Database);
        var appends = Enumerable.Range(1, 50).Select(seq => log.AppendAsync(Batch("s", seq)).AsTask()).ToList();
        await log.DisposeAsync();
        await Task.WhenAll(appends);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await log.AppendAsync(Batch("s", 51)));
        Assert.Equal(50, (await Log.EndAsync("s")).Last);
    }

    private protected abstract Task<TestDatabase> CreateAsync();

    /// <summary>Makes a large append fail as a full disk does.</summary>
    private protected abstract Task FillDiskAsync();

    private protected abstract Task FreeDiskAsync();

    private protected EventLog OpenLog(SquadDatabase database)
    {
        var log = new EventLog(database, new EventLogInstruments(), TimeProvider.System);
        _logs.Add(log);
        return log;
    }
}
