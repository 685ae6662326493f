using Orleans.Runtime;

namespace Orleans.Serialization;

/// <summary>A reference to a grain or an observer: who, and by which interface.</summary>
internal sealed class ReferenceCodec<T> : Codec<T>
{
    private const uint Who = (1 + 1) << 3;
    private const uint Interface = (2 + 1) << 3;

    public override void Write(WireWriter writer, uint tag, T? value)
    {
        if (value is null)
        {
            writer.Tag(tag, WireKind.Null);
            return;
        }
        if ((value as GrainReference ?? ((value as IGrainBase)?.GrainContext as IGrainContext)?.GrainReference) is not { } reference)
        {
            throw new CodecNotFoundException($"An object of {value.GetType()} is no reference, and only references cross calls: make one with "
                + $"{nameof(IGrainFactory.CreateObjectReference)}.");
        }
        writer.Session?.Sending(reference);
        writer.Tag(tag, WireKind.Group);
        writer.Tag(Who, WireKind.Bytes);
        IdentityCodecs.WriteGrainId(writer, reference.GrainId);
        writer.Tag(Interface, WireKind.Bytes);
        writer.Text(TypeNames.Of(reference.Interface));
        writer.Byte(0);
    }

    public override T? Read(WireReader reader, WireKind kind)
    {
        if (kind == WireKind.Null) return default;
        if (kind != WireKind.Group) throw Wrong(kind);
        reader.Enter();
        var grainId = default(GrainId);
        var named = "";
        while (reader.Tag() is not 0 and var tag)
        {
            if (tag == (Who | (uint)WireKind.Bytes)) grainId = IdentityCodecs.ReadGrainId(reader);
            else if (tag == (Interface | (uint)WireKind.Bytes)) named = reader.Text();
            else reader.Skip((WireKind)(tag & 7));
        }
        reader.Leave();
        var type = typeof(T) != typeof(IAddressable) && typeof(T) != typeof(IGrain) ? typeof(T)
            : TypeNames.Find(named) is { IsInterface: true } found && typeof(IAddressable).IsAssignableFrom(found) ? found : typeof(IGrain);
        var session = reader.Session ?? throw new SerializerException("A reference can be read from a connection only.");
        return (T)session.Reference(grainId, type);
    }
}

internal static class IdentityCodecs
{
    private const int Separator = '/';

    /// <summary><c>type/key</c>, as bytes with their length.</summary>
    public static void WriteGrainId(WireWriter writer, GrainId id)
    {
        var type = id.Type.AsSpan();
        var key = id.Key.AsSpan();
        writer.Varint((uint)(type.Length + 1 + key.Length));
        writer.Raw(type);
        writer.Byte(Separator);
        writer.Raw(key);
    }

    public static GrainId ReadGrainId(WireReader reader)
    {
        var bytes = reader.Bytes();
        var slash = bytes.IndexOf((byte)Separator);
        if (slash < 0) throw new WireFormatException("A grain id has no '/'.");
        return bytes.Length == 1 ? default : new GrainId(new GrainType(bytes[..slash].ToArray()), new IdSpan(bytes[(slash + 1)..].ToArray()));
    }

    public static void WriteStreamId(WireWriter writer, StreamId id)
    {
        writer.Varint((uint)(id.Namespace.Length + id.Key.Length + 4));
        Span<byte> split = stackalloc byte[4];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32LittleEndian(split, id.Namespace.Length);
        writer.Raw(split);
        writer.Raw(id.Namespace.Span);
        writer.Raw(id.Key.Span);
    }

    public static StreamId ReadStreamId(WireReader reader)
    {
        var bytes = reader.Bytes();
        if (bytes.Length < 4 || System.Buffers.Binary.BinaryPrimitives.ReadInt32LittleEndian(bytes) is var split && (split < 0 || split > bytes.Length - 4))
            throw new WireFormatException("A stream id is cut short.");
        return bytes.Length == 4 ? default : StreamId.Create(bytes[4..(4 + split)], bytes[(4 + split)..]);
    }
}
