
namespace Orleans.Runtime;

/// <summary>
/// A reference to a grain or an observer. Immutable and safe from any thread; equal when it names the same grain. The classes that
/// implement grain interfaces are emitted (see ProxyEmitter).
/// </summary>
public class GrainReference : IAddressable, IEquatable<GrainReference>
{
    internal GrainReference(SiloRuntime runtime, GrainId grainId, Type interfaceType)
    {
        Runtime = runtime;
        GrainId = grainId;
        Interface = interfaceType;
    }

    public GrainId GrainId { get; }
    public GrainInterfaceType InterfaceType => GrainInterfaceType.Create(InterfaceName);
    public virtual string InterfaceName => Interface.FullName ?? Interface.Name;
    internal Type Interface { get; }
    internal SiloRuntime Runtime { get; }

    /// <summary>Where the last call went. A hint: it refuses messages once it has ended.</summary>
    internal TurnQueue? Cached { get; set; }

    public virtual TGrainInterface Cast<TGrainInterface>() where TGrainInterface : IAddressable => (TGrainInterface)As(typeof(TGrainInterface));
    public bool Equals(GrainReference? other) => other is not null && GrainId.Equals(other.GrainId);
    public override bool Equals(object? obj) => Equals(obj as GrainReference);
    public override int GetHashCode() => GrainId.GetHashCode();
    public uint GetUniformHashCode() => GrainId.GetUniformHashCode();
    public sealed override string ToString() => $"GrainReference:{GrainId}";

    public static bool operator ==(GrainReference? reference1, GrainReference? reference2) =>
        reference1 is null ? reference2 is null : reference1.Equals(reference2);
    public static bool operator !=(GrainReference? reference1, GrainReference? reference2) => !(reference1 == reference2);

    internal object As(Type interfaceType)
    {
        if (interfaceType.IsInstanceOfType(this)) return this;
        var other = Runtime.References.Create(GrainId, interfaceType);
        other.Cached = Cached;
        return other;
    }
}
