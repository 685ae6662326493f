using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Runtime;
using Squad.Cluster;

namespace Squad.Grains.Cluster;

/// <summary>
/// Asks the scheduler to look at the cluster whenever its membership changes, and every minute: so that a node that left is noticed by whoever is still there, whatever gets lost
/// on the way. Asked on its way to a silo that dies, the scheduler does not answer, and is asked again. Runs on every silo; asking twice does no harm.
/// </summary>
public sealed partial class NodeWatcher(IClusterMembershipService membership, IGrainFactory grains, TimeProvider time, ILogger<NodeWatcher> logger) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan AgainAfter = TimeSpan.FromSeconds(5);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(FollowAsync(stoppingToken), RepeatAsync(stoppingToken));

    private async Task FollowAsync(CancellationToken stopping)
    {
        await foreach (var snapshot in membership.MembershipUpdates.WithCancellation(stopping))
            await SurveyAsync(stopping);
    }

    private async Task RepeatAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Every, time);
        while (await timer.WaitForNextTickAsync(stopping))
            await SurveyAsync(stopping);
    }

    private async Task SurveyAsync(CancellationToken stopping)
    {
        while (true)
        {
            try
            {
                await grains.GetGrain<ISchedulerGrain>("default").Survey();
                return;
            }
            catch (Exception e)
            {
                LogNotSurveyed(e);
            }

            await Task.Delay(AgainAfter, time, stopping);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The scheduler could not look at the cluster's nodes; it is asked again in five seconds")]
    private partial void LogNotSurveyed(Exception exception);
}
