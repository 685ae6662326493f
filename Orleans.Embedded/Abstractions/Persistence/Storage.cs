using Orleans.Runtime;

namespace Orleans.Core
{
    /// <summary>A piece of grain state in storage. Use it from the grain's own turns only.</summary>
    public interface IStorage
    {
        /// <summary>The version last read or written, or null when there is no record.</summary>
        string? Etag { get; }
        bool RecordExists { get; }
        Task ClearStateAsync();
        Task ClearStateAsync(CancellationToken cancellationToken) => ClearStateAsync();

        /// <summary>Writes the state if the stored version is still the one read; otherwise InconsistentStateException.</summary>
        Task WriteStateAsync();
        Task WriteStateAsync(CancellationToken cancellationToken) => WriteStateAsync();
        Task ReadStateAsync();
        Task ReadStateAsync(CancellationToken cancellationToken) => ReadStateAsync();
    }

    public interface IStorage<TState> : IStorage
    {
        TState State { get; set; }
    }
}

namespace Orleans.Runtime
{
    using Orleans.Core;

    /// <summary>State that is injected into a grain's constructor and has been read before OnActivateAsync.</summary>
    public interface IPersistentState<TState> : IStorage<TState>;

    public interface IPersistentStateConfiguration
    {
        string StateName { get; }
        string? StorageName { get; }
    }

    [AttributeUsage(AttributeTargets.Parameter)]
    public class PersistentStateAttribute(string stateName, string? storageName = null)
        : Attribute, IFacetMetadata, IPersistentStateConfiguration
    {
        public string StateName { get; } = stateName;
        public string? StorageName { get; } = storageName;
    }
}

namespace Orleans
{
    public interface IFacetMetadata;

    /// <summary>What a storage provider reads into and writes from.</summary>
    public interface IGrainState<T>
    {
        T? State { get; set; }
        string? ETag { get; set; }
        bool RecordExists { get; set; }
    }

    public sealed class GrainState<T> : IGrainState<T>
    {
        public GrainState()
        {
        }

        public GrainState(T state) : this(state, null)
        {
        }

        public GrainState(T state, string? eTag)
        {
            State = state;
            ETag = eTag;
        }

        public T? State { get; set; }
        public string? ETag { get; set; }
        public bool RecordExists { get; set; }
    }
}

namespace Orleans.Storage
{
    /// <summary>
    /// A storage provider. It is called from many activations at once; for one grain and state never twice at once by this runtime.
    /// </summary>
    public interface IGrainStorage
    {
        /// <summary>Fills in state, etag and RecordExists; without a record it leaves the state and sets no etag.</summary>
        Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState);
        Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken) =>
            ReadStateAsync(stateName, grainId, grainState);

        /// <summary>Stores if the etag matches and sets the new one, else throws InconsistentStateException.</summary>
        Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState);
        Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken) =>
            WriteStateAsync(stateName, grainId, grainState);
        Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState);
        Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken) =>
            ClearStateAsync(stateName, grainId, grainState);
    }
}

namespace Orleans.Providers
{
    public static class ProviderConstants
    {
        public const string DEFAULT_STORAGE_PROVIDER_NAME = "Default";
        public const string DEFAULT_PUBSUB_PROVIDER_NAME = "PubSubStore";
    }

    /// <summary>Names the storage provider of a <see cref="Grain{TGrainState}"/>.</summary>
    [AttributeUsage(AttributeTargets.Class)]
    public sealed class StorageProviderAttribute : Attribute
    {
        public string ProviderName { get; set; } = ProviderConstants.DEFAULT_STORAGE_PROVIDER_NAME;
    }
}
