using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans;
using Orleans.Providers;
using Orleans.Storage;

namespace Squad.Platform.Storage;

public static class GrainStorageServiceCollectionExtensions
{
    /// <summary>Makes <see cref="RelationalGrainStorage"/> the default grain storage. Needs <c>AddSquadStorage</c>; tables by <c>AddStateTable</c>.</summary>
    public static IServiceCollection AddSquadGrainStorage(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddSingleton<RelationalGrainStorage>();
        services.TryAddKeyedSingleton<IGrainStorage>(
            ProviderConstants.DEFAULT_STORAGE_PROVIDER_NAME, (provider, _) => provider.GetRequiredService<RelationalGrainStorage>());
        services.TryAddSingleton<IGrainStorage>(provider => provider.GetRequiredService<RelationalGrainStorage>());
        return services;
    }

    /// <summary>Keeps reminders in <see cref="RelationalReminderTable"/>. Needs <c>AddSquadStorage</c>, and the silo's <c>AddReminders</c>.</summary>
    public static IServiceCollection AddSquadReminderTable(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddSingleton<IReminderTable, RelationalReminderTable>();
        return services;
    }
}
