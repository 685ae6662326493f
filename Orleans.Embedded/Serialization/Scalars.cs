using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Orleans.Serialization;

/// <summary>Scalars of which not every run of bits is one.</summary>
internal static class Scalars
{
    public static void WriteDecimal(WireWriter writer, decimal value)
    {
        Span<int> parts = stackalloc int[4];
        decimal.GetBits(value, parts);
        writer.Bytes(MemoryMarshal.AsBytes(parts));
    }

    public static decimal ReadDecimal(WireReader reader)
    {
        var bytes = reader.Bytes();
        if (bytes.Length != 16) throw new WireFormatException("A decimal has 16 bytes.");
        Span<int> parts = stackalloc int[4];
        bytes.CopyTo(MemoryMarshal.AsBytes(parts));
        try
        {
            return new decimal(parts);
        }
        catch (ArgumentException)
        {
            throw new WireFormatException("These bits are no decimal.");
        }
    }

    public static DateTime ReadDate(WireReader reader)
    {
        try
        {
            return DateTime.FromBinary((long)reader.Fixed64());
        }
        catch (ArgumentException)
        {
            throw new WireFormatException("This number is no date.");
        }
    }

    public static void WriteMoment(WireWriter writer, DateTimeOffset value)
    {
        Span<byte> bytes = stackalloc byte[10];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value.Ticks);
        BinaryPrimitives.WriteInt16LittleEndian(bytes[8..], (short)value.TotalOffsetMinutes);
        writer.Bytes(bytes);
    }

    public static DateTimeOffset ReadMoment(WireReader reader)
    {
        var bytes = reader.Bytes();
        if (bytes.Length != 10) throw new WireFormatException("A moment has 10 bytes.");
        var ticks = BinaryPrimitives.ReadInt64LittleEndian(bytes);
        var offset = TimeSpan.FromMinutes(BinaryPrimitives.ReadInt16LittleEndian(bytes[8..]));
        try
        {
            return new DateTimeOffset(ticks, offset);
        }
        catch (ArgumentException)
        {
            throw new WireFormatException("These bytes are no moment.");
        }
    }

    public static Uri ReadUri(WireReader reader) =>
        Uri.TryCreate(reader.Text(), UriKind.RelativeOrAbsolute, out var uri) ? uri : throw new WireFormatException("This text is no address.");
}
