using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Reflection;
using Orleans.Runtime;

namespace Orleans.Serialization;

/// <summary>Finds the codec of a type, and keeps it. Safe from any thread.</summary>
internal sealed class CodecProvider
{
    private const BindingFlags Any = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    private readonly ConcurrentDictionary<Type, Codec> _declared = new();
    private readonly ConcurrentDictionary<Type, Codec> _exact = new();

    private CodecProvider()
    {
        Add(WireKind.Varint, static (w, v) => w.Byte(v ? (byte)1 : (byte)0), static r => r.Varint() != 0);
        Add(WireKind.Varint, static (w, v) => w.Varint(v), static r => (byte)r.Varint());
        Add(WireKind.Varint, static (w, v) => w.ZigZag(v), static r => (sbyte)r.ZigZag());
        Add(WireKind.Varint, static (w, v) => w.ZigZag(v), static r => (short)r.ZigZag());
        Add(WireKind.Varint, static (w, v) => w.Varint(v), static r => (ushort)r.Varint());
        Add(WireKind.Varint, static (w, v) => w.ZigZag(v), static r => (int)r.ZigZag());
        Add(WireKind.Varint, static (w, v) => w.Varint(v), static r => (uint)r.Varint());
        Add(WireKind.Varint, static (w, v) => w.ZigZag(v), static r => r.ZigZag());
        Add(WireKind.Varint, static (w, v) => w.Varint(v), static r => r.Varint());
        Add(WireKind.Varint, static (w, v) => w.Varint(v), static r => (char)r.Varint());
        Add(WireKind.Fixed64, static (w, v) => w.Fixed64(BitConverter.SingleToUInt32Bits(v)), static r => BitConverter.UInt32BitsToSingle((uint)r.Fixed64()));
        Add(WireKind.Fixed64, static (w, v) => w.Fixed64(BitConverter.DoubleToUInt64Bits(v)), static r => BitConverter.UInt64BitsToDouble(r.Fixed64()));
        Add(WireKind.Bytes, Scalars.WriteDecimal, Scalars.ReadDecimal);
        Add(WireKind.Bytes, static (w, v) => w.Text(v), static r => r.Text());
        Add(WireKind.Fixed128, static (w, v) => w.Fixed128(v), static r => r.Fixed128());
        Add(WireKind.Varint, static (w, v) => w.ZigZag(v.Ticks), static r => new TimeSpan(r.ZigZag()));
        Add(WireKind.Fixed64, static (w, v) => w.Fixed64((ulong)v.ToBinary()), Scalars.ReadDate);
        Add(WireKind.Bytes, Scalars.WriteMoment, Scalars.ReadMoment);
        Add(WireKind.Bytes, static (w, v) => w.Text(v.OriginalString), Scalars.ReadUri);
        Add<byte[]>(WireKind.Bytes, static (w, v) => w.Bytes(v), static r => r.Bytes().ToArray());
        Add<ReadOnlyMemory<byte>>(WireKind.Bytes, static (w, v) => w.Bytes(v.Span), static r => r.Bytes().ToArray());
        Add(WireKind.Fixed128, static (w, v) => w.Fixed128(v.Key), static r => new ActivationId(r.Fixed128()));
        Add(WireKind.Bytes, IdentityCodecs.WriteGrainId, IdentityCodecs.ReadGrainId);
        Add(WireKind.Bytes, IdentityCodecs.WriteStreamId, IdentityCodecs.ReadStreamId);
        _exact[typeof(Exception)] = new ExceptionCodec();
        _exact[typeof(Nothing)] = new ScalarCodec<Nothing>(WireKind.Varint, static (w, _) => w.Byte(0), static r =>
        {
            r.Varint();
            return default;
        });
    }

    public static CodecProvider Shared { get; } = new();

    public Codec<T> Get<T>() => (Codec<T>)Get(typeof(T));

    /// <summary>For values of that declared type, null and derived ones included.</summary>
    /// <exception cref="CodecNotFoundException">There is none; the message says what would do.</exception>
    public Codec Get(Type type)
    {
        if (_declared.TryGetValue(type, out var codec)) return codec;
        return _declared.GetOrAdd(type, MakeDeclared(type));
    }

    /// <summary>For values of exactly that type.</summary>
    public Codec Exact(Type type)
    {
        if (_exact.TryGetValue(type, out var codec)) return codec;
        return _exact.GetOrAdd(type, MakeExact(type));
    }

    private Codec MakeDeclared(Type type)
    {
        if (typeof(IAddressable).IsAssignableFrom(type)) return Exact(type);
        if (type.IsValueType || type.IsSealed) return Exact(type);
        if (typeof(Exception).IsAssignableFrom(type)) return type == typeof(Exception) ? Exact(type) : Make(typeof(PolymorphicCodec<>), [type], this, null);
        var own = type == typeof(object) || (type.IsAbstract && TypeNames.HasDerived(type)) ? null : Exact(type);
        return own is not null && !IsContract(type) ? own : Make(typeof(PolymorphicCodec<>), [type], this, own);
    }

    private Codec MakeExact(Type type)
    {
        if (type.IsEnum) return Make(typeof(EnumCodec<>), [type]);
        if (Nullable.GetUnderlyingType(type) is { } underlying) return Make(typeof(NullableCodec<>), [underlying], Get(underlying));
        if (typeof(IAddressable).IsAssignableFrom(type)) return Make(typeof(ReferenceCodec<>), [type]);
        if (type.IsSZArray) return Collection(nameof(CollectionCodecs.OfArray), type.GetElementType()!);
        if (type.IsGenericType && type.GetGenericTypeDefinition() is var open)
        {
            if (open == typeof(ImmutableArray<>)) return Collection(nameof(CollectionCodecs.OfImmutableArray), type.GenericTypeArguments);
            if (open == typeof(ImmutableList<>)) return Collection(nameof(CollectionCodecs.OfImmutableList), type.GenericTypeArguments);
            if (open == typeof(ImmutableHashSet<>)) return Collection(nameof(CollectionCodecs.OfImmutableHashSet), type.GenericTypeArguments);
            if (open == typeof(ImmutableDictionary<,>)) return Collection(nameof(CollectionCodecs.OfImmutableDictionary), type.GenericTypeArguments);
            if (open == typeof(ImmutableSortedDictionary<,>)) return Collection(nameof(CollectionCodecs.OfImmutableSortedDictionary), type.GenericTypeArguments);
            if (open == typeof(List<>)) return Collection(nameof(CollectionCodecs.OfList), type.GenericTypeArguments);
            if (open == typeof(Dictionary<,>)) return Collection(nameof(CollectionCodecs.OfDictionary), type.GenericTypeArguments);
        }
        if (!type.IsInterface && !type.IsAbstract && (IsContract(type) || SerializedMembers.IsTuple(type))) return Make(typeof(RecordCodec<>), [type], this);
        throw new CodecNotFoundException($"There is no codec for {type}: make it a record with [GenerateSerializer, Alias(\"...\")] and an [Id(n)] on "
            + "each member, or use a primitive, an immutable collection or a grain reference.");
    }

    private static bool IsContract(Type type) => type.IsDefined(typeof(GenerateSerializerAttribute), false);

    private static Codec Make(Type open, Type[] arguments, params object?[] given) => (Codec)Activator.CreateInstance(
        open.MakeGenericType(arguments), Any, null, given, null)!;

    private Codec Collection(string method, params Type[] items)
    {
        try
        {
            return (Codec)typeof(CollectionCodecs).GetMethod(method)!.MakeGenericMethod(items).Invoke(null, BindingFlags.DoNotWrapExceptions, null, [this], null)!;
        }
        catch (CodecNotFoundException unknown)
        {
            throw new CodecNotFoundException($"A collection of {string.Join(", ", items.Select(TypeNames.Of))} cannot be serialised. {unknown.Message}");
        }
    }

    private void Add<T>(WireKind kind, Action<WireWriter, T> write, Func<WireReader, T> read) => _exact[typeof(T)] = new ScalarCodec<T>(kind, write, read);
}
