using Microsoft.Extensions.Diagnostics.HealthChecks;
using Orleans;
using Orleans.Runtime;
using Squad.Cluster;

namespace Squad.Api;

/// <summary>Ready only while grains answer: in this process, or in the silo that it is a client of.</summary>
internal sealed class SiloHealth(IGrainFactory grains, TimeProvider time) : IHealthCheck
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await grains.GetGrain<ISchedulerGrain>("default").Snapshot().WaitAsync(Patience, time, cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (Exception away) when (away is SiloUnavailableException or TimeoutException)
        {
            return HealthCheckResult.Unhealthy("The silo does not answer.", away);
        }
    }
}
