using Microsoft.Extensions.DependencyInjection;
using Orleans.Core;
using Orleans.Runtime;

namespace Orleans;

/// <summary>
/// Base of grain classes. One turn runs at a time; an await gives other turns of this activation a chance only where the class
/// or the method is declared to interleave.
/// </summary>
public abstract class Grain : IGrainBase, IAddressable
{
    protected Grain() => GrainContext = Activation.Current
        ?? throw new InvalidOperationException($"{GetType()} can be made by the runtime only: ask an IGrainFactory for a reference.");

    public IGrainContext GrainContext { get; }
    public GrainReference GrainReference => GrainContext.GrainReference;
    protected IGrainFactory GrainFactory => GrainContext is Activation activation
        ? activation.Runtime.GrainFactory // without making a service scope
        : ServiceProvider.GetRequiredService<IGrainFactory>();
    protected internal IServiceProvider ServiceProvider => GrainContext.ActivationServices;
    public string IdentityString => GrainContext.GrainId.ToString();
    public string RuntimeIdentity => GrainContext.Address.SiloAddress?.ToString() ?? "";

    public virtual Task OnActivateAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public virtual Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Ends this activation once the running calls have ended. The next call makes a new one.</summary>
    protected void DeactivateOnIdle() => GrainBaseExtensions.DeactivateOnIdle(this);

    /// <summary>Keeps this activation from idle collection for this long from now; a negative or zero span takes that back.</summary>
    protected void DelayDeactivation(TimeSpan timeSpan)
    {
        if (GrainContext is Activation activation) activation.DelayDeactivation(timeSpan);
    }
}

/// <summary>A grain with one state, kept by the provider that the class names with <c>[StorageProvider]</c>, or the default one.</summary>
public class Grain<TGrainState> : Grain
{
    private readonly IStorage<TGrainState> _storage;

    protected Grain() => _storage = ((Activation)GrainContext).CreateGrainState<TGrainState>(GetType());

    /// <summary>For unit tests, which give the storage themselves.</summary>
    protected Grain(IStorage<TGrainState> storage) => _storage = storage;

    protected TGrainState State
    {
        get => _storage.State;
        set => _storage.State = value;
    }

    protected virtual Task ReadStateAsync() => _storage.ReadStateAsync();
    protected virtual Task WriteStateAsync() => _storage.WriteStateAsync();
    protected virtual Task ClearStateAsync() => _storage.ClearStateAsync();
}
