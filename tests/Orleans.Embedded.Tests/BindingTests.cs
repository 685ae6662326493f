using Orleans.Gateway;
using Orleans.Serialization;

namespace Orleans.Embedded.Tests;

/// <summary>Two versions of a program that have parted say so by name, and only where they have.</summary>
public sealed class BindingTests
{
    [Fact]
    public void A_method_is_known_by_alias_and_signature_whatever_its_place()
    {
        var bindings = Bound("test.door", ("key", "()->Task`1[string]"), ("add", "(long)->ValueTask`1[long]"));
        Assert.Equal(nameof(IDoorGrain.Key), bindings[0, 0].Method!.Method.Name);
        Assert.Equal(nameof(IDoorGrain.Add), bindings[0, 1].Method!.Method.Name);
    }

    [Theory]
    [InlineData("test.door", "gone", "()->Task", "'test.door' has no method 'gone' here.")]
    [InlineData("test.door", "add", "(int)->ValueTask`1[long]", "'test.door' has 'add' as (long)->ValueTask`1[long] here, and as (int)->ValueTask`1[long] at the caller.")]
    [InlineData("test.window", "add", "()->Task", "No interface here has the alias 'test.window'.")]
    [InlineData("test.leaf", "add", "()->Task", "No interface here has the alias 'test.leaf'.")]
    public void A_method_that_is_not_the_same_here_is_told_with_both_sides(string name, string method, string signature, string problem)
    {
        var bound = Bound(name, (method, signature))[0, 0];
        Assert.Null(bound.Method);
        Assert.StartsWith(problem, bound.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Numbers_that_were_never_bound_are_nonsense()
    {
        var bindings = Bound("test.door", ("key", "()->Task`1[string]"));
        Assert.Throws<WireFormatException>(() => bindings[0, 1]);
        Assert.Throws<WireFormatException>(() => bindings[ulong.MaxValue, 0]);
    }

    private static Bindings Bound(string name, params (string Name, string Signature)[] methods)
    {
        var writer = new WireWriter();
        writer.Text(name);
        writer.Varint((uint)methods.Length);
        foreach (var (method, signature) in methods)
        {
            writer.Text(method);
            writer.Text(signature);
        }
        var bytes = writer.Written.ToArray();
        var reader = new WireReader();
        reader.Begin(bytes, 0, bytes.Length);
        var bindings = new Bindings();
        bindings.Receive(reader);
        return bindings;
    }
}
