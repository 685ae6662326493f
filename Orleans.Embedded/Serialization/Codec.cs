using Orleans.CodeGeneration;

namespace Orleans.Serialization;

/// <summary>Writes and reads values of one declared type. Immutable and safe from any thread.</summary>
internal abstract class Codec
{
    public abstract Type Type { get; }

    /// <summary>As <see cref="Codec{T}.Write"/>, for a value of exactly this type.</summary>
    public abstract void WriteBoxed(WireWriter writer, uint tag, object value);
    public abstract object? ReadBoxed(WireReader reader, WireKind kind);
}

/// <inheritdoc/>
internal abstract class Codec<T> : Codec
{
    public override Type Type => typeof(T);

    /// <summary>Writes tag and value. The tag has its id in place and no kind: see <see cref="WireKind"/>.</summary>
    public abstract void Write(WireWriter writer, uint tag, T? value);

    /// <summary>Reads a value whose tag has been read. The default of <typeparamref name="T"/> for null.</summary>
    public abstract T? Read(WireReader reader, WireKind kind);

    public override void WriteBoxed(WireWriter writer, uint tag, object value) => Write(writer, tag, (T)value);
    public override object? ReadBoxed(WireReader reader, WireKind kind) => Read(reader, kind);

    protected static WireFormatException Wrong(WireKind kind) => new($"A {kind} cannot be a {TypeNames.Of(typeof(T))}.");
}

/// <summary>A type that is one number, text or run of bytes.</summary>
internal sealed class ScalarCodec<T>(WireKind form, Action<WireWriter, T> write, Func<WireReader, T> read) : Codec<T>
{
    public override void Write(WireWriter writer, uint tag, T? value)
    {
        if (value is null)
        {
            writer.Tag(tag, WireKind.Null);
            return;
        }
        writer.Tag(tag, form);
        write(writer, value);
    }

    public override T? Read(WireReader reader, WireKind kind) =>
        kind == form ? read(reader) : kind == WireKind.Null ? default : throw Wrong(kind);
}

internal sealed class NullableCodec<T>(Codec<T> inner) : Codec<T?> where T : struct
{
    public override void Write(WireWriter writer, uint tag, T? value)
    {
        if (value is { } present) inner.Write(writer, tag, present);
        else writer.Tag(tag, WireKind.Null);
    }

    public override T? Read(WireReader reader, WireKind kind) => kind == WireKind.Null ? null : inner.Read(reader, kind);
}

internal sealed class EnumCodec<T> : Codec<T> where T : struct, Enum
{
    public override void Write(WireWriter writer, uint tag, T value)
    {
        writer.Tag(tag, WireKind.Varint);
        writer.ZigZag(System.Runtime.CompilerServices.Unsafe.SizeOf<T>() switch
        {
            1 => System.Runtime.CompilerServices.Unsafe.BitCast<T, sbyte>(value),
            2 => System.Runtime.CompilerServices.Unsafe.BitCast<T, short>(value),
            4 => System.Runtime.CompilerServices.Unsafe.BitCast<T, int>(value),
            _ => System.Runtime.CompilerServices.Unsafe.BitCast<T, long>(value),
        });
    }

    public override T Read(WireReader reader, WireKind kind)
    {
        if (kind == WireKind.Null) return default;
        if (kind != WireKind.Varint) throw Wrong(kind);
        var value = reader.ZigZag();
        return System.Runtime.CompilerServices.Unsafe.SizeOf<T>() switch
        {
            1 => System.Runtime.CompilerServices.Unsafe.BitCast<sbyte, T>((sbyte)value),
            2 => System.Runtime.CompilerServices.Unsafe.BitCast<short, T>((short)value),
            4 => System.Runtime.CompilerServices.Unsafe.BitCast<int, T>((int)value),
            _ => System.Runtime.CompilerServices.Unsafe.BitCast<long, T>(value),
        };
    }
}

/// <summary>A declared type whose values may be of others: those go with the alias of their own.</summary>
internal sealed class PolymorphicCodec<T>(CodecProvider codecs, Codec<T>? own) : Codec<T>
{
    public override void Write(WireWriter writer, uint tag, T? value)
    {
        if (value is null)
        {
            writer.Tag(tag, WireKind.Null);
            return;
        }
        var type = value.GetType();
        if (own is not null && type == typeof(T))
        {
            own.Write(writer, tag, value);
            return;
        }
        if (value is Exception) type = typeof(Exception);
        if (value is Runtime.IAddressable) type = typeof(Runtime.IAddressable);
        writer.Tag(tag, WireKind.Typed);
        writer.Text(TypeNames.Of(type));
        codecs.Exact(type).WriteBoxed(writer, 0, value);
    }

    public override T? Read(WireReader reader, WireKind kind)
    {
        if (kind == WireKind.Null) return default;
        if (kind != WireKind.Typed) return own is null ? throw Wrong(kind) : own.Read(reader, kind);
        reader.Enter();
        var name = reader.Text();
        var type = TypeNames.Find(name) ?? throw new SerializerException($"No type here has the alias '{name}'.");
        var value = codecs.Exact(type).ReadBoxed(reader, reader.Kind());
        reader.Leave();
        return value is T typed ? typed : throw new SerializerException($"A '{name}' is no {TypeNames.Of(typeof(T))}.");
    }
}
