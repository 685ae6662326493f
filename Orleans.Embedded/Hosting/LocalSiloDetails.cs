using System.Net;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Orleans.Runtime;

/// <summary>This silo has no network address: the endpoint is a name, and the generation tells its lives apart.</summary>
internal sealed class LocalSiloDetails(IOptions<SiloOptions> silo, IOptions<ClusterOptions> cluster, TimeProvider time,
    ClusterSeat? seat = null) : ILocalSiloDetails
{
    public string Name { get; } = silo.Value.SiloName;
    public string ClusterId { get; } = cluster.Value.ClusterId;
    public string DnsHostName { get; } = Environment.MachineName;
    public SiloAddress SiloAddress { get; } = SiloAddress.New(IPAddress.Loopback,
        seat?.Fabric.PortOf(silo.Value.SiloName) ?? 11111, (Generation(time) + (seat?.Fabric.NextLife() ?? 0)) * (seat is { IsClient: true } ? -1 : 1));
    public SiloAddress GatewayAddress => SiloAddress;

    private static int Generation(TimeProvider time) =>
        (int)((time.GetUtcNow() - new DateTimeOffset(2022, 1, 1, 0, 0, 0, TimeSpan.Zero)).TotalSeconds % int.MaxValue);
}
