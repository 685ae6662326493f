using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Orleans.Runtime;

/// <summary>An immutable run of UTF-8 bytes with its hash computed once: the building block of every identity.</summary>
public readonly struct IdSpan : IEquatable<IdSpan>, IComparable<IdSpan>
{
    private readonly byte[]? _value;
    private readonly int _hash;

    public IdSpan(byte[] value)
    {
        _value = value;
        _hash = Hash(value);
    }

    private IdSpan(byte[] value, int hash)
    {
        _value = value;
        _hash = hash;
    }

    public ReadOnlyMemory<byte> Value => _value;
    public bool IsDefault => _value is null || _value.Length == 0;

    public static IdSpan Create(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        return new IdSpan(Encoding.UTF8.GetBytes(id));
    }

    public static IdSpan UnsafeCreate(byte[] value, int hashCode) => new(value, hashCode);
    public static byte[]? UnsafeGetArray(IdSpan id) => id._value;

    public ReadOnlySpan<byte> AsSpan() => _value;
    public uint GetUniformHashCode() => unchecked((uint)_hash);
    public bool Equals(IdSpan obj) =>
        ReferenceEquals(_value, obj._value) || (_hash == obj._hash && AsSpan().SequenceEqual(obj.AsSpan()));

    public override bool Equals([NotNullWhen(true)] object? obj) => obj is IdSpan other && Equals(other);
    public override int GetHashCode() => _hash;
    public int CompareTo(IdSpan other) => AsSpan().SequenceCompareTo(other.AsSpan());
    public override string ToString() => _value is null ? "" : Encoding.UTF8.GetString(_value);

    public static bool operator ==(IdSpan left, IdSpan right) => left.Equals(right);
    public static bool operator !=(IdSpan left, IdSpan right) => !left.Equals(right);

    // FNV-1a with a final mix: stable between processes, so a hash may be stored or used to order a simulation.
    internal static int Hash(ReadOnlySpan<byte> value)
    {
        var hash = 2166136261u;
        foreach (var b in value) hash = unchecked((hash ^ b) * 16777619u);
        hash ^= hash >> 15;
        hash = unchecked(hash * 0x2c1b3c6du);
        return unchecked((int)(hash ^ (hash >> 13)));
    }
}
