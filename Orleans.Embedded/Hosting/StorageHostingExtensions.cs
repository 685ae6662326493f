using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Providers;
using Orleans.Runtime.Hosting;
using Orleans.Storage;

namespace Orleans.Runtime.Hosting
{
    public static class StorageProviderExtensions
    {
        /// <summary>Adds a storage provider under a name; the one called "Default" also serves states that name none.</summary>
        public static IServiceCollection AddGrainStorage<T>(this IServiceCollection collection, string name,
            Func<IServiceProvider, string, T> implementationFactory) where T : IGrainStorage
        {
            ArgumentException.ThrowIfNullOrEmpty(name);
            collection.AddKeyedSingleton<IGrainStorage>(name, (services, key) => implementationFactory(services, (string)key!));
            if (name == ProviderConstants.DEFAULT_STORAGE_PROVIDER_NAME)
            {
                collection.TryAddSingleton(
                    services => services.GetRequiredKeyedService<IGrainStorage>(ProviderConstants.DEFAULT_STORAGE_PROVIDER_NAME));
            }
            // A provider that takes part in the silo's life does so as in the real runtime.
            collection.AddSingleton(services =>
                services.GetRequiredKeyedService<IGrainStorage>(name) as ILifecycleParticipant<ISiloLifecycle> ?? NoLifecycle.Instance);
            return collection;
        }

        private sealed class NoLifecycle : ILifecycleParticipant<ISiloLifecycle>
        {
            public static readonly NoLifecycle Instance = new();

            public void Participate(ISiloLifecycle observer)
            {
            }
        }
    }
}

namespace Orleans.Hosting
{
    public static class MemoryGrainStorageSiloBuilderExtensions
    {
        /// <summary>Adds a provider that keeps states in this process and loses them with it.</summary>
        public static ISiloBuilder AddMemoryGrainStorage(this ISiloBuilder builder, string name,
            Action<MemoryGrainStorageOptions> configureOptions) =>
            builder.AddMemoryGrainStorage(name, options => options.Configure(configureOptions));

        public static ISiloBuilder AddMemoryGrainStorage(this ISiloBuilder builder, string name,
            Action<OptionsBuilder<MemoryGrainStorageOptions>>? configureOptions = null)
        {
            configureOptions?.Invoke(builder.Services.AddOptions<MemoryGrainStorageOptions>(name));
            builder.Services.AddGrainStorage(name,
                static (services, key) => new MemoryStorage(services.GetRequiredService<MemoryStorageTables>(), key));
            return builder;
        }

        public static ISiloBuilder AddMemoryGrainStorageAsDefault(this ISiloBuilder builder,
            Action<MemoryGrainStorageOptions> configureOptions) =>
            builder.AddMemoryGrainStorage(ProviderConstants.DEFAULT_STORAGE_PROVIDER_NAME, configureOptions);

        public static ISiloBuilder AddMemoryGrainStorageAsDefault(this ISiloBuilder builder,
            Action<OptionsBuilder<MemoryGrainStorageOptions>>? configureOptions = null) =>
            builder.AddMemoryGrainStorage(ProviderConstants.DEFAULT_STORAGE_PROVIDER_NAME, configureOptions);
    }
}
