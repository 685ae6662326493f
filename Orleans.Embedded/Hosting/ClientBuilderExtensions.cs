using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Gateway;
using Orleans.Runtime;
using Orleans.Streams;

namespace Orleans
{
    /// <summary>Asked each time a client could not connect at its start: whether to try again. It may wait before it answers.</summary>
    public interface IClientConnectionRetryFilter
    {
        Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken);
    }
}

namespace Orleans.Hosting
{
    public static class ClientBuilderExtensions
    {
        public static IClientBuilder ConfigureServices(this IClientBuilder builder, Action<IServiceCollection> configureDelegate)
        {
            configureDelegate(builder.Services);
            return builder;
        }

        public static IClientBuilder Configure<TOptions>(this IClientBuilder builder, Action<TOptions> configureOptions) where TOptions : class
        {
            builder.Services.Configure(configureOptions);
            return builder;
        }

        public static IClientBuilder Configure<TOptions>(this IClientBuilder builder, IConfiguration configuration) where TOptions : class
        {
            builder.Services.Configure<TOptions>(configuration);
            return builder;
        }

        /// <summary>Where the gateway is: one address of the form <c>unix:///path/to/socket</c>.</summary>
        public static IClientBuilder UseStaticClustering(this IClientBuilder builder, Action<StaticGatewayListProviderOptions> configureOptions) =>
            builder.Configure(configureOptions);

        public static IClientBuilder UseStaticClustering(this IClientBuilder builder,
            Action<OptionsBuilder<StaticGatewayListProviderOptions>> configureOptions)
        {
            configureOptions(builder.Services.AddOptions<StaticGatewayListProviderOptions>());
            return builder;
        }

        /// <summary>Without a filter a client that cannot connect at its start fails it.</summary>
        public static IClientBuilder UseConnectionRetryFilter(this IClientBuilder builder, IClientConnectionRetryFilter connectionRetryFilter) =>
            builder.ConfigureServices(services => services.AddSingleton(connectionRetryFilter));

        public static IClientBuilder UseConnectionRetryFilter(this IClientBuilder builder,
            Func<Exception, CancellationToken, Task<bool>> connectionRetryFilter) =>
            builder.UseConnectionRetryFilter(new DelegateFilter(connectionRetryFilter));

        private sealed class DelegateFilter(Func<Exception, CancellationToken, Task<bool>> filter) : IClientConnectionRetryFilter
        {
            public Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken) =>
                filter(exception, cancellationToken);
        }
    }

    public static class ClientBuilderStreamingExtensions
    {
        /// <summary>The silo's stream provider of that name.</summary>
        public static IClientBuilder AddMemoryStreams(this IClientBuilder builder, string name,
            Action<IClusterClientMemoryStreamConfigurator>? configure = null)
        {
            ArgumentException.ThrowIfNullOrEmpty(name);
            configure?.Invoke(new Configurator(name, builder.Services));
            builder.Services.AddKeyedSingleton<IStreamProvider>(name, (services, _) => services.GetService<ClusterSeat>() is null
                ? new GatewayStreamProvider(name, services.GetRequiredService<GatewayClient>())
                : MemoryStreamProvider.Create(name, services));
            return builder;
        }

        private sealed class Configurator(string name, IServiceCollection services) : IClusterClientMemoryStreamConfigurator
        {
            public string Name => name;
            public Action<Action<IServiceCollection>> ConfigureDelegate => configure => configure(services);
        }
    }
}
