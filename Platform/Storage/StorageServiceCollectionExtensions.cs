using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Squad.Platform.Events;
using Squad.Platform.Storage.Postgres;
using Squad.Platform.Storage.Sqlite;

namespace Squad.Platform.Storage;

public static class StorageServiceCollectionExtensions
{
    /// <summary>
    /// The database of section <c>Squad:Storage</c>, migrated when the host starts: <see cref="SquadDatabase"/>,
    /// <c>IDbContextFactory&lt;SquadDb&gt;</c>, <see cref="IEventLog"/>, <see cref="IStorageHealth"/> and the health check <c>storage</c> (tag <c>ready</c>).
    /// </summary>
    public static IServiceCollection AddSquadStorage(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configuration);
        services.AddOptions<StorageOptions>().Bind(configuration.GetSection(StorageOptions.Section)).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<StorageOptions>, StorageOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<SquadDatabase>(provider => Create(
            provider.GetRequiredService<IOptions<StorageOptions>>().Value, provider.GetRequiredService<TimeProvider>()));
        services.AddPooledDbContextFactory<SquadDb>((provider, builder) => provider.GetRequiredService<SquadDatabase>().Configure(builder));
        services.TryAddSingleton<DatabaseMigrator>();
        services.AddHostedService<DatabaseStartup>();
        services.AddMetrics();
        services.TryAddSingleton<EventLogInstruments>();
        services.TryAddSingleton<IEventLog, EventLog>();
        services.TryAddSingleton<StorageHealth>();
        services.TryAddSingleton<IStorageHealth>(provider => provider.GetRequiredService<StorageHealth>());
        services.AddHealthChecks().AddCheck<StorageHealth>("storage", tags: ["ready"]);
        return services;
    }

    /// <summary>The database that the options name. The caller disposes it.</summary>
    internal static SquadDatabase Create(StorageOptions options, TimeProvider time) =>
        options.Provider == StorageProvider.Postgres ? new PostgresDatabase(options) : new SqliteDatabase(options, time);

    /// <summary>
    /// Keeps states of type <typeparamref name="TState"/> in a table of their own: real columns for what people query, JSON for the rest.
    /// The table must have been made by a migration, with <c>id</c>, <c>data</c>, <c>version</c> and the named columns.
    /// </summary>
    /// <param name="services">Where to register.</param>
    /// <param name="table">The table's name.</param>
    /// <param name="columns">
    /// The same columns in the same order for every state. Values: string, bool, number, null, enum (stored camelCase),
    /// <see cref="DateTimeOffset"/> (stored as Unix milliseconds), <see cref="Guid"/>.
    /// </param>
    public static IServiceCollection AddStateTable<TState>(
        this IServiceCollection services, string table, Func<TState, (string Column, object? Value)[]> columns)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddSingleton<StateTable>(StateTable.Of(table, columns));
        return services;
    }
}
