using System.Collections.Immutable;
using Orleans;

namespace Squad.Grains.Tests.Contracts;

// Contracts that break the rules, each in its own way, and one that does not.

[Alias("test.good")]
internal interface IGood : IGrainWithStringKey
{
    [Alias("all")]
    Task<Good?> All(Good good, int? number, ImmutableDictionary<string, ImmutableArray<Good>> map, IGood other, CancellationToken cancellation);

    [Alias("sequence")]
    IAsyncEnumerable<ReadOnlyMemory<byte>> Sequence(Uri uri, TimeSpan span);
}

[GenerateSerializer, Immutable, Alias("test.good-value")]
internal sealed record Good([property: Id(0)] string Text, [property: Id(1)] Good? Inner)
{
    [Id(2)]
    public ImmutableArray<Guid> Ids { get; init; } = [];

    public int Length => Text.Length;
}

internal interface IBadMethods : IGrainWithStringKey
{
    Task NoAlias();

    [Alias("one")]
    Task Once();

    [Alias("one")]
    Task Twice();

    [Alias("array")]
    Task Array(byte[] bytes);

    [Alias("lists")]
    Task<(int, int)> Lists(List<string> list, IReadOnlyDictionary<string, int> map, DateTime at);

    [Alias("anything")]
    int Anything(object value);
}

[Alias("test.deep")]
internal interface IDeep : IGrainWithStringKey
{
    [Alias("get")]
    Task<Result<ImmutableArray<Bare>>> Get();
}

internal record Bare;

internal sealed record MoreThanBare : Bare;

[GenerateSerializer, Immutable, Alias("test.members")]
internal sealed class Members
{
    [Id(4)]
    internal int field = 1;

    [Id(0)]
    public int First { get; init; }

    [Id(0)]
    public int Second { get; init; }

    public int Lost { get; init; }

    [Id(2)]
    public int Settable { get; set; }

    [Id(3)]
    public ImmutableArray<char[]> Inner { get; init; }
}

[GenerateSerializer, Immutable, Alias("test.members")]
internal sealed record Twin([property: Id(0)] int Number);

internal enum Phase
{
    One,
}
