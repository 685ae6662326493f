using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;

namespace Orleans.Serialization;

/// <summary>
/// Reads values out of one frame. Whatever the bytes are, it reads no further than the frame, allocates no more than in proportion to it, goes no
/// deeper than <see cref="DepthMax"/>, and answers nonsense with <see cref="WireFormatException"/>. Used by one thread at a time.
/// </summary>
internal sealed class WireReader
{
    public const int DepthMax = 64;
    private byte[] _buffer = [];
    private int _at;
    private int _end;
    private int _depth;

    public IWireSession? Session { get; set; }
    public int Remaining => _end - _at;

    public void Begin(byte[] buffer, int start, int length)
    {
        _buffer = buffer;
        _at = start;
        _end = start + length;
        _depth = 0;
    }

    public void Enter()
    {
        if (++_depth > DepthMax) throw new WireFormatException($"Values are nested deeper than {DepthMax}.");
        // The depth of the stack is what matters, and others may have used much of it.
        RuntimeHelpers.EnsureSufficientExecutionStack();
    }

    public void Leave() => _depth--;

    public uint Tag()
    {
        var tag = Varint();
        return tag <= uint.MaxValue ? (uint)tag : throw new WireFormatException($"The tag {tag} is no tag.");
    }

    /// <summary>The tag of an element: its kind alone.</summary>
    public WireKind Kind()
    {
        var tag = Byte();
        return tag <= (byte)WireKind.Typed ? (WireKind)tag : throw new WireFormatException($"{tag} is no kind of value.");
    }

    public byte Byte() => _at < _end ? _buffer[_at++] : throw Truncated();

    public ulong Varint()
    {
        var result = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = Byte();
            result |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80) return result;
        }
        throw new WireFormatException("A varint is longer than 10 bytes.");
    }

    public long ZigZag()
    {
        var value = Varint();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    public ulong Fixed64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    public Guid Fixed128() => new(Take(16));

    /// <summary>Length and bytes. The span is the frame's: copy what is kept.</summary>
    public ReadOnlySpan<byte> Bytes() => Take(Length());

    public string Text() => Encoding.UTF8.GetString(Bytes());

    /// <summary>A count of values, of which each takes at least one byte.</summary>
    public int Count() => Length();

    /// <summary>Passes over a value whose tag has been read.</summary>
    public void Skip(WireKind kind)
    {
        switch (kind)
        {
            case WireKind.Null:
                return;
            case WireKind.Varint:
                Varint();
                return;
            case WireKind.Fixed64:
                Take(8);
                return;
            case WireKind.Fixed128:
                Take(16);
                return;
            case WireKind.Bytes:
                Bytes();
                return;
        }
        Enter();
        if (kind == WireKind.Group)
        {
            while (Tag() is not 0 and var tag) Skip((WireKind)(tag & 7));
        }
        else if (kind == WireKind.Sequence)
        {
            for (var count = Count(); count > 0; count--) Skip(Kind());
        }
        else
        {
            Bytes();
            Skip(Kind());
        }
        Leave();
    }

    private int Length()
    {
        var length = Varint();
        return length <= (ulong)Remaining ? (int)length
            : throw new WireFormatException($"A length of {length} reaches beyond the frame, of which {Remaining} bytes are left.");
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > Remaining) throw Truncated();
        var taken = _buffer.AsSpan(_at, count);
        _at += count;
        return taken;
    }

    private static WireFormatException Truncated() => new("The frame ends within a value.");
}
