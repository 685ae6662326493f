using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Streams;
using Orleans.Gateway;

namespace Orleans.Runtime;

/// <summary>
/// All that one silo runs on, and the only root of its state: nothing is static but caches of emitted types, so several may live in
/// one process. With a <see cref="ClusterSeat"/> it is one silo of several, or a client of them.
/// </summary>
internal sealed class SiloRuntime : IDisposable
{
    private volatile SiloState _state;
    private volatile bool _dead;
    private TurnWatchdog? _watchdog;

    public SiloRuntime(IServiceProvider services, TimeProvider timeProvider, ILoggerFactory loggers, ILocalSiloDetails silo,
        IOptions<SiloMessagingOptions> grainMessaging, IOptions<ClientMessagingOptions> clientMessaging,
        IOptions<GrainCollectionOptions> collection)
    {
        Services = services;
        Silo = silo;
        Logger = loggers.CreateLogger("Orleans.Runtime");
        Collection = collection.Value;
        Clock = new RuntimeClock(timeProvider);
        Scheduler = services.GetService<ITurnScheduler>() ?? new ThreadPoolTurnScheduler();
        TurnsPerSlice = Scheduler.TurnsPerSlice;
        var seat = services.GetService<ClusterSeat>();
        HostsGrains = seat is not { IsClient: true };
        if (seat is not null) Router = new SiloRouter(this, seat.Fabric);
        Membership = seat?.Fabric.Membership ?? new ClusterMembership(Scheduler);
        Placement = new SiloPlacement(this);
        MaxWaiting = grainMessaging.Value.MaxEnqueuedRequestsHardLimit;
        Calls = new CallTrackers(Clock, clientMessaging.Value, grainMessaging.Value);
        Classes = new GrainClasses(this);
        Directory = new ActivationDirectory(this, Classes);
        References = new GrainReferences(this);
        Observers = new ObserverDirectory(this);
    }

    private enum SiloState
    {
        Created,
        Running,
        Stopped,
    }

    public IServiceProvider Services { get; }
    public ILocalSiloDetails Silo { get; }
    public ILogger Logger { get; }
    public RuntimeClock Clock { get; }
    public ITurnScheduler Scheduler { get; }
    public int TurnsPerSlice { get; }
    public ClusterMembership Membership { get; }
    public SiloPlacement Placement { get; }

    /// <summary>The way to the other silos; null: this one is alone.</summary>
    public SiloRouter? Router { get; }

    /// <summary>Other processes that call or are called; null: there are none.</summary>
    public IOutside? Outside { get; set; }

    /// <summary>False for a client, which only calls.</summary>
    public bool HostsGrains { get; }

    /// <summary>Nothing runs here any more: what is queued stays so.</summary>
    public bool IsDead => _dead;
    public CallTrackers Calls { get; }
    public CallFilters Filters { get; } = new();
    public GrainCollectionOptions Collection { get; }
    public GrainClasses Classes { get; }
    public ActivationDirectory Directory { get; }
    public GrainReferences References { get; }
    public ObserverDirectory Observers { get; }
    public int MaxWaiting { get; }
    public IGrainFactory GrainFactory => References;

    /// <summary>An id that nobody else has; in a simulation the same in each replay.</summary>
    public Guid NewGuid()
    {
        if (!Scheduler.IsSimulated || Router is null) return Guid.NewGuid();
        Span<byte> bytes = stackalloc byte[16];
        Router.Fabric.Random.NextBytes(bytes);
        return new Guid(bytes);
    }

    /// <summary>A reference without an interface, for the runtime's own calls.</summary>
    public GrainReference ReferenceTo(GrainId grainId) => (GrainReference)References.GetGrain(grainId);

    public MemoryStreamProvider? StreamProvider(string name) => Services.GetKeyedService<IStreamProvider>(name) as MemoryStreamProvider;

    public void Start()
    {
        Filters.Load(Services);
        var longest = Services.GetRequiredService<IOptions<SchedulingOptions>>().Value.TurnWarningLengthThreshold;
        // In a simulation a turn takes no time.
        if (longest != Timeout.InfiniteTimeSpan && !Scheduler.IsSimulated) _watchdog = new TurnWatchdog(this, longest);
        Directory.Start();
        if (Router is not null) Router.Fabric.Join(this);
        else Announce(SiloStatus.Joining);
        _state = SiloState.Running;
    }

    /// <summary>Tells the cluster where this silo is in its life: grains are placed on it while it is Active.</summary>
    public void Announce(SiloStatus status) => Membership.Set(Silo.SiloAddress, Silo.Name, status);

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_state == SiloState.Stopped) return;
        var ending = Directory.Count;
        try
        {
            await Directory.StopAsync(cancellationToken);
            RuntimeLog.SiloStopped(Logger, Silo.Name, ending);
        }
        catch (OperationCanceledException)
        {
            RuntimeLog.SiloStopGaveUp(Logger, Silo.Name, Directory.Count);
        }
        End();
        if (Router is not null) Router.Fabric.Leave(this, gracefully: true);
        else Announce(SiloStatus.Dead);
    }

    /// <summary>Ends at once, as a crash would: nothing is deactivated, no turn begins any more, and who waits here for an answer is told.</summary>
    public void Kill()
    {
        if (_dead) return;
        End();
        Router?.Fabric.Leave(this, gracefully: false);
    }

    private void End()
    {
        _state = SiloState.Stopped;
        _dead = true;
        _watchdog?.Dispose();
        Directory.Dispose();
        Calls.FailAll(static () => new SiloUnavailableException("The silo has stopped."));
        Calls.Dispose();
    }

    /// <summary>Brings a call to its target, whichever activation that is now.</summary>
    public void Dispatch(GrainReference target, Call call)
    {
        if (_state != SiloState.Running)
        {
            call.Fail(new SiloUnavailableException(_state == SiloState.Stopped
                ? "The silo has stopped." : "The silo has not started yet."));
            return;
        }
        if (Router is not null)
        {
            Router.Route(target, call);
            return;
        }
        if (Outside is { } outside && outside.Takes(target.GrainId))
        {
            outside.Send(target, call);
            return;
        }
        var queue = ObserverDirectory.IsObserver(target.GrainId)
            ? Observers.Deliver(target.GrainId, call)
            : Directory.Deliver(target.GrainId, call);
        if (queue is not null) target.Cached = queue;
    }

    public void Dispose() => Kill();
}
