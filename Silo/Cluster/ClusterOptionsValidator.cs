using Microsoft.Extensions.Options;
using Squad.Platform.Storage;

namespace Squad.Silo.Cluster;

/// <summary>Reports every wrong key of <see cref="ClusterOptions"/> at once.</summary>
/// <param name="hasClusters">Whether this build has other providers than <see cref="ClusterProvider.Localhost"/>.</param>
internal sealed class ClusterOptionsValidator(bool hasClusters, StorageProvider storage, string? node) : IValidateOptions<ClusterOptions>
{
    private const string Section = ClusterOptions.Section;

    public ValidateOptionsResult Validate(string? name, ClusterOptions options)
    {
        var problems = (options.Provider == ClusterProvider.Localhost ? Alone(options) : InCluster(options)).Concat(Common(options)).ToList();
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private static IEnumerable<string> Common(ClusterOptions options)
    {
        if (string.IsNullOrWhiteSpace(options.ClusterId))
            yield return $"{Section}:ClusterId is empty; it must name the cluster, e.g. squad.";
        if (string.IsNullOrWhiteSpace(options.ServiceId))
            yield return $"{Section}:ServiceId is empty; it must name the service, e.g. squad.";
        if (options.SiloPort is < 1 or > 65535)
            yield return $"{Section}:SiloPort is {options.SiloPort}; it must be a TCP port, 1 to 65535.";
        if (options.GatewayPort is < 1 or > 65535)
            yield return $"{Section}:GatewayPort is {options.GatewayPort}; it must be a TCP port, 1 to 65535.";
        if (options.SiloPort == options.GatewayPort)
            yield return $"{Section}:SiloPort and {Section}:GatewayPort are both {options.SiloPort}; they must differ.";
        if (options.Provider != ClusterProvider.Redis && options.RedisConnection is not null)
            yield return $"{Section}:RedisConnection is set, but {Section}:Provider is {options.Provider}; remove it, or set the provider to Redis.";
    }

    private static IEnumerable<string> Alone(ClusterOptions options)
    {
        if (options.Tls is not { Certificate: null, Key: null, Authority: null })
            yield return $"{Section}:Tls is set, but {Section}:Provider is Localhost, where no silo calls another; remove it, or set the provider to PostgreSql or Redis.";
    }

    private IEnumerable<string> InCluster(ClusterOptions options)
    {
        if (!Enum.IsDefined(options.Provider))
            yield return $"{Section}:Provider is '{options.Provider}'; it must be Localhost, PostgreSql or Redis.";
        if (!hasClusters)
        {
            yield return $"{Section}:Provider is {options.Provider}, but this build of Squad runs on one machine only. Build it on Microsoft Orleans "
                + "(make build RUNTIME=Packages; docs/cluster.md), or set the provider to Localhost.";
        }
        if (storage != StorageProvider.Postgres)
            yield return $"{StorageOptions.Section}:Provider is {storage}, whose file one process owns; a cluster needs Postgres.";
        if (string.IsNullOrWhiteSpace(node))
            yield return "Squad:Node:Name is not set; in a cluster each node needs a name of its own, which stays the same over restarts.";
        if (options.Provider == ClusterProvider.Redis && string.IsNullOrWhiteSpace(options.RedisConnection))
            yield return $"{Section}:RedisConnection is empty; the Redis provider needs one, e.g. redis:6379.";
        foreach (var problem in Certificates(options.Tls))
            yield return problem;
    }

    private static IEnumerable<string> Certificates(ClusterTlsOptions tls)
    {
        (string Key, string? Path)[] files = [("Certificate", tls.Certificate), ("Key", tls.Key), ("Authority", tls.Authority)];
        if (Array.TrueForAll(files, file => file.Path is null))
            yield break;
        foreach (var (key, path) in files)
        {
            if (string.IsNullOrWhiteSpace(path))
                yield return $"{Section}:Tls:{key} is empty; TLS between silos needs Certificate, Key and Authority, each a PEM file.";
            else if (!File.Exists(path))
                yield return $"{Section}:Tls:{key} is '{path}', where there is no file that can be read.";
        }
    }
}
