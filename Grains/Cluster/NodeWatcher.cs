using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Runtime;
using Squad.Cluster;

namespace Squad.Grains.Cluster;

/// <summary>
/// Asks the scheduler to look at the cluster whenever its membership changes, and every minute: so that a node that left is noticed by whoever is still there, whatever gets lost
/// on the way. Runs on every silo; asking twice does no harm.
/// </summary>
public sealed partial class NodeWatcher(IClusterMembershipService membership, IGrainFactory grains, TimeProvider time, ILogger<NodeWatcher> logger) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(FollowAsync(stoppingToken), RepeatAsync(stoppingToken));

    private async Task FollowAsync(CancellationToken stopping)
    {
        await foreach (var snapshot in membership.MembershipUpdates.WithCancellation(stopping))
            await SurveyAsync();
    }

    private async Task RepeatAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Every, time);
        while (await timer.WaitForNextTickAsync(stopping))
            await SurveyAsync();
    }

    private async Task SurveyAsync()
    {
        try
        {
            await grains.GetGrain<ISchedulerGrain>("default").Survey();
        }
        catch (Exception e)
        {
            LogNotSurveyed(e);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The scheduler could not look at the cluster's nodes; it is asked again within a minute")]
    private partial void LogNotSurveyed(Exception exception);
}
