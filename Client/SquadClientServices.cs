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
        options.PostConfigure(o =>
        {
            if (o.Gateway.Length == 0)
                o.Gateway = SquadClientOptions.GatewayIn(configuration["Squad:Storage:DataDirectory"] ?? configuration["SQUAD_DATA"] ?? "data");
        });
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<SquadClientOptions>, SquadClientOptionsValidator>());
        builder.Services.TryAddSingleton(TimeProvider.System);

        var before = builder.Services.Count;
        builder.UseOrleansClient(client =>
        {
            client.UseStaticClustering((OptionsBuilder<StaticGatewayListProviderOptions> gateways) =>
                gateways.Configure<IOptions<SquadClientOptions>>((o, squad) => o.Gateways = [squad.Value.Address]));
            client.Services.AddOptions<ClientMessagingOptions>().Configure<IOptions<SquadClientOptions>>((o, squad) =>
                (o.ResponseTimeout, o.MaxMessageBodySize) = (squad.Value.ResponseTimeout, squad.Value.MessageBytesMax));
            // As the silo has them (Squad:Cluster): one of Microsoft Orleans lets no client of another cluster in.
            client.Services.Configure<ClusterOptions>(o =>
                (o.ClusterId, o.ServiceId) = (configuration["Squad:Cluster:ClusterId"] ?? "squad", configuration["Squad:Cluster:ServiceId"] ?? "squad"));
            client.AddMemoryStreams(EventStreams.Provider);
            client.Services.AddSingleton<IClientConnectionRetryFilter, PatientStart>();
        });
        StartBeside(builder.Services, before);
        return builder;
    }

    /// <summary>Hosted services that connect the client go on beside the host's start where that is wished.</summary>
    private static void StartBeside(IServiceCollection services, int from)
    {
        for (var i = from; i < services.Count; i++)
        {
            if (services[i] is { ServiceType: var type, ImplementationType: { } connecting } && type == typeof(IHostedService))
                services[i] = ServiceDescriptor.Singleton<IHostedService>(provider => new StartedBeside(
                    (IHostedService)ActivatorUtilities.CreateInstance(provider, connecting), provider.GetRequiredService<IOptions<SquadClientOptions>>()));
        }
    }
}

/// <summary>Tries again where the host need not wait for the silo, and else says where none was found: Microsoft Orleans does not.</summary>
internal sealed class PatientStart(IOptions<SquadClientOptions> options, TimeProvider time) : IClientConnectionRetryFilter
{
    private static readonly TimeSpan RetryEvery = TimeSpan.FromMilliseconds(200);

    public async Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken)
    {
        if (options.Value.WaitForSilo)
            return exception is SiloUnavailableException ? false : throw new SiloUnavailableException($"No silo listens at '{options.Value.Gateway}': {exception.Message}", exception);
        await Task.Delay(RetryEvery, time, cancellationToken);
        return true;
    }
}

/// <summary>A hosted service whose start the host awaits only if <see cref="SquadClientOptions.WaitForSilo"/> says so.</summary>
internal sealed class StartedBeside(IHostedService inner, IOptions<SquadClientOptions> options) : IHostedService
{
    private readonly CancellationTokenSource stopping = new();
    private Task starting = Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Value.WaitForSilo)
            return inner.StartAsync(cancellationToken);
        starting = inner.StartAsync(stopping.Token);
        return starting.IsFaulted ? starting : Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await stopping.CancelAsync();
        await starting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await inner.StopAsync(cancellationToken);
    }
}
