using Orleans.CodeGeneration;

namespace Orleans.Runtime;

/// <summary>Makes references: the grain factory of a silo. Safe from any thread.</summary>
internal sealed class GrainReferences(SiloRuntime runtime) : IGrainFactory
{
    public GrainReference Create(GrainId grainId, Type interfaceType) =>
        interfaceType == typeof(IGrain) || interfaceType == typeof(IAddressable)
            ? new UntypedReference(runtime, grainId)
            : ProxyEmitter.For(interfaceType).Create(runtime, grainId);

    public TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey
    {
        ArgumentException.ThrowIfNullOrEmpty(primaryKey);
        return Get<TGrainInterface>(IdSpan.Create(primaryKey), grainClassNamePrefix);
    }

    public TGrainInterface GetGrain<TGrainInterface>(Guid primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithGuidKey =>
        Get<TGrainInterface>(GrainIdKeyExtensions.CreateGuidKey(primaryKey), grainClassNamePrefix);

    public TGrainInterface GetGrain<TGrainInterface>(long primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithIntegerKey =>
        Get<TGrainInterface>(GrainIdKeyExtensions.CreateIntegerKey(primaryKey), grainClassNamePrefix);

    public TGrainInterface GetGrain<TGrainInterface>(Guid primaryKey, string keyExtension, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithGuidCompoundKey =>
        Get<TGrainInterface>(GrainIdKeyExtensions.CreateGuidKey(primaryKey, Checked(keyExtension)), grainClassNamePrefix);

    public TGrainInterface GetGrain<TGrainInterface>(long primaryKey, string keyExtension, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithIntegerCompoundKey =>
        Get<TGrainInterface>(GrainIdKeyExtensions.CreateIntegerKey(primaryKey, Checked(keyExtension)), grainClassNamePrefix);

    public TGrainInterface GetGrain<TGrainInterface>(GrainId grainId) where TGrainInterface : IAddressable =>
        (TGrainInterface)(object)Create(grainId, typeof(TGrainInterface));

    public IGrain GetGrain(Type grainInterfaceType, string grainPrimaryKey)
    {
        ArgumentException.ThrowIfNullOrEmpty(grainPrimaryKey);
        return Get(grainInterfaceType, IdSpan.Create(grainPrimaryKey));
    }

    public IGrain GetGrain(Type grainInterfaceType, Guid grainPrimaryKey) =>
        Get(grainInterfaceType, GrainIdKeyExtensions.CreateGuidKey(grainPrimaryKey));

    public IGrain GetGrain(Type grainInterfaceType, long grainPrimaryKey) =>
        Get(grainInterfaceType, GrainIdKeyExtensions.CreateIntegerKey(grainPrimaryKey));

    public IGrain GetGrain(Type grainInterfaceType, Guid grainPrimaryKey, string keyExtension) =>
        Get(grainInterfaceType, GrainIdKeyExtensions.CreateGuidKey(grainPrimaryKey, Checked(keyExtension)));

    public IGrain GetGrain(Type grainInterfaceType, long grainPrimaryKey, string keyExtension) =>
        Get(grainInterfaceType, GrainIdKeyExtensions.CreateIntegerKey(grainPrimaryKey, Checked(keyExtension)));

    public IAddressable GetGrain(Type interfaceType, IdSpan grainKey) => Get(interfaceType, grainKey);

    public IAddressable GetGrain(Type interfaceType, IdSpan grainKey, string grainClassNamePrefix) => Get(interfaceType, grainKey, grainClassNamePrefix);

    public IAddressable GetGrain(GrainId grainId) => new UntypedReference(runtime, grainId);

    public IAddressable GetGrain(GrainId grainId, GrainInterfaceType interfaceType)
    {
        if (interfaceType.IsDefault) return new UntypedReference(runtime, grainId);
        if (!runtime.Classes.TryGet(grainId.Type, out var grainClass))
            throw new ArgumentException($"There is no grain class for '{grainId.Type}'.", nameof(grainId));
        var name = interfaceType.ToString();
        return Create(grainId, Array.Find(grainClass.Type.GetInterfaces(), candidate => candidate.FullName == name)
            ?? throw new ArgumentException($"{grainClass.Type} does not implement '{name}'.", nameof(interfaceType)));
    }

    public TGrainObserverInterface CreateObjectReference<TGrainObserverInterface>(IGrainObserver obj)
        where TGrainObserverInterface : IGrainObserver =>
        (TGrainObserverInterface)(object)Create(runtime.Observers.Add(obj), typeof(TGrainObserverInterface));

    public void DeleteObjectReference<TGrainObserverInterface>(IGrainObserver obj) where TGrainObserverInterface : IGrainObserver
    {
        if (obj is not GrainReference reference)
            throw new ArgumentException("Only a reference made by CreateObjectReference can be deleted.", nameof(obj));
        runtime.Observers.Remove(reference.GrainId);
    }

    private TGrainInterface Get<TGrainInterface>(IdSpan key, string? prefix) =>
        (TGrainInterface)(object)Create(
            new GrainId(TypeOf(typeof(TGrainInterface), prefix), key), typeof(TGrainInterface));

    private IGrain Get(Type interfaceType, IdSpan key, string? prefix = null)
    {
        ArgumentNullException.ThrowIfNull(interfaceType);
        return (IGrain)Create(new GrainId(TypeOf(interfaceType, prefix), key), interfaceType);
    }

    private GrainType TypeOf(Type interfaceType, string? prefix) =>
        runtime.Outside?.GrainTypeOf(interfaceType, prefix) ?? runtime.Classes.ForInterface(interfaceType, prefix);

    private static string Checked(string keyExtension)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(keyExtension);
        return keyExtension;
    }

    /// <summary>A reference without an interface: for casts and comparisons.</summary>
    private sealed class UntypedReference(SiloRuntime runtime, GrainId grainId) : GrainReference(runtime, grainId, typeof(IGrain)), IGrain;
}

/// <summary>The factory as code outside of grains sees it.</summary>
internal sealed class ClusterClient(SiloRuntime runtime) : IClusterClient
{
    private readonly GrainReferences _references = runtime.References;

    public IServiceProvider ServiceProvider => runtime.Services;

    public TGrainInterface GetGrain<TGrainInterface>(Guid primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithGuidKey => _references.GetGrain<TGrainInterface>(primaryKey, grainClassNamePrefix);
    public TGrainInterface GetGrain<TGrainInterface>(long primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithIntegerKey => _references.GetGrain<TGrainInterface>(primaryKey, grainClassNamePrefix);
    public TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey => _references.GetGrain<TGrainInterface>(primaryKey, grainClassNamePrefix);
    public TGrainInterface GetGrain<TGrainInterface>(Guid primaryKey, string keyExtension, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithGuidCompoundKey =>
        _references.GetGrain<TGrainInterface>(primaryKey, keyExtension, grainClassNamePrefix);
    public TGrainInterface GetGrain<TGrainInterface>(long primaryKey, string keyExtension, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithIntegerCompoundKey =>
        _references.GetGrain<TGrainInterface>(primaryKey, keyExtension, grainClassNamePrefix);
    public TGrainInterface GetGrain<TGrainInterface>(GrainId grainId) where TGrainInterface : IAddressable =>
        _references.GetGrain<TGrainInterface>(grainId);
    public IGrain GetGrain(Type grainInterfaceType, Guid grainPrimaryKey) => _references.GetGrain(grainInterfaceType, grainPrimaryKey);
    public IGrain GetGrain(Type grainInterfaceType, long grainPrimaryKey) => _references.GetGrain(grainInterfaceType, grainPrimaryKey);
    public IGrain GetGrain(Type grainInterfaceType, string grainPrimaryKey) => _references.GetGrain(grainInterfaceType, grainPrimaryKey);
    public IGrain GetGrain(Type grainInterfaceType, Guid grainPrimaryKey, string keyExtension) =>
        _references.GetGrain(grainInterfaceType, grainPrimaryKey, keyExtension);
    public IGrain GetGrain(Type grainInterfaceType, long grainPrimaryKey, string keyExtension) =>
        _references.GetGrain(grainInterfaceType, grainPrimaryKey, keyExtension);
    public IAddressable GetGrain(Type interfaceType, IdSpan grainKey) => _references.GetGrain(interfaceType, grainKey);
    public IAddressable GetGrain(Type interfaceType, IdSpan grainKey, string grainClassNamePrefix) =>
        _references.GetGrain(interfaceType, grainKey, grainClassNamePrefix);
    public IAddressable GetGrain(GrainId grainId) => _references.GetGrain(grainId);
    public IAddressable GetGrain(GrainId grainId, GrainInterfaceType interfaceType) => _references.GetGrain(grainId, interfaceType);
    public TGrainObserverInterface CreateObjectReference<TGrainObserverInterface>(IGrainObserver obj)
        where TGrainObserverInterface : IGrainObserver => _references.CreateObjectReference<TGrainObserverInterface>(obj);
    public void DeleteObjectReference<TGrainObserverInterface>(IGrainObserver obj)
        where TGrainObserverInterface : IGrainObserver => _references.DeleteObjectReference<TGrainObserverInterface>(obj);
}
