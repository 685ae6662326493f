using System.Net;

namespace Orleans.Runtime;

/// <summary>Where a silo is and which start of it: two lives at one endpoint differ in their generation.</summary>
public sealed class SiloAddress : IEquatable<SiloAddress>, IComparable<SiloAddress>
{
    private SiloAddress(IPEndPoint endpoint, int generation)
    {
        Endpoint = endpoint;
        Generation = generation;
    }

    public static SiloAddress Zero { get; } = New(IPAddress.Any, 0, 0);
    public IPEndPoint Endpoint { get; }
    public int Generation { get; }
    public bool IsClient => Generation < 0;

    public static SiloAddress New(IPEndPoint ep, int gen) => new(ep, gen);
    public static SiloAddress New(IPAddress address, int port, int generation) => new(new IPEndPoint(address, port), generation);
    public string ToParsableString() => $"{Endpoint.Address}:{Endpoint.Port}@{Generation}";

    public bool Equals(SiloAddress? other) => other is not null && Generation == other.Generation && Endpoint.Equals(other.Endpoint);
    public override bool Equals(object? obj) => Equals(obj as SiloAddress);
    public override int GetHashCode() => unchecked((Endpoint.Port * 397) ^ Generation);
    public int CompareTo(SiloAddress? other) => string.CompareOrdinal(ToParsableString(), other?.ToParsableString());
    public override string ToString() => $"{(IsClient ? "C" : "S")}{Endpoint}:{Generation}";
}
