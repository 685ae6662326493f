using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Squad.Platform.Storage;

namespace Squad.Platform.Secrets;

public static class SecretsServices
{
    /// <summary>
    /// Encryption of what is stored (<see cref="IDataProtectionProvider"/>, its key ring in <c>keys/</c> of the data directory, open to its owner only)
    /// and <see cref="SigningKeys"/>. Processes on several machines share that directory.
    /// </summary>
    public static IServiceCollection AddSecrets(this IServiceCollection services)
    {
        services.AddDataProtection().SetApplicationName("Squad");
        services.AddSingleton<IConfigureOptions<KeyManagementOptions>>(provider => new ConfigureOptions<KeyManagementOptions>(options =>
        {
            var data = provider.GetRequiredService<IOptions<StorageOptions>>().Value.DataDirectory;
            options.XmlRepository = new FileSystemXmlRepository(
                PrivateDirectory(Path.Combine(Path.GetFullPath(data), "keys")), provider.GetRequiredService<ILoggerFactory>());
        }));
        services.TryAddSingleton<SigningKeys>();
        return services;
    }

    private static DirectoryInfo PrivateDirectory(string path)
    {
        const UnixFileMode owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        if (OperatingSystem.IsWindows())
            return Directory.CreateDirectory(path);
        var directory = Directory.CreateDirectory(path, owner);
        File.SetUnixFileMode(path, owner);
        return directory;
    }
}
