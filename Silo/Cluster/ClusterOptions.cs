namespace Squad.Silo.Cluster;

/// <summary>Where silos find each other.</summary>
internal enum ClusterProvider
{
    /// <summary>One silo, in this process alone.</summary>
    Localhost,

    /// <summary>A table of the PostgreSQL database of <c>Squad:Storage</c>. Needs the build on Microsoft Orleans.</summary>
    PostgreSql,

    /// <summary>A Redis server. Needs the build on Microsoft Orleans, and PostgreSQL for everything but the membership.</summary>
    Redis,
}

/// <summary>Section <c>Squad:Cluster</c> (docs/cluster.md). All nodes of a cluster have the same, but for ports, address and certificate.</summary>
internal sealed class ClusterOptions
{
    public const string Section = "Squad:Cluster";

    /// <summary>Default: Localhost.</summary>
    public ClusterProvider Provider { get; set; }

    /// <summary>Name of the cluster: silos of one name find each other. Default: <c>squad</c>.</summary>
    public string ClusterId { get; set; } = "squad";

    /// <summary>Name under which state and subscriptions are kept; stays the same when a cluster is replaced by another. Default: <c>squad</c>.</summary>
    public string ServiceId { get; set; } = "squad";

    /// <summary>TCP port at which other silos reach this one. Default: 11111.</summary>
    public int SiloPort { get; set; } = 11111;

    /// <summary>TCP port for clients of the cluster that are not silos. Default: 30000.</summary>
    public int GatewayPort { get; set; } = 30000;

    /// <summary>IP address or host name at which other silos reach this one. Default: the machine's first address that is not loopback.</summary>
    public string? AdvertisedAddress { get; set; }

    /// <summary>StackExchange.Redis configuration, e.g. <c>redis:6379</c>. Needed for Redis and for nothing else. Default: none.</summary>
    public string? RedisConnection { get; set; }

    /// <summary>TLS between silos. Default: none.</summary>
    public ClusterTlsOptions Tls { get; set; } = new();
}

/// <summary>Section <c>Squad:Cluster:Tls</c>: three PEM files, all or none of them. Each silo proves who it is, to whom it calls and to who calls it.</summary>
internal sealed class ClusterTlsOptions
{
    /// <summary>This silo's certificate, for client and server, with its chain if there is one.</summary>
    public string? Certificate { get; set; }

    /// <summary>Its private key, not encrypted.</summary>
    public string? Key { get; set; }

    /// <summary>The authority whose certificates are silos of this cluster, and no others.</summary>
    public string? Authority { get; set; }

    public bool IsOn => Certificate is not null;
}
