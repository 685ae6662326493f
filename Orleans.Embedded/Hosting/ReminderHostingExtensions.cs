using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Reminders;
using Orleans.Runtime;
using Orleans.Storage;
using Orleans.Timers;

namespace Orleans.Hosting;

public sealed class ReminderOptions
{
    /// <summary>Shorter periods are refused: for those there are grain timers. Default: 1 min.</summary>
    public TimeSpan MinimumReminderPeriod { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How often the table is read again, for what was changed behind this process. Default: 5 min.</summary>
    public TimeSpan RefreshReminderListPeriod { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long the table may take to start before the silo gives up starting. Default: 5 min.</summary>
    public TimeSpan InitializationTimeout { get; set; } = TimeSpan.FromMinutes(5);
}

public static class SiloBuilderReminderExtensions
{
    /// <summary>Adds reminders. Where they are stored is the <see cref="IReminderTable"/> that is registered besides.</summary>
    public static ISiloBuilder AddReminders(this ISiloBuilder builder)
    {
        builder.Services.AddReminders();
        return builder;
    }

    public static void AddReminders(this IServiceCollection services)
    {
        if (services.Any(service => service.ServiceType == typeof(ReminderService))) return;
        services.AddSingleton<ReminderService>();
        services.AddSingleton<IReminderRegistry>(provider => provider.GetRequiredService<ReminderService>());
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(provider => provider.GetRequiredService<ReminderService>());
        services.AddSingleton<IValidateOptions<ReminderOptions>, ReminderOptionsValidator>();
    }

    private sealed class ReminderOptionsValidator : IValidateOptions<ReminderOptions>
    {
        public ValidateOptionsResult Validate(string? name, ReminderOptions options)
        {
            var problems = new List<string>();
            if (options.MinimumReminderPeriod < TimeSpan.Zero)
                problems.Add($"ReminderOptions.MinimumReminderPeriod is {options.MinimumReminderPeriod}; it must not be negative.");
            if (options.RefreshReminderListPeriod <= TimeSpan.Zero)
                problems.Add($"ReminderOptions.RefreshReminderListPeriod is {options.RefreshReminderListPeriod}; it must be positive.");
            if (options.InitializationTimeout <= TimeSpan.Zero)
                problems.Add($"ReminderOptions.InitializationTimeout is {options.InitializationTimeout}; it must be positive.");
            return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
        }
    }
}

public static class SiloBuilderReminderMemoryExtensions
{
    /// <summary>Adds reminders that are kept in memory: for development and tests.</summary>
    public static ISiloBuilder UseInMemoryReminderService(this ISiloBuilder builder)
    {
        builder.AddReminders();
        builder.Services.TryAddSingleton<IReminderTable>(services => services.GetRequiredService<MemoryStorageTables>().Reminders);
        return builder;
    }
}
