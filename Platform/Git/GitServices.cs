using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Squad.Platform.Storage;

namespace Squad.Platform.Git;

public static class GitServices
{
    /// <summary>Repositories through the git program: <see cref="GitRepositories"/>, <see cref="GitImport"/>, <see cref="GitMaintenance"/>.</summary>
    public static IServiceCollection AddGitRepositories(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<GitOptions>().Bind(configuration.GetSection(GitOptions.Section)).PostConfigure<IOptions<StorageOptions>>((options, storage) =>
        {
            if (options.DataDirectory.Length == 0)
                options.DataDirectory = Path.GetFullPath(storage.Value.DataDirectory);
            if (options.Directory.Length == 0)
                options.Directory = Path.Combine(options.DataDirectory, "repositories");
        }).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<GitOptions>, GitOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<GitEnvironment>();
        services.TryAddSingleton<GitCommand>();
        services.TryAddSingleton<GitRepositories>();
        services.TryAddSingleton<GitImport>();
        services.TryAddSingleton<GitMaintenance>();
        services.AddHostedService<GitStartup>();
        services.AddHostedService(provider => provider.GetRequiredService<GitMaintenance>());
        return services;
    }
}

/// <summary>Looks at start whether git is there and new enough, and clears what a crash left half-made.</summary>
internal sealed partial class GitStartup(GitCommand git, GitRepositories repositories, IOptions<GitOptions> options, ILogger<GitStartup> log) : IHostedService
{
    /// <summary>The first version with every safety setting that is relied on.</summary>
    internal static readonly Version Oldest = new(2, 36);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (await ProblemAsync(cancellationToken) is { } problem)
            throw new InvalidOperationException(problem);
        repositories.RemoveLeftovers(options.Value.ImportTimeout * 2);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task<string?> ProblemAsync(CancellationToken cancellation)
    {
        string printed;
        try
        {
            printed = (await git.RunAsync(["--version"], cancellation: cancellation)).Output;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return $"The program '{options.Value.Executable}' was not found. Install git {Oldest} or newer, or set {GitOptions.Section}:{nameof(GitOptions.Executable)}.";
        }
        if (!System.Version.TryParse(Number().Match(printed).Value, out var version) || version < Oldest)
            return $"Squad needs git {Oldest} or newer; '{options.Value.Executable}' says '{printed.Trim()}'.";
        log.GitFound(version);
        return null;
    }

    // git version 2.39.5 (Apple Git-154)
    [GeneratedRegex(@"\d+\.\d+(\.\d+)?", RegexOptions.CultureInvariant)]
    private static partial Regex Number();
}
