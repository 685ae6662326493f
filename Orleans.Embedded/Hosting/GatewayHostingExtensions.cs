using Microsoft.Extensions.DependencyInjection;
using Orleans.Gateway;
using Orleans.Runtime;

namespace Orleans.Hosting;

/// <summary>What the packages do with ports, and this runtime with a socket: known to Squad's own projects only.</summary>
internal static class GatewayHostingExtensions
{
    /// <summary>Opens the silo to other processes of its user, at a Unix socket of that path.</summary>
    public static ISiloBuilder UseUnixSocketGateway(this ISiloBuilder builder, string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        builder.Services.Configure<GatewayServerOptions>(options => options.Path = Path.GetFullPath(path));
        builder.Services.AddSingleton<GatewayServer>();
        builder.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(services => services.GetRequiredService<GatewayServer>());
        return builder;
    }
}
