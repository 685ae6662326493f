using Microsoft.Extensions.DependencyInjection;
using Orleans.Core;
using Orleans.Serialization.Invocation;

namespace Orleans.Runtime;

/// <summary>
/// One life of a grain. Created -> Activating -> Active -> Deactivating -> Ended; only Active starts messages, and a message that
/// is here when the activation ends goes to the next one.
/// Invariant: the catalog knows this activation from creation until just before it closes.
/// </summary>
internal sealed partial class Activation : TurnQueue, IGrainContext, IWorkItemScheduler
{
    private readonly GrainClass _class;
    private readonly ActivationDirectory _directory;
    private volatile State _state;
    private object? _instance;
    private IServiceScope? _scope;
    private GrainLifecycle? _lifecycle;
    private Dictionary<Type, object>? _components;
    private TaskCompletionSource? _ended;
    private HashSet<IDisposable>? _timers;
    private DeactivationReason _reason;
    private bool _endAsked;
    private long _lastUsed;
    private long _keepUntil;

    public Activation(SiloRuntime runtime, GrainClass grainClass, GrainId grainId, ActivationDirectory directory) : base(runtime)
    {
        _class = grainClass;
        _directory = directory;
        GrainId = grainId;
        ActivationId = new ActivationId(runtime.NewGuid());
        _lastUsed = runtime.Clock.Milliseconds;
        IsFiltered = grainClass.IsFilter || runtime.Filters.Incoming is not null;
    }

    private enum State
    {
        Created,
        Activating,
        Active,
        Deactivating,
        Ended,
    }

    /// <summary>The activation whose turn this thread runs, or null.</summary>
    public static new Activation? Current => TurnQueue.Current as Activation;

    public GrainId GrainId { get; }
    public ActivationId ActivationId { get; }
    public GrainClass Class => _class;
    public object? GrainInstance => _instance;
    public GrainReference GrainReference => Runtime.References.Create(GrainId, _class.ReferenceInterface);
    public GrainAddress Address => new() { GrainId = GrainId, ActivationId = ActivationId, SiloAddress = Runtime.Silo.SiloAddress };
    IGrainLifecycle IGrainContext.ObservableLifecycle => Lifecycle;
    IWorkItemScheduler IGrainContext.Scheduler => this;
    public GrainLifecycle Lifecycle => _lifecycle ??= new GrainLifecycle();

    public IServiceProvider ActivationServices
    {
        get
        {
            if (_scope is not null) return _scope.ServiceProvider;
            var scope = Runtime.Services.CreateScope();
            var first = Interlocked.CompareExchange(ref _scope, scope, null);
            if (first is null) return scope.ServiceProvider;
            scope.Dispose();
            return first.ServiceProvider;
        }
    }

    public Task Deactivated
    {
        get
        {
            lock (this)
            {
                if (_state == State.Ended) return Task.CompletedTask;
                return (_ended ??= new TaskCompletionSource(Runtime.Scheduler.Completion)).Task;
            }
        }
    }

    public bool HasEnded => _state == State.Ended;
    public override object GetTarget() => _instance!;
    public override uint Label => GrainId.GetUniformHashCode();
    protected override bool Reentrant => _class.Reentrant;
    protected override bool IsOpen => _state == State.Active && !_endAsked;
    protected override bool HasControlStep =>
        _state == State.Created || (_state == State.Active && _endAsked && Running == 0);

    public bool IsIdle(long now) => _state == State.Active && Running == 0 && _class.CollectionAge is { } age
        && now - _lastUsed >= (long)age.TotalMilliseconds && now >= _keepUntil;

    public void DelayDeactivation(TimeSpan span)
    {
        if (span == TimeSpan.MaxValue || span == Timeout.InfiniteTimeSpan) _keepUntil = long.MaxValue;
        else if (span <= TimeSpan.Zero) _keepUntil = 0;
        else _keepUntil = Runtime.Clock.Milliseconds + (long)span.TotalMilliseconds;
    }

    public void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default)
    {
        lock (this)
        {
            if (_endAsked || _state is State.Deactivating or State.Ended) return;
            _endAsked = true;
            _reason = deactivationReason;
        }
        Wake();
    }

    public void Activate(Dictionary<string, object>? requestContext, CancellationToken cancellationToken = default) => Wake();

    public void ReceiveMessage(object message)
    {
        if (message is not Message known) throw new ArgumentException("Not a message of this runtime.", nameof(message));
        if (!TryEnqueue(known)) known.Redirect(this);
    }

    public override void OnError(Message message, Exception error)
    {
        if (error is Storage.InconsistentStateException inconsistent && inconsistent.Origin == this)
        {
            inconsistent.Origin = null;
            Deactivate(new DeactivationReason(DeactivationReasonCode.ApplicationError, error, "The stored state had changed."));
        }
    }

    protected override void OnUsed() => _lastUsed = Runtime.Clock.Milliseconds;

    protected override void RunControlStep()
    {
        lock (this)
        {
            if (_state == State.Created) _state = State.Activating;
            else if (_state == State.Active && _endAsked && Running == 0) _state = State.Deactivating;
            else return;
        }
        // Both catch everything themselves; their continuations come back as turns.
        _ = _state == State.Activating ? ActivateAsync() : DeactivateAsync();
    }

    public object? GetComponent(Type componentType)
    {
        lock (this)
        {
            if (_components is not null && _components.TryGetValue(componentType, out var component)) return component;
        }
        return componentType.IsInstanceOfType(_instance) ? _instance : null;
    }

    /// <summary>What was set as a component, else what was registered for all grains.</summary>
    public override object GetExtension(Type interfaceType)
    {
        if (GetComponent(interfaceType) is { } present) return present;
        var made = ActivationServices.GetKeyedService<IGrainExtension>(interfaceType)
            ?? throw new GrainExtensionNotInstalledException($"No extension {interfaceType} is installed on {GrainId}.");
        lock (this) (_components ??= [])[interfaceType] = made;
        return made;
    }

    public void SetComponent<TComponent>(TComponent? value) where TComponent : class
    {
        lock (this)
        {
            if (value is null) _components?.Remove(typeof(TComponent));
            else (_components ??= [])[typeof(TComponent)] = value;
        }
    }

    public IStorage<TState> CreateGrainState<TState>(Type grainClass)
    {
        var provider = grainClass.GetCustomAttributes(typeof(Providers.StorageProviderAttribute), true)
            .Cast<Providers.StorageProviderAttribute>().FirstOrDefault()?.ProviderName;
        return PersistentState<TState>.Create(this, "state", provider);
    }

    /// <summary>Timers end with the activation. False: it is ending, and the timer must not start.</summary>
    public bool AddTimer(IDisposable timer)
    {
        lock (this)
        {
            if (_state is State.Deactivating or State.Ended) return false;
            (_timers ??= []).Add(timer);
            return true;
        }
    }

    public void RemoveTimer(IDisposable timer)
    {
        lock (this) _timers?.Remove(timer);
    }

    void IWorkItemScheduler.QueueAction(Action action) =>
        new Task(action).Start(this);

    void IWorkItemScheduler.QueueAction(Action<object> action, object state) =>
        new Task(action!, state).Start(this);

    void IWorkItemScheduler.QueueTask(Task task) => task.Start(this);

    bool IEquatable<IGrainContext>.Equals(IGrainContext? other) => ReferenceEquals(this, other);
    public override string ToString() => $"{GrainId}{ActivationId}";
}
