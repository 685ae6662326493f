using Orleans.Serialization;

namespace Orleans.Embedded.Tests;

/// <summary>What passes between silos is a copy, and what cannot be one is named.</summary>
public sealed class IsolationTests
{
    [Fact]
    public async Task What_one_side_changes_the_other_does_not_see()
    {
        await using var silo = await Silo.StartAsync();
        var box = new Box { Text = "mine" };
        var answer = await silo.Grain<IBoxGrain>("a").Change(box);
        Assert.Equal("mine", box.Text);
        Assert.Equal("changed", answer.Text);
        Assert.Equal("changed", (await silo.Grain<IBoxGrain>("a").Kept()).Text);
        answer.Text = "mine again";
        Assert.Equal("changed", (await silo.Grain<IBoxGrain>("a").Kept()).Text);
    }

    [Fact]
    public async Task A_contract_that_cannot_be_serialised_fails_its_call_by_type_and_method()
    {
        await using var silo = await Silo.StartAsync();
        var asked = await Assert.ThrowsAsync<CodecNotFoundException>(() => silo.Grain<IBoxGrain>("a").Take(new NoContract()));
        Assert.Contains($"{typeof(IBoxGrain)}.{nameof(IBoxGrain.Take)}", asked.Message, StringComparison.Ordinal);
        Assert.Contains(typeof(NoContract).ToString(), asked.Message, StringComparison.Ordinal);
        Assert.Contains("[GenerateSerializer", asked.Message, StringComparison.Ordinal);
        var answered = await Assert.ThrowsAsync<CodecNotFoundException>(() => silo.Grain<IBoxGrain>("a").Give());
        Assert.Contains(nameof(IBoxGrain.Give), answered.Message, StringComparison.Ordinal);
        Assert.Contains(typeof(NoContract).ToString(), answered.Message, StringComparison.Ordinal);
        Assert.Equal("still here", (await silo.Grain<IBoxGrain>("b").Change(new Box { Text = "still here" }, "still here")).Text);
    }
}

[GenerateSerializer]
public sealed class Box
{
    [Id(0)]
    public string Text { get; set; } = "";
}

public sealed class NoContract;

public interface IBoxGrain : IGrainWithStringKey
{
    Task<Box> Change(Box box, string to = "changed");
    Task<Box> Kept();
    Task Take(NoContract thing);
    Task<NoContract> Give();
}

public sealed class BoxGrain : Grain, IBoxGrain
{
    private Box _kept = new();

    public Task<Box> Change(Box box, string to = "changed")
    {
        box.Text = to;
        return Task.FromResult(_kept = box);
    }

    public Task<Box> Kept() => Task.FromResult(_kept);
    public Task Take(NoContract thing) => Task.CompletedTask;
    public Task<NoContract> Give() => Task.FromResult(new NoContract());
}
