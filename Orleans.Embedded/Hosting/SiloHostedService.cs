using System.Diagnostics;
using Microsoft.Extensions.Hosting;
using Orleans.Runtime;

namespace Orleans.Hosting;

/// <summary>
/// Starts and stops the silo with its host. Start: participants subscribe, then the stages run upwards; calls are served from
/// <see cref="ServiceLifecycleStage.RuntimeGrainServices"/> on, so that startup tasks may call grains. Stop: the stages run downwards,
/// and at that stage every activation is ended. In between, from just before <see cref="ServiceLifecycleStage.Active"/> to its stop, the
/// silo is Active for the others of its cluster, and they place grains on it.
/// </summary>
internal sealed class SiloHostedService(SiloRuntime runtime, SiloLifecycle lifecycle, ILocalSiloDetails silo,
    IEnumerable<ILifecycleParticipant<ISiloLifecycle>> participants) : IHostedService
{
    private bool _subscribed;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        if (!_subscribed)
        {
            _subscribed = true;
            lifecycle.Subscribe<SiloRuntime>(ServiceLifecycleStage.RuntimeGrainServices, Start, runtime.StopAsync);
            lifecycle.Subscribe<SiloRuntime>(ServiceLifecycleStage.BecomeActive, BecomeActive, BecomeShuttingDown);
            foreach (var participant in participants) participant.Participate(lifecycle);
        }
        await lifecycle.StartAsync(cancellationToken);
        RuntimeLog.SiloActive(runtime.Logger, silo.Name, (long)Stopwatch.GetElapsedTime(started).TotalMilliseconds);
    }

    public Task StopAsync(CancellationToken cancellationToken) => lifecycle.StopAsync(cancellationToken);

    private Task BecomeActive(CancellationToken cancellationToken)
    {
        runtime.Announce(SiloStatus.Active);
        return Task.CompletedTask;
    }

    private Task BecomeShuttingDown(CancellationToken cancellationToken)
    {
        runtime.Announce(SiloStatus.ShuttingDown);
        return Task.CompletedTask;
    }

    private Task Start(CancellationToken cancellationToken)
    {
        runtime.Start();
        return Task.CompletedTask;
    }
}
