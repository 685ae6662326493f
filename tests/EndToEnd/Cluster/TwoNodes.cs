using Squad.Platform.Tests.Storage;
using Squad.Tests.Support;

namespace Squad.EndToEnd.Cluster;

/// <summary>What two nodes of a cluster share: a PostgreSQL, a Redis if asked for, keys, repositories, an authority. Nodes are processes, and talk over TLS.</summary>
internal sealed class TwoNodes : IAsyncDisposable
{
    private readonly string shared = Directory.CreateTempSubdirectory("squad-cluster-").FullName;
    private readonly List<SquadServer> nodes = [];
    private readonly PostgresCluster postgres;
    private readonly RedisServer? redis;
    private readonly string database;

    private TwoNodes(PostgresCluster postgres, string database, RedisServer? redis)
    {
        (this.postgres, this.database, this.redis) = (postgres, database, redis);
        Authority = new ClusterAuthority(shared, "Squad's test authority");
    }

    /// <summary>Whose certificates make a node a member.</summary>
    public ClusterAuthority Authority { get; }

    /// <summary>The first that <see cref="StartNodeAsync"/> started.</summary>
    public SquadServer A => nodes[0];

    public SquadServer B => nodes[1];

    public static async Task<TwoNodes> StartAsync(string provider)
    {
        var cluster = await StartSharedAsync(provider);
        await cluster.StartNodeAsync("a");
        await cluster.StartNodeAsync("b");
        return cluster;
    }

    /// <summary>What nodes share, and no node yet.</summary>
    public static async Task<TwoNodes> StartSharedAsync(string provider)
    {
        Assert.SkipUnless(Checkout.IsOnOrleansPackages, "Only the build on Microsoft Orleans has clusters of processes (make test RUNTIME=Packages).");
        var postgres = await PostgresCluster.StartAsync();
        Requires.That(postgres is not null, "PostgreSQL (Debian: postgresql)");
        return new TwoNodes(postgres, await postgres.NewDatabaseAsync(), provider == "Redis" ? await RedisServer.StartAsync() : null);
    }

    /// <param name="of">Whose certificate the node has. Default: the cluster's authority's.</param>
    public async Task<SquadServer> StartNodeAsync(string name, ClusterAuthority? of = null)
    {
        var data = Directory.CreateTempSubdirectory($"squad-node-{name}-").FullName;
        foreach (var folder in (string[])["keys", "repositories"])
            File.CreateSymbolicLink(Path.Combine(data, folder), Directory.CreateDirectory(Path.Combine(shared, folder)).FullName);
        var (certificate, key) = (of ?? Authority).Issue(name);
        var node = await SquadServer.StartAsync("process", new Dictionary<string, string?>
        {
            ["Squad__Node__Name"] = name,
            ["Squad__Storage__Provider"] = "Postgres",
            ["Squad__Storage__ConnectionString"] = database,
            ["Squad__Cluster__Provider"] = redis is null ? "PostgreSql" : "Redis",
            ["Squad__Cluster__RedisConnection"] = redis?.Connection,
            ["Squad__Cluster__AdvertisedAddress"] = "127.0.0.1",
            ["Squad__Cluster__Tls__Certificate"] = certificate,
            ["Squad__Cluster__Tls__Key"] = key,
            ["Squad__Cluster__Tls__Authority"] = Authority.Path,
        }, data);
        nodes.Add(node);
        return node;
    }

    /// <summary>One that nobody trusts.</summary>
    public ClusterAuthority AnotherAuthority() => new(Directory.CreateDirectory(Path.Combine(shared, "another")).FullName, "Another authority");

    public async ValueTask DisposeAsync()
    {
        foreach (var node in nodes)
            await node.DisposeAsync();
        if (redis is not null)
            await redis.DisposeAsync();
        await postgres.DisposeAsync();
        Authority.Dispose();
        Directory.Delete(shared, recursive: true);
    }
}
