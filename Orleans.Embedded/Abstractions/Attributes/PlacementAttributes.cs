using Orleans.Runtime;

namespace Orleans.Placement
{
    /// <summary>Where a class's activations are put. Default: on a random silo.</summary>
    [AttributeUsage(AttributeTargets.Class)]
    public abstract class PlacementAttribute : Attribute
    {
        protected PlacementAttribute(PlacementStrategy placement) => PlacementStrategy = placement;

        public PlacementStrategy PlacementStrategy { get; }
    }

    [AttributeUsage(AttributeTargets.Class)]
    public sealed class RandomPlacementAttribute() : PlacementAttribute(RandomPlacement.Singleton);

    [AttributeUsage(AttributeTargets.Class)]
    public sealed class PreferLocalPlacementAttribute() : PlacementAttribute(PreferLocalPlacement.Singleton);

    [AttributeUsage(AttributeTargets.Class)]
    public sealed class HashBasedPlacementAttribute() : PlacementAttribute(HashBasedPlacement.Singleton);

    [AttributeUsage(AttributeTargets.Class)]
    public sealed class ActivationCountBasedPlacementAttribute() : PlacementAttribute(ActivationCountBasedPlacement.Singleton);
}

namespace Orleans.Runtime
{
    public abstract class PlacementStrategy
    {
        public virtual bool IsUsingGrainDirectory => true;
    }

    public sealed class RandomPlacement : PlacementStrategy
    {
        internal static readonly RandomPlacement Singleton = new();
    }

    public sealed class PreferLocalPlacement : PlacementStrategy
    {
        internal static readonly PreferLocalPlacement Singleton = new();
    }

    public sealed class HashBasedPlacement : PlacementStrategy
    {
        internal static readonly HashBasedPlacement Singleton = new();
    }

    public sealed class ActivationCountBasedPlacement : PlacementStrategy
    {
        internal static readonly ActivationCountBasedPlacement Singleton = new();
    }
}
