using Microsoft.Extensions.Logging.Abstractions;
using Squad.Platform.Storage;

namespace Squad.Platform.Tests.Storage;

/// <summary>A database of a test's own, and any number of "processes" (<see cref="SquadDatabase"/>) that use it.</summary>
public abstract class TestDatabase : IAsyncDisposable
{
    private readonly List<SquadDatabase> _opened = [];

    internal StorageOptions Options { get; set; } = new();

    /// <summary>A further user of the database, as another process would be.</summary>
    internal SquadDatabase Open(TimeProvider? time = null)
    {
        var database = StorageServiceCollectionExtensions.Create(Options, time ?? TimeProvider.System);
        _opened.Add(database);
        return database;
    }

    /// <summary>A further user, with the schema in place.</summary>
    internal async Task<SquadDatabase> OpenMigratedAsync()
    {
        var database = Open();
        await new DatabaseMigrator(database, TimeProvider.System, NullLogger<DatabaseMigrator>.Instance).MigrateAsync();
        return database;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var database in _opened)
            await database.DisposeAsync();
        await RemoveAsync();
        GC.SuppressFinalize(this);
    }

    protected abstract ValueTask RemoveAsync();
}

public sealed class SqliteTestDatabase : TestDatabase
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("squad-sqlite-");

    public SqliteTestDatabase() => Options = new StorageOptions { DataDirectory = _directory.FullName };

    public string DataDirectory => _directory.FullName;

    protected override ValueTask RemoveAsync()
    {
        _directory.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }
}

public sealed class PostgresTestDatabase(PostgresServer server) : TestDatabase
{
    public static async Task<TestDatabase> CreateAsync(PostgresServer server) => new PostgresTestDatabase(server)
    {
        Options = new StorageOptions { Provider = StorageProvider.Postgres, ConnectionString = await server.NewDatabaseAsync() },
    };

    protected override async ValueTask RemoveAsync() => await server.DropDatabaseAsync(Options.ConnectionString!);
}
