using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Squad.Platform.Accounts;
using Squad.Platform.Secrets;

namespace Squad.Api.Auth;

public static class AuthServices
{
    /// <summary>
    /// Sign-in: passwords, tokens, keys, and bearer authentication with authorization. Needs <c>AddSquadStorage</c>, <c>AddSquadErrors</c> and an
    /// <see cref="IUserDirectory"/> beside it.
    /// </summary>
    public static IServiceCollection AddSquadAuth(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddAccounts(configuration);
        services.AddSecrets();
        services.TryAddSingleton<AccessTokens>();
        services.TryAddSingleton<SignIn>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigureOptions<JwtBearerOptions>, BearerSetup>());
        services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer();
        services.AddAuthorization();
        return services;
    }
}
