using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Squad.Platform.Accounts;

public static class AccountsServices
{
    /// <summary>
    /// Passwords, refresh tokens and the first user. Needs <c>AddSquadStorage</c> and an <see cref="IUserDirectory"/> beside it.
    /// </summary>
    public static IServiceCollection AddAccounts(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        services.AddOptions<AuthOptions>()
            .Bind(configuration.GetSection(AuthOptions.Section))
            .PostConfigure(options => options.AdminPassword ??= configuration[AuthOptions.AdminPasswordKey])
            .ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<AuthOptions>, AuthOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(new SetupConsole(Console.Out));
        services.TryAddSingleton<LoginThrottle>();
        services.TryAddSingleton<Credentials>();
        services.TryAddSingleton<RefreshTokens>();
        services.TryAddSingleton<AdminSetup>();
        services.AddHostedService<FirstStart>();
        return services;
    }
}
