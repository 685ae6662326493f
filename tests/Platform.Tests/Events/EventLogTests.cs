using System.Data.Common;
using Squad.Platform.Events;
using Squad.Platform.Tests.Storage;

namespace Squad.Platform.Tests.Events;

public sealed class InMemoryEventLogTests : EventLogContract
{
    public override ValueTask InitializeAsync()
    {
        Log = new InMemoryEventLog();
        return ValueTask.CompletedTask;
    }

    public override ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}

public sealed class SqliteEventLogTests : DatabaseEventLogContract
{
    private protected override Task<TestDatabase> CreateAsync() => Task.FromResult<TestDatabase>(new SqliteTestDatabase());

    // The limit is the connection's, and the writer has one.
    private protected override Task FillDiskAsync() => ExecuteAsync("PRAGMA max_page_count = 1");

    private protected override Task FreeDiskAsync() => ExecuteAsync("PRAGMA max_page_count = 4294967294");

    private async Task ExecuteAsync(string sql) => await Database.WriteAsync(async (connection, _) => await connection.ExecuteAsync(sql));
}

public sealed class PostgresEventLogTests(PostgresServer server) : DatabaseEventLogContract
{
    private protected override Task<TestDatabase> CreateAsync() => PostgresTestDatabase.CreateAsync(server);

    // A server refuses with the error of a full disk where a test cannot fill one.
    private protected override Task FillDiskAsync() => ExecuteAsync("""
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no space left' USING ERRCODE = '53100'; END $$;
        CREATE TRIGGER refuse BEFORE INSERT ON events FOR EACH ROW WHEN (octet_length(NEW.body) > 100000) EXECUTE FUNCTION refuse();
        """);

    private protected override Task FreeDiskAsync() => ExecuteAsync("DROP TRIGGER refuse ON events");

    private async Task ExecuteAsync(string sql) => await Database.WriteAsync(async (connection, _) => await connection.ExecuteAsync(sql));
}

internal static class TestConnectionExtensions
{
    public static async Task<int> ExecuteAsync(this DbConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        return await command.ExecuteNonQueryAsync();
    }
}
