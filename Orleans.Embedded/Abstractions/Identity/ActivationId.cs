using System.Diagnostics.CodeAnalysis;

namespace Orleans.Runtime;

/// <summary>The identity of one life of a grain.</summary>
public readonly struct ActivationId : IEquatable<ActivationId>
{
    private readonly Guid _key;

    public ActivationId(Guid key) => _key = key;

    internal Guid Key => _key;
    public bool IsDefault => _key == Guid.Empty;
    public static ActivationId NewId() => new(Guid.NewGuid());
    public string ToParsableString() => _key.ToString("N");
    public static ActivationId FromParsableString(string activationId) =>
        new(Guid.ParseExact((activationId ?? "").TrimStart('@'), "N"));

    public bool Equals(ActivationId other) => _key == other._key;
    public override bool Equals([NotNullWhen(true)] object? obj) => obj is ActivationId other && Equals(other);
    public override int GetHashCode() => _key.GetHashCode();
    public override string ToString() => $"@{_key:N}";

    public static bool operator ==(ActivationId left, ActivationId right) => left.Equals(right);
    public static bool operator !=(ActivationId left, ActivationId right) => !left.Equals(right);
}
