using Squad.Platform.Storage;

namespace Squad.Platform.Tests.Storage;

/// <summary>How a database comes to its schema, on either provider.</summary>
public abstract class MigrationContract : IAsyncLifetime
{
    private static readonly Migration One = new(1, "one", "CREATE TABLE one (id BIGINT);");
    private static readonly Migration Two = new(2, "two", "CREATE TABLE two (id BIGINT); INSERT INTO two VALUES (1); INSERT INTO two VALUES (2);");
    private TestDatabase _test = null!;

    public async ValueTask InitializeAsync() => _test = await CreateAsync();

    public async ValueTask DisposeAsync()
    {
        if (_test is not null)
            await _test.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Migrations_are_applied_in_order_and_once()
    {
        var database = _test.Open();
        Assert.Equal(1, await MigrateAsync(database, One));
        Assert.Equal(1, await MigrateAsync(database, One, Two));
        Assert.Equal(0, await MigrateAsync(database, One, Two));
        Assert.Equal(2, await CountAsync(database, "two"));
        Assert.Equal(2, await CountAsync(database, "schema_migrations"));
    }

    [Fact]
    public async Task The_migrations_of_this_build_are_numbered_without_a_gap()
    {
        var all = Migration.All(_test.Options.Provider);
        Assert.NotEmpty(all);
        Assert.Equal(Enumerable.Range(1, all.Count), all.Select(migration => migration.Version));
        Assert.Equal(all.Count, await MigrateAsync(_test.Open(), [.. all]));
    }

    [Fact]
    public async Task Of_processes_that_start_at_once_one_applies_and_the_others_wait()
    {
        var applied = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => MigrateAsync(_test.Open(), One, Two))));
        Assert.Equal([0, 0, 0, 2], applied.Order());
        Assert.Equal(2, await CountAsync(_test.Open(), "two"));
    }

    [Fact]
    public async Task A_failed_migration_leaves_nothing_of_itself_and_names_itself()
    {
        var database = _test.Open();
        var broken = new Migration(2, "broken", "CREATE TABLE half (id BIGINT); INSERT INTO nowhere VALUES (1);");
        var error = await Assert.ThrowsAsync<MigrationException>(() => MigrateAsync(database, One, broken));
        Assert.Contains("0002_broken", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, await MigrateAsync(database, One, Two with { Sql = Two.Sql + "CREATE TABLE half (id BIGINT);" }));
    }

    [Fact]
    public async Task A_database_of_a_newer_version_is_refused_by_name()
    {
        var database = _test.Open();
        await MigrateAsync(database, One, Two);
        var error = await Assert.ThrowsAsync<MigrationException>(() => MigrateAsync(database, One));
        Assert.Contains("newer version", error.Message, StringComparison.Ordinal);
        Assert.Contains("0002_two", error.Message, StringComparison.Ordinal);
        Assert.Contains(database.Name, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_changed_migration_is_refused_by_name()
    {
        var database = _test.Open();
        await MigrateAsync(database, One);
        var error = await Assert.ThrowsAsync<MigrationException>(() => MigrateAsync(database, One with { Sql = "CREATE TABLE other (id BIGINT);" }, Two));
        Assert.Contains("0001_one", error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => CountAsync(database, "two"));
    }

    [Fact]
    public async Task A_migration_that_was_left_out_is_refused_by_name()
    {
        var database = _test.Open();
        await MigrateAsync(database, Two);
        var error = await Assert.ThrowsAsync<MigrationException>(() => MigrateAsync(database, One, Two));
        Assert.Contains("0001_one is missing", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lock_that_is_never_given_back_ends_the_wait_with_a_message()
    {
        await using var held = await _test.Open().BeginMigrationAsync(CancellationToken.None);
        _test.Options.LockTimeout = TimeSpan.FromMilliseconds(200);
        var error = await Assert.ThrowsAsync<TimeoutException>(() => MigrateAsync(_test.Open(), One));
        Assert.Contains("migration lock", error.Message, StringComparison.Ordinal);
    }

    private protected abstract Task<TestDatabase> CreateAsync();

    private static Task<int> MigrateAsync(SquadDatabase database, params Migration[] migrations) =>
        new DatabaseMigrator(database, migrations, TimeProvider.System).MigrateAsync();

    private static async Task<long> CountAsync(SquadDatabase database, string table)
    {
        await using var connection = await database.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = $"SELECT count(*) FROM {table}";
        return (long)(await command.ExecuteScalarAsync())!;
    }
}

public sealed class SqliteMigrationTests : MigrationContract
{
    private protected override Task<TestDatabase> CreateAsync() => Task.FromResult<TestDatabase>(new SqliteTestDatabase());
}

public sealed class PostgresMigrationTests(PostgresServer server) : MigrationContract
{
    private protected override Task<TestDatabase> CreateAsync() => PostgresTestDatabase.CreateAsync(server);
}
