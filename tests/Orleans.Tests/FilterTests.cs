using Orleans.Hosting;
using Orleans.Runtime;

namespace Orleans.Tests;

/// <summary>Grain call filters, as https://learn.microsoft.com/dotnet/orleans/grains/interceptors tells.</summary>
public sealed class FilterTests
{
    [Fact]
    public async Task Silo_filters_run_in_their_order_then_the_grains_own_then_the_method()
    {
        await using var silo = await StartAsync(Reporting("first"), Reporting("second"));
        Assert.Equal("hi", await silo.Grain<IFilteredGrain>("a").Echo("hi"));
        Assert.Equal(["first before", "second before", "grain before Echo", "echo hi", "grain after Echo", "second after", "first after"],
            silo.Probe.Log);
    }

    [Fact]
    public async Task A_filter_sees_whom_and_what_is_called()
    {
        var seen = new List<object?>();
        await using var silo = await StartAsync(async context =>
        {
            seen.AddRange([context.MethodName, context.Request.GetArgument(0), context.InterfaceMethod, context.ImplementationMethod]);
            seen.AddRange([context.TargetId, context.TargetContext.GrainId, context.Grain.GetType()]);
            await context.Invoke();
            seen.Add(context.Result);
        });
        await silo.Grain<IFilteredGrain>("a").Echo("hi");
        var id = silo.Grain<IFilteredGrain>("a").GetGrainId();
        Assert.Equal(["Echo", "hi", typeof(IFilteredGrain).GetMethod("Echo"), typeof(FilteredGrain).GetMethod("Echo"),
            id, id, typeof(FilteredGrain), "hi"], seen);
    }

    [Fact]
    public async Task A_filter_changes_arguments_and_results()
    {
        await using var silo = await StartAsync(async context =>
        {
            if (context.MethodName == "Echo") context.Request.SetArgument(0, "changed");
            await context.Invoke();
            if (context.MethodName == "Twice") context.Result = (int)context.Result! + 1;
        });
        Assert.Equal("changed", await silo.Grain<IFilteredGrain>("a").Echo("hi"));
        Assert.Equal(9, await silo.Grain<IFilteredGrain>("a").Twice(4));
    }

    [Fact]
    public async Task A_filter_answers_in_place_of_the_grain()
    {
        await using var silo = await StartAsync(context =>
        {
            context.Result = "cached";
            return Task.CompletedTask;
        });
        Assert.Equal("cached", await silo.Grain<IFilteredGrain>("a").Echo("hi"));
        Assert.Empty(silo.Probe.Log);
    }

    [Fact]
    public async Task A_filter_that_neither_goes_on_nor_answers_fails_the_call()
    {
        await using var silo = await StartAsync(_ => Task.CompletedTask);
        await Assert.ThrowsAsync<InvalidOperationException>(() => silo.Grain<IFilteredGrain>("a").Echo("hi"));
    }

    [Fact]
    public async Task A_filter_replaces_an_exception_by_another_or_by_a_result()
    {
        await using var silo = await StartAsync(async context =>
        {
            try
            {
                await context.Invoke();
            }
            catch (FormatException error) when (error.Message == "convert")
            {
                throw new ArgumentException("converted", error);
            }
            catch (FormatException error) when (error.Message == "forgive")
            {
                context.Result = null;
            }
        });
        var grain = silo.Grain<IFilteredGrain>("a");
        Assert.Equal("converted", (await Assert.ThrowsAsync<ArgumentException>(() => grain.Fail("convert"))).Message);
        await grain.Fail("forgive");
        await Assert.ThrowsAsync<FormatException>(() => grain.Fail("other"));
    }

    [Fact]
    public async Task A_grain_guards_its_methods_by_their_attributes()
    {
        await using var silo = await Silo.StartAsync();
        var grain = silo.Grain<IFilteredGrain>("a");
        var error = await Assert.ThrowsAsync<UnauthorizedAccessException>(grain.Secret);
        Assert.Equal("Secret is for admins.", error.Message);
        RequestContext.Set("role", "admin");
        await grain.Secret();
    }

    [Fact]
    public async Task A_filter_runs_in_the_turn_of_its_grain()
    {
        await using var silo = await StartAsync(async context =>
        {
            var outside = context.Grain is FilteredGrain && TaskScheduler.Current == TaskScheduler.Default;
            await context.Invoke();
            if (outside || TaskScheduler.Current == TaskScheduler.Default) context.Result = "outside";
        });
        Assert.Equal("hi", await silo.Grain<IFilteredGrain>("a").Echo("hi"));
    }

    [Fact]
    public async Task A_one_way_call_passes_the_filters_too()
    {
        await using var silo = await StartAsync(Reporting("filter"));
        await silo.Grain<IFilteredGrain>("plain").Forget("forgotten");
        await silo.Probe.Reported("filter after");
        Assert.Equal(["filter before", "forgotten", "filter after"], silo.Probe.Log);
    }

    [Fact]
    public async Task Outgoing_filters_stand_at_the_caller_and_know_both_ends()
    {
        var seen = new List<(GrainId?, GrainId, string)>();
        await using var silo = await Silo.StartAsync(orleans =>
        {
            orleans.AddOutgoingGrainCallFilter(async context =>
            {
                if (context.MethodName == "Echo")
                {
                    seen.Add((context.SourceId, context.TargetId, context.MethodName));
                    RequestContext.Set("role", "admin");
                    context.Request.SetArgument(0, "out");
                }
                await context.Invoke();
                if (context.MethodName == "Echo") context.Result += " and back";
            });
        });
        Assert.Equal("out and back", await silo.Grain<IFilteredGrain>("plain").EchoThrough("b", "hi"));
        var plain = silo.Grain<IFilteredGrain>("plain").GetGrainId();
        Assert.Equal([(plain, silo.Grain<IFilteredGrain>("b").GetGrainId(), "Echo")], seen);
    }

    [Fact]
    public async Task An_outgoing_filter_tries_again()
    {
        await using var silo = await Silo.StartAsync(orleans => orleans.AddOutgoingGrainCallFilter<Retry>());
        await Assert.ThrowsAsync<FormatException>(() => silo.Grain<IFilteredGrain>("plain").FailThrough("plain2", "again"));
        Assert.Equal(3, silo.Probe.Log.Count(line => line == "fails again"));
    }

    private static IncomingGrainCallFilterDelegate Reporting(string name) => async context =>
    {
        var probe = (Probe)context.TargetContext.ActivationServices.GetService(typeof(Probe))!;
        probe.Report(name + " before");
        await context.Invoke();
        probe.Report(name + " after");
    };

    private static Task<Silo> StartAsync(params IncomingGrainCallFilterDelegate[] filters) => Silo.StartAsync(orleans =>
    {
        foreach (var filter in filters)
        {
            // Silo-wide means that the runtime's own grains pass it as well.
            orleans.AddIncomingGrainCallFilter(context => context.Grain is FilteredGrain ? filter(context) : context.Invoke());
        }
    });

    private sealed class Retry : IOutgoingGrainCallFilter
    {
        public async Task Invoke(IOutgoingGrainCallContext context)
        {
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    await context.Invoke();
                    return;
                }
                catch (FormatException) when (attempt < 3 && context.MethodName == "Fail")
                {
                }
            }
        }
    }
}
