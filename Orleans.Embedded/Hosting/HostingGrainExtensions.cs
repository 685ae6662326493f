using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;

namespace Orleans.Hosting;

public static class HostingGrainExtensions
{
    /// <summary>
    /// Gives every grain an extension. An activation makes its own when it is first called; the constructor may ask for the IGrainContext.
    /// </summary>
    public static ISiloBuilder AddGrainExtension<TExtensionInterface, TExtension>(this ISiloBuilder builder)
        where TExtensionInterface : class, IGrainExtension where TExtension : class, TExtensionInterface
    {
        builder.Services.AddKeyedTransient<IGrainExtension, TExtension>(typeof(TExtensionInterface));
        return builder;
    }
}
