using Orleans;
using Orleans.Runtime;
using Squad.Sessions;

namespace Squad.Grains.Tests.Contracts;

/// <summary>Every contract keeps the rules of <see cref="ContractRules"/>, and each rule can be broken.</summary>
public sealed class ContractTests
{
    [Fact]
    public void Everything_that_crosses_a_call_or_a_stream_is_immutable_and_serialisable()
    {
        var types = typeof(ISessionGrain).Assembly.GetExportedTypes();
        var interfaces = types.Where(type => type.IsInterface && typeof(IAddressable).IsAssignableFrom(type)).ToList();
        // Also what no call mentions: items of streams, and what is kept.
        var contracts = types.Where(type => type.IsDefined(typeof(GenerateSerializerAttribute), false)).ToList();
        Assert.True(interfaces.Count >= 5 && contracts.Count >= 20, "The contracts were not found.");

        var problems = ContractRules.ProblemsOf(interfaces.Concat(contracts));

        Assert.True(problems.Count == 0, string.Join('\n', problems));
    }

    [Fact]
    public void What_keeps_the_rules_is_not_complained_of() => Assert.Empty(ContractRules.ProblemsOf(typeof(IGood)));

    [Theory]
    [InlineData(typeof(IBadMethods), "IBadMethods: it has no name that outlives a renaming; give it [Alias(\"...\")].")]
    [InlineData(typeof(IBadMethods), "IBadMethods.NoAlias: it has no name that outlives a renaming; give it [Alias(\"...\")].")]
    [InlineData(typeof(IBadMethods), "IBadMethods.Twice: another method has the alias 'one' too; give each its own.")]
    [InlineData(typeof(IBadMethods), "IBadMethods.Array(bytes): Byte[] cannot cross a call unchanged; use ReadOnlyMemory<byte>.")]
    [InlineData(typeof(IBadMethods), "IBadMethods.Lists(list): List<String> cannot cross a call unchanged; use ImmutableArray<T>.")]
    [InlineData(typeof(IBadMethods), "IBadMethods.Lists(map): IReadOnlyDictionary<String, Int32> cannot cross a call unchanged; use ImmutableDictionary<TKey, TValue>.")]
    [InlineData(typeof(IBadMethods), "IBadMethods.Lists(at): DateTime cannot cross a call unchanged; use DateTimeOffset.")]
    [InlineData(typeof(IBadMethods), "IBadMethods.Lists: ValueTuple<Int32, Int32> cannot cross a call unchanged; use a sealed record.")]
    [InlineData(typeof(IBadMethods), "IBadMethods.Anything(value): Object cannot cross a call unchanged; use a sealed record with [GenerateSerializer, Immutable, Alias].")]
    [InlineData(typeof(IBadMethods), "IBadMethods.Anything: it returns Int32; use Task<T>, ValueTask<T> or IAsyncEnumerable<T>.")]
    [InlineData(typeof(Bare), "Bare: Orleans cannot serialise it; give it [GenerateSerializer].")]
    [InlineData(typeof(Bare), "Bare: it would be copied at every call; make it immutable and say so with [Immutable].")]
    [InlineData(typeof(Bare), "Bare: it has no name that outlives a renaming; give it [Alias(\"...\")].")]
    [InlineData(typeof(Bare), "Bare: what derives from it may be anything; make it sealed, or abstract with sealed ones under it.")]
    [InlineData(typeof(Members), "Members.Lost: it would be lost on the way; give it [Id(n)], in a positional record [property: Id(n)].")]
    [InlineData(typeof(Members), "Members.Second: First has [Id(0)] too; give each its own, and never one that was used before.")]
    [InlineData(typeof(Members), "Members.Settable: it can be changed after it was sent; use init instead of set.")]
    [InlineData(typeof(Members), "Members.field: it can be changed after it was sent; use an init property.")]
    [InlineData(typeof(Members), "Members.Inner: Char[] cannot cross a call unchanged; use ImmutableArray<T>.")]
    [InlineData(typeof(Phase), "Phase: Orleans cannot serialise it; give it [GenerateSerializer].")]
    public void What_breaks_a_rule_is_told_with_type_member_and_what_to_use(Type type, string problem) =>
        Assert.Contains(problem, ContractRules.ProblemsOf(type));

    [Fact]
    public void What_lies_deep_within_is_found_and_two_of_one_alias_too()
    {
        Assert.Contains("Bare: Orleans cannot serialise it; give it [GenerateSerializer].", ContractRules.ProblemsOf(typeof(IDeep)));
        Assert.Contains("Twin: Members has the alias 'test.members' too; give each its own.", ContractRules.ProblemsOf(typeof(Members), typeof(Twin)));
    }
}
