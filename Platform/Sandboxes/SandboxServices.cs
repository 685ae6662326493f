using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Squad.Platform.Sandboxes.Docker;
using Squad.Platform.Sandboxes.Processes;

namespace Squad.Platform.Sandboxes;

public static class SandboxServices
{
    /// <summary>
    /// Adds both engines, the <see cref="SandboxEngineSelector"/> and, as <see cref="ISandboxEngine"/>, the engine it selects when the host starts.
    /// Options come from the section <c>Squad:Sandbox</c> and are checked at start.
    /// </summary>
    public static IServiceCollection AddSquadSandboxes(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<SandboxOptions>().Bind(configuration.GetSection(SandboxOptions.Section)).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<SandboxOptions>, SandboxOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(provider =>
        {
            var options = provider.GetRequiredService<IOptions<SandboxOptions>>().Value;
            var logger = provider.GetRequiredService<ILogger<DockerSandboxEngine>>();
            return new DockerSandboxEngine(Endpoint(options.Docker, logger), options, provider.GetRequiredService<TimeProvider>(), logger);
        });
        services.AddSingleton(provider => new ProcessSandboxEngine(
            provider.GetRequiredService<IOptions<SandboxOptions>>().Value,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<ProcessSandboxEngine>>()));
        services.AddSingleton<SandboxEngineSelector>();
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<SandboxEngineSelector>());
        services.AddSingleton(provider => provider.GetRequiredService<SandboxEngineSelector>().Current.Engine);
        return services;
    }

    /// <summary>The configured address (checked before), else DOCKER_HOST if it can be used, else the usual socket.</summary>
    private static DockerEndpoint Endpoint(DockerOptions options, ILogger logger)
    {
        if (options.Host is { } configured && DockerEndpoint.Parse(configured).Value is { } chosen)
            return chosen;
        if (Environment.GetEnvironmentVariable("DOCKER_HOST") is { Length: > 0 } variable)
        {
            // The docker command knows more ways, such as ssh://; they must not keep the server from starting.
            var parsed = DockerEndpoint.Parse(variable);
            if (parsed.Value is { } endpoint)
                return endpoint;
            logger.DockerHostIgnored(parsed.Error!.Message);
        }
        return DockerEndpoint.Default;
    }
}
