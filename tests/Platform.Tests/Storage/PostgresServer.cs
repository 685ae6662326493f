using Squad.Platform.Tests.Storage;

[assembly: AssemblyFixture(typeof(PostgresServer))]

namespace Squad.Platform.Tests.Storage;

/// <summary>The PostgreSQL server of the whole run, started when first asked for. Each test gets a database of its own.</summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private readonly Lazy<Task<PostgresCluster?>> _cluster = new(PostgresCluster.StartAsync);

    /// <summary>Makes an empty database; its connection string. Skips the test where there is no PostgreSQL.</summary>
    public async Task<string> NewDatabaseAsync()
    {
        var cluster = await _cluster.Value;
        Requires.That(cluster is not null, "PostgreSQL is not installed (Debian: postgresql), and SQUAD_TEST_POSTGRES does not name a server.");
        return await cluster.NewDatabaseAsync();
    }

    public async Task DropDatabaseAsync(string connectionString) => await (await _cluster.Value)!.DropDatabaseAsync(connectionString);

    public async ValueTask DisposeAsync()
    {
        if (_cluster.IsValueCreated && await _cluster.Value is { } cluster)
            await cluster.DisposeAsync();
    }
}
