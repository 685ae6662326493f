using Orleans.Hosting;
using Orleans.Runtime;

namespace Orleans.Tests;

/// <summary>Grain extensions, as https://learn.microsoft.com/dotnet/orleans/grains/grain-extensions tells.</summary>
public sealed class ExtensionTests
{
    [Fact]
    public async Task A_registered_extension_is_called_on_any_grain_and_has_its_context()
    {
        await using var silo = await StartAsync();
        var life = silo.Grain<ILifeGrain>("a");
        var before = await life.Activation();
        Assert.Equal(life.GetGrainId().ToString(), await life.AsReference<IDeactivateExtension>().Deactivate("asked"));
        Assert.NotEqual(before, await life.Activation().WaitAsync(Silo.Patience));
        Assert.Equal(silo.Grain<IExtendedGrain>("b").GetGrainId().ToString(), await silo.Grain<IExtendedGrain>("a").DeactivateOther("b"));
    }

    [Fact]
    public async Task An_extension_activates_its_grain_and_reaches_the_state_it_was_given()
    {
        await using var silo = await StartAsync();
        var grain = silo.Grain<IExtendedGrain>("a");
        await grain.AsReference<IStateAccessor<int>>().SetState(21);
        Assert.Equal(21, await grain.Value());
        Assert.Equal(42, await grain.DoubleFromInside());
        Assert.Equal(42, await grain.AsReference<IStateAccessor<int>>().GetState());
    }

    [Fact]
    public async Task Calls_of_extensions_are_turns_of_the_grain()
    {
        await using var silo = await StartAsync();
        var grain = silo.Grain<IExtendedGrain>("a");
        var extension = grain.AsReference<IDeactivateExtension>();
        var waiting = extension.Wait("gate");
        await silo.Probe.Reported("waits");
        var value = grain.Value();
        Assert.Equal("peeked", await extension.Peek().WaitAsync(Silo.Patience)); // declared to interleave
        Assert.False(value.IsCompleted);
        silo.Probe.Open("gate");
        await waiting.WaitAsync(Silo.Patience);
        Assert.Equal(0, await value.WaitAsync(Silo.Patience));
    }

    [Fact]
    public async Task An_extension_that_is_not_installed_is_named_in_the_error()
    {
        await using var silo = await StartAsync();
        var error = await Assert.ThrowsAsync<GrainExtensionNotInstalledException>(
            () => silo.Grain<ILifeGrain>("a").AsReference<IStateAccessor<int>>().GetState());
        Assert.Contains("IStateAccessor", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Filters_see_calls_of_extensions()
    {
        await using var silo = await Silo.StartAsync(orleans =>
        {
            orleans.AddGrainExtension<IDeactivateExtension, DeactivateExtension>();
            orleans.AddIncomingGrainCallFilter(async context =>
            {
                await context.Invoke();
                if (context.MethodName == nameof(IDeactivateExtension.Peek))
                    context.Result = $"{context.Grain.GetType().Name} by {context.ImplementationMethod.DeclaringType!.Name}";
            });
        });
        Assert.Equal("ExtendedGrain by DeactivateExtension",
            await silo.Grain<IExtendedGrain>("a").AsReference<IDeactivateExtension>().Peek());
    }

    private static Task<Silo> StartAsync() =>
        Silo.StartAsync(orleans => orleans.AddGrainExtension<IDeactivateExtension, DeactivateExtension>());
}
