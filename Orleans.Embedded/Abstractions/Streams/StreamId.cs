using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Orleans.Runtime;

/// <summary>A stream's identity: a namespace and a key, both UTF-8, written <c>namespace/key</c>.</summary>
public readonly struct StreamId : IEquatable<StreamId>, IComparable<StreamId>
{
    private readonly byte[]? _bytes;
    private readonly int _keyStart;
    private readonly int _hash;

    private StreamId(byte[] bytes, int keyStart)
    {
        _bytes = bytes;
        _keyStart = keyStart;
        _hash = unchecked((IdSpan.Hash(bytes) * 31) + keyStart);
    }

    public ReadOnlyMemory<byte> FullKey => _bytes;
    public ReadOnlyMemory<byte> Namespace => _bytes.AsMemory(0, _keyStart);
    public ReadOnlyMemory<byte> Key => _bytes.AsMemory(_keyStart);

    public static StreamId Create(ReadOnlySpan<byte> ns, ReadOnlySpan<byte> key)
    {
        var bytes = new byte[ns.Length + key.Length];
        ns.CopyTo(bytes);
        key.CopyTo(bytes.AsSpan(ns.Length));
        return new StreamId(bytes, ns.Length);
    }

    public static StreamId Create(string? ns, string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return Create(Encoding.UTF8.GetBytes(ns ?? ""), Encoding.UTF8.GetBytes(key));
    }

    public static StreamId Create(string? ns, Guid key) => Create(ns, key.ToString("N"));
    public static StreamId Create(string? ns, long key) => Create(ns, key.ToString(CultureInfo.InvariantCulture));

    public string? GetNamespace() => _keyStart == 0 ? null : Encoding.UTF8.GetString(Namespace.Span);
    public string GetKeyAsString() => Encoding.UTF8.GetString(Key.Span);

    public bool Equals(StreamId other) => _hash == other._hash && _keyStart == other._keyStart
        && FullKey.Span.SequenceEqual(other.FullKey.Span);

    public override bool Equals([NotNullWhen(true)] object? obj) => obj is StreamId other && Equals(other);
    public override int GetHashCode() => _hash;
    public int CompareTo(StreamId other)
    {
        var byNamespace = Namespace.Span.SequenceCompareTo(other.Namespace.Span);
        return byNamespace != 0 ? byNamespace : Key.Span.SequenceCompareTo(other.Key.Span);
    }

    public override string ToString() => $"{GetNamespace() ?? "null"}/{GetKeyAsString()}";

    public static bool operator ==(StreamId s1, StreamId s2) => s1.Equals(s2);
    public static bool operator !=(StreamId s1, StreamId s2) => !s1.Equals(s2);
}
