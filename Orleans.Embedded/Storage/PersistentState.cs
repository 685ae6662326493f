using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using Orleans.Storage;

namespace Orleans.Core;

/// <summary>One state of one activation, over a provider. Used in the activation's turns, so it needs no lock.</summary>
internal sealed class PersistentState<TState> : IPersistentState<TState>, ILifecycleObserver
{
    private readonly Activation _activation;
    private readonly IGrainStorage _storage;
    private readonly string _name;
    private readonly GrainState<TState> _record = new();

    private PersistentState(Activation activation, string name, IGrainStorage storage)
    {
        _activation = activation;
        _name = name;
        _storage = storage;
        _record.State = CreateEmpty();
    }

    public TState State
    {
        get => _record.State!;
        set => _record.State = value;
    }

    public string? Etag => _record.ETag;
    public bool RecordExists => _record.RecordExists;

    /// <summary>Makes a state that will be read before OnActivateAsync.</summary>
    /// <exception cref="BadProviderConfigException">There is no such provider.</exception>
    public static PersistentState<TState> Create(Activation activation, string name, string? providerName)
    {
        var provider = string.IsNullOrEmpty(providerName) ? Providers.ProviderConstants.DEFAULT_STORAGE_PROVIDER_NAME : providerName;
        var services = activation.Runtime.Services;
        var storage = services.GetKeyedService<IGrainStorage>(provider)
            ?? (string.IsNullOrEmpty(providerName) ? services.GetService<IGrainStorage>() : null)
            ?? throw new BadProviderConfigException(
                $"No storage provider '{provider}' was found for state '{name}' of {activation.Class.Type}.");
        var state = new PersistentState<TState>(activation, name, storage);
        activation.Lifecycle.Subscribe(name, GrainLifecycleStage.SetupState, state);
        return state;
    }

    public Task ReadStateAsync() => ReadStateAsync(CancellationToken.None);
    public Task WriteStateAsync() => WriteStateAsync(CancellationToken.None);
    public Task ClearStateAsync() => ClearStateAsync(CancellationToken.None);

    public async Task ReadStateAsync(CancellationToken cancellationToken)
    {
        await _storage.ReadStateAsync(_name, _activation.GrainId, _record, cancellationToken);
        if (_record.State is null) _record.State = CreateEmpty();
    }

    public async Task WriteStateAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _storage.WriteStateAsync(_name, _activation.GrainId, _record, cancellationToken);
        }
        catch (InconsistentStateException error)
        {
            error.Origin = _activation;
            throw;
        }
    }

    public async Task ClearStateAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _storage.ClearStateAsync(_name, _activation.GrainId, _record, cancellationToken);
        }
        catch (InconsistentStateException error)
        {
            error.Origin = _activation;
            throw;
        }
        _record.State = CreateEmpty();
    }

    Task ILifecycleObserver.OnStart(CancellationToken cancellationToken) => ReadStateAsync(cancellationToken);
    Task ILifecycleObserver.OnStop(CancellationToken cancellationToken) => Task.CompletedTask;

    private static TState CreateEmpty()
    {
        if (typeof(TState).IsValueType || typeof(TState) == typeof(string)) return default!;
        return typeof(TState).GetConstructor(Type.EmptyTypes) is null ? default! : Activator.CreateInstance<TState>();
    }
}
