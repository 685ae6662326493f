using Orleans.Runtime;

namespace Orleans;

/// <summary>
/// Makes references to grains. Cheap, local and safe from any thread: a grain always exists, its activation is made by the first call.
/// </summary>
public interface IGrainFactory
{
    TGrainInterface GetGrain<TGrainInterface>(Guid primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithGuidKey;
    TGrainInterface GetGrain<TGrainInterface>(long primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithIntegerKey;
    TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey;
    TGrainInterface GetGrain<TGrainInterface>(Guid primaryKey, string keyExtension, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithGuidCompoundKey;
    TGrainInterface GetGrain<TGrainInterface>(long primaryKey, string keyExtension, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithIntegerCompoundKey;
    TGrainInterface GetGrain<TGrainInterface>(GrainId grainId) where TGrainInterface : IAddressable;
    IGrain GetGrain(Type grainInterfaceType, Guid grainPrimaryKey);
    IGrain GetGrain(Type grainInterfaceType, long grainPrimaryKey);
    IGrain GetGrain(Type grainInterfaceType, string grainPrimaryKey);
    IGrain GetGrain(Type grainInterfaceType, Guid grainPrimaryKey, string keyExtension);
    IGrain GetGrain(Type grainInterfaceType, long grainPrimaryKey, string keyExtension);
    IAddressable GetGrain(Type interfaceType, IdSpan grainKey);
    IAddressable GetGrain(Type interfaceType, IdSpan grainKey, string grainClassNamePrefix);
    IAddressable GetGrain(GrainId grainId);
    IAddressable GetGrain(GrainId grainId, GrainInterfaceType interfaceType);

    /// <summary>
    /// Makes a reference through which grains call <paramref name="obj"/>. The reference holds the object weakly: whoever wants
    /// calls keeps it alive. Calls run one after another, off the caller's thread.
    /// </summary>
    TGrainObserverInterface CreateObjectReference<TGrainObserverInterface>(IGrainObserver obj)
        where TGrainObserverInterface : IGrainObserver;

    /// <summary>Ends a reference made here; calls to it fail from then on. Idempotent.</summary>
    void DeleteObjectReference<TGrainObserverInterface>(IGrainObserver obj)
        where TGrainObserverInterface : IGrainObserver;
}

/// <summary>The factory for code outside of grains.</summary>
public interface IClusterClient : IGrainFactory
{
    IServiceProvider ServiceProvider { get; }
}
