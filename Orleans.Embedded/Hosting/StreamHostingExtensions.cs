using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Streams;

namespace Orleans.Hosting;

public static class SiloBuilderMemoryStreamExtensions
{
    /// <summary>
    /// Adds a stream provider that keeps its items in memory. Subscriptions live as long as the process and need no "PubSubStore";
    /// adding one does no harm.
    /// </summary>
    public static ISiloBuilder AddMemoryStreams(this ISiloBuilder builder, string name,
        Action<ISiloMemoryStreamConfigurator>? configure = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        configure?.Invoke(new Configurator(name, builder.Services));
        builder.Services.AddKeyedSingleton<IStreamProvider>(name, (services, _) => MemoryStreamProvider.Create(name, services));
        return builder;
    }

    private sealed class Configurator(string name, IServiceCollection services) : ISiloMemoryStreamConfigurator
    {
        public string Name => name;
        public Action<Action<IServiceCollection>> ConfigureDelegate => configure => configure(services);
    }
}

public static class NamedServiceConfiguratorExtensions
{
    /// <summary>Configures named options, such as <see cref="SimpleQueueCacheOptions"/> of a stream provider.</summary>
    public static void Configure<TOptions>(this INamedServiceConfigurator configurator, Action<OptionsBuilder<TOptions>>? configureOptions)
        where TOptions : class, new() =>
        configurator.ConfigureDelegate(services => configureOptions?.Invoke(services.AddOptions<TOptions>(configurator.Name)));
}
