using System.Buffers.Binary;
using System.Text;

namespace Orleans.Serialization;

/// <summary>A growing buffer that values are written to. Used by one thread at a time, and again and again.</summary>
internal sealed class WireWriter
{
    private const int KeptBytes = 256 * 1024;
    private byte[] _buffer = new byte[512];
    private int _length;

    public IWireSession? Session { get; set; }
    public int Length => _length;
    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _length);

    /// <summary>Forgets what was written, and a buffer that one large value has made large.</summary>
    public void Clear()
    {
        _length = 0;
        if (_buffer.Length > KeptBytes) _buffer = new byte[512];
    }

    public void Truncate(int length) => _length = length;

    public void Tag(uint tag, WireKind kind) => Varint(tag | (uint)kind);

    public void Byte(byte value)
    {
        if (_length == _buffer.Length) Grow(1);
        _buffer[_length++] = value;
    }

    public void Varint(ulong value)
    {
        if (_buffer.Length - _length < 10) Grow(10);
        var buffer = _buffer;
        var at = _length;
        while (value >= 0x80)
        {
            buffer[at++] = (byte)(value | 0x80);
            value >>= 7;
        }
        buffer[at++] = (byte)value;
        _length = at;
    }

    public void ZigZag(long value) => Varint((ulong)((value << 1) ^ (value >> 63)));

    public void Fixed64(ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Take(8), value);

    public void Fixed128(Guid value) => value.TryWriteBytes(Take(16));

    public void Bytes(ReadOnlySpan<byte> value)
    {
        Varint((uint)value.Length);
        Raw(value);
    }

    public void Raw(ReadOnlySpan<byte> value) => value.CopyTo(Take(value.Length));

    public void Text(string value)
    {
        // The length comes first: exact for long texts, and for short ones the one byte that any of them needs.
        if (value.Length <= 0x7f / 3)
        {
            if (_buffer.Length - _length < 128) Grow(128);
            var count = Encoding.UTF8.GetBytes(value, _buffer.AsSpan(_length + 1));
            _buffer[_length] = (byte)count;
            _length += count + 1;
            return;
        }
        var length = Encoding.UTF8.GetByteCount(value);
        Varint((uint)length);
        Encoding.UTF8.GetBytes(value, Take(length));
    }

    /// <summary>Leaves room for 4 bytes; <see cref="Patch"/> fills them.</summary>
    public int Reserve()
    {
        Take(4);
        return _length - 4;
    }

    public void Patch(int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(_buffer.AsSpan(at, 4), value);

    private Span<byte> Take(int count)
    {
        if (_buffer.Length - _length < count) Grow(count);
        var taken = _buffer.AsSpan(_length, count);
        _length += count;
        return taken;
    }

    private void Grow(int count) =>
        Array.Resize(ref _buffer, (int)Math.Min(Math.Max(_buffer.Length * 2L, (long)_length + count), Array.MaxLength));
}
