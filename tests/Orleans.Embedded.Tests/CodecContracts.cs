using System.Collections.Immutable;
using Orleans.Runtime;

namespace Orleans.Embedded.Tests;

[GenerateSerializer, Alias("test.color")]
public enum Color : byte
{
    Red,
    Green = 200,
}

[GenerateSerializer, Immutable, Alias("test.leaf")]
public sealed record Leaf([property: Id(0)] string? Text, [property: Id(1)] long Number);

[GenerateSerializer, Immutable, Alias("test.box`1")]
public sealed record Box<T>([property: Id(0)] T? Value, [property: Id(1)] string? Error);

[GenerateSerializer, Immutable, Alias("test.shape")]
public abstract record Shape([property: Id(0)] string Name);

[GenerateSerializer, Immutable, Alias("test.circle")]
public sealed record Circle(string Name, [property: Id(0)] double Radius) : Shape(Name);

[GenerateSerializer, Immutable, Alias("test.everything")]
public sealed record Everything
{
    [Id(0)] public bool Flag { get; init; }
    [Id(1)] public int Number { get; init; }
    [Id(2)] public long? Maybe { get; init; }
    [Id(3)] public double Real { get; init; }
    [Id(4)] public string? Text { get; init; } = "initialised";
    [Id(5)] public Guid Key { get; init; }
    [Id(6)] public DateTimeOffset At { get; init; }
    [Id(7)] public TimeSpan Span { get; init; }
    [Id(8)] public Color Color { get; init; }
    [Id(9)] public ImmutableArray<Leaf?> Leaves { get; init; } = [];
    [Id(10)] public ImmutableDictionary<string, int> Map { get; init; } = ImmutableDictionary<string, int>.Empty;
    [Id(11)] public ReadOnlyMemory<byte> Bytes { get; init; }
    [Id(12)] public Box<Leaf>? Box { get; init; }
    [Id(13)] public Shape? Shape { get; init; }
    [Id(14)] public (int A, string? B) Pair { get; init; }
    [Id(15)] public Uri? Uri { get; init; }
    [Id(16)] public decimal Price { get; init; }
    [Id(17)] public object? Any { get; init; }
    [Id(18)] public GrainId Grain { get; init; }
    [Id(19)] public StreamId Stream { get; init; }
    [Id(20)] public Everything? Inner { get; init; }
}

/// <summary>One type as two versions of a program know it.</summary>
[GenerateSerializer, Immutable, Alias("test.old")]
public sealed record Old([property: Id(0)] string Name)
{
    [Id(2)] public string Kept { get; init; } = "as it was";
}

[GenerateSerializer, Immutable, Alias("test.new")]
public sealed record New([property: Id(0)] string Name, [property: Id(1)] Everything? Added, [property: Id(3)] int Count = 7);

[GenerateSerializer, Alias("test.unserialisable")]
public sealed record Unserialisable([property: Id(0)] string Name, [property: Id(1)] ImmutableArray<Stream> Streams);

public sealed class ForeignException(int code) : Exception($"It failed with {code}.")
{
    public int Code { get; } = code;
}
