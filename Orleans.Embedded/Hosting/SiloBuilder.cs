using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime;
using Orleans.Storage;

namespace Orleans.Hosting;

internal sealed class SiloBuilder : ISiloBuilder
{
    private SiloBuilder(IServiceCollection services, IConfiguration configuration)
    {
        Services = services;
        Configuration = configuration;
    }

    public IServiceCollection Services { get; }
    public IConfiguration Configuration { get; }

    public static SiloBuilder For(IServiceCollection services, IConfiguration configuration)
    {
        var builder = new SiloBuilder(services, configuration);
        if (services.Any(service => service.ServiceType == typeof(SiloRuntime))) return builder;
        builder.AddRuntime();
        services.AddHostedService<SiloHostedService>();
        return builder;
    }

    /// <summary>What a client of a cluster in this process runs on: the same, without a silo's life.</summary>
    public static void AddClientRuntime(IServiceCollection services, IConfiguration configuration) =>
        new SiloBuilder(services, configuration).AddRuntime();

    private void AddRuntime()
    {
        Services.AddLogging();
        Services.AddOptions();
        Services.TryAddSingleton(TimeProvider.System);
        Services.TryAddSingleton<MemoryStorageTables>();
        Services.AddSingleton<SiloRuntime>();
        Services.AddSingleton<IClusterMembershipService>(services => services.GetRequiredService<SiloRuntime>().Membership);
        Services.AddSingleton<SiloLifecycle>();
        Services.AddSingleton<ISiloLifecycle>(services => services.GetRequiredService<SiloLifecycle>());
        Services.AddSingleton<ILocalSiloDetails, LocalSiloDetails>();
        Services.AddSingleton<ClusterClient>();
        Services.TryAddSingleton<IClusterClient>(services => services.GetRequiredService<ClusterClient>());
        Services.TryAddSingleton<IGrainFactory>(services => services.GetRequiredService<ClusterClient>());
        Services.TryAddSingleton<IGrainContextAccessor, GrainContextAccessor>();
        Services.TryAddTransient(services => services.GetRequiredService<IGrainContextAccessor>().GrainContext);
        Services.PostConfigure<SiloOptions>(static options => options.SiloName ??= $"Silo_{Guid.NewGuid().ToString("N")[..5]}");
        Services.AddOptions<ClusterOptions>().BindConfiguration("Orleans");
        Services.AddSingleton<IValidateOptions<GrainCollectionOptions>, GrainCollectionOptionsValidator>();
        Services.AddSingleton<IValidateOptions<SchedulingOptions>, SchedulingOptionsValidator>();
        Services.AddSingleton<IValidateOptions<SiloMessagingOptions>, MessagingOptionsValidator<SiloMessagingOptions>>();
        Services.AddSingleton<IValidateOptions<ClientMessagingOptions>, MessagingOptionsValidator<ClientMessagingOptions>>();
    }

    private sealed class GrainContextAccessor : IGrainContextAccessor
    {
        public IGrainContext GrainContext => Activation.Current!;
    }
}
