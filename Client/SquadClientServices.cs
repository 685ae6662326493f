using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Squad.Events;

namespace Squad.Client;

public static class SquadClientServices
{
    /// <summary>
    /// Makes this process a client of a running silo: <c>IClusterClient</c>, <c>IGrainFactory</c> and the stream provider <see cref="EventStreams.Provider"/>.
    /// It connects when the host starts, and again whenever the connection is lost; calls under way then fail with <c>SiloUnavailableException</c>, and new ones
    /// wait for the silo as long as for an answer.
    /// </summary>
    public static IHostApplicationBuilder AddSquadClient(this IHostApplicationBuilder builder, Action<SquadClientOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var configuration = builder.Configuration;
        var options = builder.Services.AddOptions<SquadClientOptions>().Bind(configuration.GetSection(SquadClientOptions.Section)).ValidateOnStart();
        if (configure is not null)
            options.Configure(configure);
        var data = configuration["Squad:Storage:DataDirectory"] ?? configuration["SQUAD_DATA"] ?? "data";
        var announced = GatewayFile.Read(data);
        options.PostConfigure(o =>
        {
            if (o.Gateway.Length == 0)
                o.Gateway = announced?.Address.ToString() ?? SquadClientOptions.GatewayIn(data);
        });
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<SquadClientOptions>, SquadClientOptionsValidator>());
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.TryAddSingleton<SiloReached>();

        var before = builder.Services.Count;
        builder.UseOrleansClient(client =>
        {
            client.UseStaticClustering((OptionsBuilder<StaticGatewayListProviderOptions> gateways) =>
                gateways.Configure<IOptions<SquadClientOptions>>((o, squad) => o.Gateways = [squad.Value.Address]));
            client.Services.AddOptions<ClientMessagingOptions>().Configure<IOptions<SquadClientOptions>>((o, squad) =>
                (o.ResponseTimeout, o.MaxMessageBodySize) = (squad.Value.ResponseTimeout, squad.Value.MessageBytesMax));
            // As the silo has them (Squad:Cluster): one of Microsoft Orleans lets no client of another cluster in.
            client.Services.Configure<ClusterOptions>(o =>
                (o.ClusterId, o.ServiceId) = (
                    configuration["Squad:Cluster:ClusterId"] ?? announced?.ClusterId ?? "squad",
                    configuration["Squad:Cluster:ServiceId"] ?? announced?.ServiceId ?? "squad"));
            client.AddMemoryStreams(EventStreams.Provider);
            client.Services.AddSingleton<IClientConnectionRetryFilter, PatientStart>();
            client.Services.AddSingleton<IOutgoingGrainCallFilter, UnreachableSilo>();
        });
        StartBeside(builder.Services, before);
        return builder;
    }

    /// <summary>Hosted services that connect the client go on beside the host's start where that is wished; who asks for a grain before they are through is told so.</summary>
    private static void StartBeside(IServiceCollection services, int from)
    {
        for (var i = from; i < services.Count; i++)
        {
            if (services[i] is not { IsKeyedService: false } added)
                continue;
            var make = added.ImplementationFactory ?? (provider => ActivatorUtilities.CreateInstance(provider, added.ImplementationType!));
            if (added.ServiceType == typeof(IHostedService))
            {
                services[i] = ServiceDescriptor.Singleton<IHostedService>(provider =>
                    new StartedBeside((IHostedService)make(provider), provider.GetRequiredService<SiloReached>(), provider.GetRequiredService<IOptions<SquadClientOptions>>()));
            }
            else if (added.ServiceType == typeof(IGrainFactory))
            {
                services[i] = ServiceDescriptor.Singleton<IGrainFactory>(provider =>
                    new ReachedGrainFactory((IGrainFactory)make(provider), provider.GetRequiredService<SiloReached>()));
            }
        }
    }
}
