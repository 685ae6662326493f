using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Gateway;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Microsoft.Extensions.Hosting;

/// <summary>
/// Adds a client of a silo's gateway to a host: <see cref="IClusterClient"/> and <see cref="IGrainFactory"/> of the silo that listens at the
/// address which <see cref="ClientBuilderExtensions.UseStaticClustering(IClientBuilder, Action{Orleans.Configuration.StaticGatewayListProviderOptions})"/>
/// gives. It connects when the host starts.
/// </summary>
public static class OrleansClientGenericHostExtensions
{
    public static IHostApplicationBuilder UseOrleansClient(this IHostApplicationBuilder hostAppBuilder) => hostAppBuilder.UseOrleansClient(static _ => { });

    public static IHostApplicationBuilder UseOrleansClient(this IHostApplicationBuilder hostAppBuilder, Action<IClientBuilder> configureDelegate)
    {
        ArgumentNullException.ThrowIfNull(hostAppBuilder);
        hostAppBuilder.Services.AddOrleansClient(hostAppBuilder.Configuration, configureDelegate);
        return hostAppBuilder;
    }

    public static HostApplicationBuilder UseOrleansClient(this HostApplicationBuilder hostAppBuilder) => hostAppBuilder.UseOrleansClient(static _ => { });

    public static HostApplicationBuilder UseOrleansClient(this HostApplicationBuilder hostAppBuilder, Action<IClientBuilder> configureDelegate)
    {
        ((IHostApplicationBuilder)hostAppBuilder).UseOrleansClient(configureDelegate);
        return hostAppBuilder;
    }

    public static IServiceCollection AddOrleansClient(this IServiceCollection services, IConfiguration configuration, Action<IClientBuilder> configureDelegate)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configureDelegate);
        var client = services.Any(service => service.ServiceType == typeof(GatewayClient));
        if (!client && services.Any(service => service.ServiceType == typeof(SiloRuntime)))
            throw new OrleansConfigurationException("This host is a silo, which has a client of its own: UseOrleansClient is for hosts without grains.");
        if (!client)
        {
            SiloBuilder.AddClientRuntime(services, configuration);
            services.AddSingleton<GatewayClient>();
            services.AddHostedService<GatewayClientService>();
        }
        configureDelegate(new ClientBuilder(services, configuration));
        return services;
    }
}
