using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;
using Orleans.Hosting;
using Orleans.Runtime;
using Squad.Platform.Storage;

namespace Squad.Platform.Tests.Storage;

/// <summary>What a reminder table does, wherever it keeps its rows.</summary>
public abstract class ReminderTableContract : IAsyncLifetime
{
    private static readonly GrainId Ann = GrainId.Create("repository", "ann/app");
    private static readonly GrainId Ben = GrainId.Create("repository", "ben/büro + 1");

    // With a part of a millisecond: a schedule must not move by being stored.
    private static readonly DateTime Start = new DateTime(2026, 3, 1, 10, 0, 0, DateTimeKind.Utc).AddTicks(1234567);

    private protected IReminderTable Table { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Table = await CreateAsync();
        await Table.StartAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (Table is not null)
            await Table.StopAsync();
        await RemoveAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_row_is_read_as_it_was_written()
    {
        var etag = await Table.UpsertRow(Entry(Ben, "nightly 'gc'"));
        var row = await Table.ReadRow(Ben, "nightly 'gc'");
        Assert.NotNull(row);
        Assert.Equal((Ben, "nightly 'gc'", Start, TimeSpan.FromHours(24), etag), (row.GrainId, row.ReminderName, row.StartAt, row.Period, row.ETag));
        Assert.Equal(DateTimeKind.Utc, row.StartAt.Kind);
    }

    [Fact]
    public async Task What_was_never_written_is_not_there()
    {
        Assert.Null(await Table.ReadRow(Ann, "nightly"));
        Assert.Empty((await Table.ReadRows(Ann)).Reminders);
        Assert.False(await Table.RemoveRow(Ann, "nightly", "1"));
        Assert.False(await Table.RemoveRow(Ann, "nightly", "not an etag"));
    }

    [Fact]
    public async Task Writing_again_replaces_the_schedule_and_the_etag()
    {
        var first = await Table.UpsertRow(Entry(Ann, "nightly"));
        var later = Entry(Ann, "nightly");
        later.StartAt = Start.AddDays(1);
        later.Period = TimeSpan.FromMinutes(5);
        var second = await Table.UpsertRow(later);
        Assert.NotEqual(first, second);
        var row = Assert.Single((await Table.ReadRows(Ann)).Reminders);
        Assert.Equal((later.StartAt, later.Period, second), (row.StartAt, row.Period, row.ETag));
    }

    [Fact]
    public async Task Only_the_present_etag_removes_a_row_and_a_row_made_again_has_another()
    {
        var first = await Table.UpsertRow(Entry(Ann, "nightly"));
        var second = await Table.UpsertRow(Entry(Ann, "nightly"));
        Assert.False(await Table.RemoveRow(Ann, "nightly", first!));
        Assert.False(await Table.RemoveRow(Ben, "nightly", second!));
        Assert.True(await Table.RemoveRow(Ann, "nightly", second!));
        Assert.Null(await Table.ReadRow(Ann, "nightly"));
        await Table.UpsertRow(Entry(Ann, "nightly"));
        Assert.False(await Table.RemoveRow(Ann, "nightly", first!));
    }

    [Fact]
    public async Task A_grains_rows_are_its_own()
    {
        await Table.UpsertRow(Entry(Ann, "nightly"));
        await Table.UpsertRow(Entry(Ann, "hourly"));
        await Table.UpsertRow(Entry(Ben, "nightly"));
        Assert.Equal(["hourly", "nightly"], (await Table.ReadRows(Ann)).Reminders.Select(row => row.ReminderName).Order());
        Assert.Equal(Ben, Assert.Single((await Table.ReadRows(Ben)).Reminders).GrainId);
    }

    [Fact]
    public async Task A_range_of_hashes_begins_after_its_begin_and_goes_around()
    {
        var grains = Enumerable.Range(0, 40).Select(i => GrainId.Create("session", $"s{i}")).OrderBy(id => id.GetUniformHashCode()).ToArray();
        foreach (var grain in grains)
            await Table.UpsertRow(Entry(grain, "nightly"));
        var (low, high) = (grains[10].GetUniformHashCode(), grains[30].GetUniformHashCode());
        Assert.Equal(grains[11..31], await GrainsAsync(low, high));
        Assert.Equal(grains[..11].Concat(grains[31..]), await GrainsAsync(high, low));
        Assert.Equal(grains, await GrainsAsync(0, 0));
        Assert.Equal(grains, await GrainsAsync(low, low));
        Assert.Equal(grains[31..], await GrainsAsync(high, uint.MaxValue));
    }

    [Fact]
    public async Task Writers_at_once_all_write_and_one_etag_is_the_last()
    {
        var etags = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => Table.UpsertRow(Entry(Ann, "nightly")))));
        Assert.Equal(20, etags.Distinct().Count());
        Assert.Contains((await Table.ReadRow(Ann, "nightly"))!.ETag, etags);
    }

    [Fact]
    public async Task Clearing_leaves_nothing()
    {
        await Table.UpsertRow(Entry(Ann, "nightly"));
        await Table.TestOnlyClearTable();
        Assert.Empty((await Table.ReadRows(0, 0)).Reminders);
    }

    private protected abstract Task<IReminderTable> CreateAsync();

    private protected abstract ValueTask RemoveAsync();

    private protected static ReminderEntry Entry(GrainId grain, string name) =>
        new() { GrainId = grain, ReminderName = name, StartAt = Start, Period = TimeSpan.FromHours(24) };

    private async Task<IEnumerable<GrainId>> GrainsAsync(uint begin, uint end) =>
        (await Table.ReadRows(begin, end)).Reminders.Select(row => row.GrainId).OrderBy(id => id.GetUniformHashCode());
}

public sealed class MemoryReminderTableTests : ReminderTableContract
{
    private IHost? _host;

    private protected override async Task<IReminderTable> CreateAsync()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.UseOrleans(silo => silo.UseLocalhostClustering().UseInMemoryReminderService());
        _host = builder.Build();
        await _host.StartAsync(TestContext.Current.CancellationToken);
        return _host.Services.GetRequiredService<IReminderTable>();
    }

    private protected override async ValueTask RemoveAsync()
    {
        if (_host is null)
            return;
        await _host.StopAsync();
        _host.Dispose();
    }
}

/// <summary>The table in a database, which others use too and which may be of another version.</summary>
public abstract class RelationalReminderTableContract : ReminderTableContract
{
    private TestDatabase _test = null!;

    [Fact]
    public async Task Another_process_reads_what_was_written()
    {
        var etag = await Table.UpsertRow(Entry(GrainId.Create("session", "s1"), "nightly"));
        var other = new RelationalReminderTable(_test.Open(), TimeProvider.System);
        await other.StartAsync(TestContext.Current.CancellationToken);
        Assert.Equal(etag, (await other.ReadRow(GrainId.Create("session", "s1"), "nightly"))!.ETag);
    }

    [Fact]
    public async Task A_table_of_another_version_is_refused_by_its_name_and_the_databases()
    {
        var database = _test.Open();
        await database.WriteAsync(async (connection, cancellation) =>
        {
            await using var command = connection.CreateCommand();
            command.CommandText = "ALTER TABLE reminders RENAME COLUMN period TO every";
            return await command.ExecuteNonQueryAsync(cancellation);
        });
        var error = await Assert.ThrowsAsync<MigrationException>(() => new RelationalReminderTable(_test.Open(), TimeProvider.System).StartAsync());
        Assert.Contains("reminders", error.Message, StringComparison.Ordinal);
        Assert.Contains(database.Name, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_of_a_newer_version_is_refused_before_its_reminders_are_read()
    {
        var database = _test.Open();
        await database.WriteAsync(async (connection, cancellation) =>
        {
            await using var command = connection.CreateCommand();
            command.CommandText = "INSERT INTO schema_migrations (version, name, checksum, applied_at) VALUES (9000, 'reminders_of_tomorrow', '0', 0)";
            return await command.ExecuteNonQueryAsync(cancellation);
        });
        var error = await Assert.ThrowsAsync<MigrationException>(_test.OpenMigratedAsync);
        Assert.Contains("newer version", error.Message, StringComparison.Ordinal);
        Assert.Contains("9000_reminders_of_tomorrow", error.Message, StringComparison.Ordinal);
        Assert.Contains(database.Name, error.Message, StringComparison.Ordinal);
    }

    private protected abstract Task<TestDatabase> DatabaseAsync();

    private protected override async Task<IReminderTable> CreateAsync()
    {
        _test = await DatabaseAsync();
        return new RelationalReminderTable(await _test.OpenMigratedAsync(), TimeProvider.System);
    }

    private protected override async ValueTask RemoveAsync()
    {
        if (_test is not null)
            await _test.DisposeAsync();
    }
}

public sealed class SqliteReminderTableTests : RelationalReminderTableContract
{
    private protected override Task<TestDatabase> DatabaseAsync() => Task.FromResult<TestDatabase>(new SqliteTestDatabase());
}

public sealed class PostgresReminderTableTests(PostgresServer server) : RelationalReminderTableContract
{
    private protected override Task<TestDatabase> DatabaseAsync() => PostgresTestDatabase.CreateAsync(server);
}
