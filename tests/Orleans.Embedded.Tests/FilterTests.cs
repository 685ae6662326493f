using Orleans.Hosting;
using Orleans.Runtime;

namespace Orleans.Embedded.Tests;

/// <summary>What filters see of calls that are made differently than in the real runtime.</summary>
public sealed class FilterTests
{
    [Fact]
    public async Task Each_step_of_a_sequence_passes_the_filters_as_a_call_of_its_method()
    {
        var steps = 0;
        await using var silo = await Silo.StartAsync(orleans =>
        {
            orleans.AddIncomingGrainCallFilter(Count);
            orleans.AddOutgoingGrainCallFilter(Count);
        });
        var items = new List<int>();
        await foreach (var item in silo.Inside.GetGrain<ISequenceGrain>("a").Count(3)) items.Add(item);
        Assert.Equal([0, 1, 2], items);
        Assert.Equal(2 * (3 + 1 + 1), steps); // three items, the end, the disposal: on either side

        Task Count(IGrainCallContext context)
        {
            Assert.Equal(nameof(ISequenceGrain.Count), context.MethodName);
            Assert.Equal(3, context.Request.GetArgument(0));
            Interlocked.Increment(ref steps);
            return context.Invoke();
        }
    }

    [Fact]
    public async Task Calls_of_observers_pass_outgoing_filters_and_a_failing_one_is_logged_where_nobody_waits()
    {
        await using var silo = await Silo.StartAsync(orleans => orleans.AddOutgoingGrainCallFilter(context =>
        {
            if (context.Request.GetArgument(0) is "forbidden") throw new FormatException("forbidden");
            context.Request.SetArgument(0, "filtered");
            return context.Invoke();
        }));
        var heard = new Ear(silo.Probe);
        var reference = silo.Inside.CreateObjectReference<IEar>(heard);
        reference.Hear("forbidden");
        reference.Hear("hello");
        await silo.Probe.Reported("heard filtered");
        Assert.Equal(["heard filtered"], silo.Probe.Log);
        GC.KeepAlive(heard);
    }

    [Fact]
    public async Task A_value_of_a_wrong_type_fails_the_call_and_names_both_types()
    {
        await using var silo = await Silo.StartAsync(orleans => orleans.AddIncomingGrainCallFilter(context =>
        {
            context.Result = "text";
            return Task.CompletedTask;
        }));
        var error = await Assert.ThrowsAsync<InvalidCastException>(() => silo.Grain<ISequenceGrain>("a").Number());
        Assert.Equal("The call answers with System.Int32, not with System.String.", error.Message);
    }

    [Fact]
    public async Task A_filter_that_needs_the_grain_factory_is_made_when_the_silo_starts()
    {
        await using var silo = await Silo.StartAsync(orleans => orleans.AddOutgoingGrainCallFilter<Calling>());
        Assert.Equal(2, await silo.Inside.GetGrain<ISequenceGrain>("a").Number());
    }

    private sealed class Calling(IGrainFactory grains) : IOutgoingGrainCallFilter
    {
        public async Task Invoke(IOutgoingGrainCallContext context)
        {
            await context.Invoke();
            if (context.TargetId.Key.ToString() != "other") context.Result = 1 + await grains.GetGrain<ISequenceGrain>("other").Number();
        }
    }

    private sealed class Ear(Probe probe) : IEar
    {
        public void Hear(string text) => probe.Report("heard " + text);
    }
}

public interface IEar : IGrainObserver
{
    void Hear(string text);
}

public interface ISequenceGrain : IGrainWithStringKey
{
    IAsyncEnumerable<int> Count(int to);
    Task<int> Number();
}

public sealed class SequenceGrain : Grain, ISequenceGrain
{
    public async IAsyncEnumerable<int> Count(int to)
    {
        for (var i = 0; i < to; i++)
        {
            await Task.Yield();
            yield return i;
        }
    }

    public Task<int> Number() => Task.FromResult(1);
}
