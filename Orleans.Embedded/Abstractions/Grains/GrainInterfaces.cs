using Orleans.Runtime;

namespace Orleans
{
    /// <summary>Marks an interface whose calls go to a grain.</summary>
    public interface IGrain : IAddressable;

    public interface IGrainWithStringKey : IGrain;

    public interface IGrainWithGuidKey : IGrain;

    public interface IGrainWithIntegerKey : IGrain;

    public interface IGrainWithGuidCompoundKey : IGrain;

    public interface IGrainWithIntegerCompoundKey : IGrain;

    /// <summary>Marks an interface whose calls go to an object, see <see cref="IGrainFactory.CreateObjectReference{T}"/>.</summary>
    public interface IGrainObserver : IAddressable;
}

namespace Orleans.Runtime
{
    /// <summary>Anything that can be called by reference.</summary>
    public interface IAddressable;

    /// <summary>
    /// Marks an interface that grains have besides their own: an object of it is set as a component of the activation, or made from what
    /// is registered with AddGrainExtension. It is called by <c>grain.AsReference&lt;T&gt;()</c>, in the grain's turns, under the
    /// same rules of interleaving as the grain's methods.
    /// </summary>
    public interface IGrainExtension : IAddressable;
}
