using Orleans.Runtime;
using Orleans.Serialization.Invocation;

namespace Orleans.Runtime
{
    public static class TargetHolderExtensions
    {
        /// <summary>What was set as this component, or the grain itself if it is one; else null.</summary>
        public static TComponent? GetComponent<TComponent>(this ITargetHolder targetHolder) where TComponent : class =>
            targetHolder.GetComponent(typeof(TComponent)) as TComponent;
    }

    /// <summary>An extension interface was called on a grain that does not have it.</summary>
    public sealed class GrainExtensionNotInstalledException : OrleansException
    {
        public GrainExtensionNotInstalledException() : this("The grain extension is not installed.")
        {
        }

        public GrainExtensionNotInstalledException(string message) : base(message)
        {
        }

        public GrainExtensionNotInstalledException(string message, Exception innerException) : base(message, innerException)
        {
        }
    }
}

namespace Orleans
{
    public static class GrainContextComponentExtensions
    {
        /// <summary>The activation's extension, made now if it is registered and was not used before.</summary>
        /// <exception cref="GrainExtensionNotInstalledException">There is none.</exception>
        public static TComponent GetGrainExtension<TComponent>(this IGrainContext context) where TComponent : class, IGrainExtension =>
            context is Activation activation
                ? (TComponent)activation.GetExtension(typeof(TComponent))
                : context.GetComponent<TComponent>() ?? throw new GrainExtensionNotInstalledException(
                    $"No extension {typeof(TComponent)} is installed on {context.GrainId}.");
    }
}
