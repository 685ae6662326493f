using System.Diagnostics;
using System.Collections.Concurrent;
using System.Reflection;
using System.Reflection.Emit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Utilities;

namespace Orleans.Embedded.Tests;

/// <summary>What the runtime says when an application does what it must not.</summary>
public sealed class MistakeTests
{
    [Fact]
    public async Task Two_classes_of_one_interface_are_named_and_a_prefix_chooses()
    {
        await using var silo = await Silo.StartAsync();
        var error = Assert.Throws<ArgumentException>(() => silo.Grain<IAmbiguousGrain>("a"));
        foreach (var name in new[] { nameof(IAmbiguousGrain), nameof(OneAmbiguousGrain), nameof(OtherAmbiguousGrain) })
            Assert.Contains(name, error.Message, StringComparison.Ordinal);
        Assert.Equal("other", await silo.Client.GetGrain<IAmbiguousGrain>("a", typeof(OtherAmbiguousGrain).FullName).Who());
    }

    [Fact]
    public void Two_classes_of_one_grain_type_are_named()
    {
        var module = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName("Twins"), AssemblyBuilderAccess.RunAndCollect).DefineDynamicModule("Twins");
        var types = new[] { "One.TwinGrain", "Other.TwinGrain" }.Select(name => module
            .DefineType(name, TypeAttributes.Public, typeof(Grain), [typeof(IGrainWithStringKey)]).CreateType()).ToArray();
        using var services = new ServiceCollection().BuildServiceProvider();
        var error = Assert.Throws<OrleansConfigurationException>(() => GrainClasses.Index(types, services));
        Assert.Equal("Other.TwinGrain and One.TwinGrain both have the grain type 'twin': give one of them another by [GrainType].", error.Message);
    }

    [Fact]
    public async Task An_interface_without_a_class_and_a_grain_type_without_one_are_named()
    {
        await using var silo = await Silo.StartAsync();
        var error = Assert.Throws<ArgumentException>(() => silo.Grain<IOrphanGrain>("a"));
        Assert.Contains(nameof(IOrphanGrain), error.Message, StringComparison.Ordinal);
        error = await Assert.ThrowsAsync<ArgumentException>(() => silo.Client.GetGrain<IOrphanGrain>(GrainId.Create("orphan", "a")).Nothing());
        Assert.Contains("'orphan'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, "the turn of IBlockingGrain.Block has taken 00:00:01 and goes on")]
    [InlineData(true, "the turn of what follows an await has taken 00:00:01 and goes on")]
    public async Task A_turn_that_blocks_is_told_of_while_the_silo_goes_on(bool later, string expected)
    {
        var log = new CapturedLog();
        using var gate = new ManualResetEventSlim();
        await using var silo = await Silo.StartAsync(orleans =>
        {
            orleans.Services.AddSingleton(gate);
            orleans.ConfigureLogging(logging => logging.AddProvider(log));
        });
        var blocked = silo.Grain<IBlockingGrain>("blocker").Block(later);
        await silo.Probe.Reported("blocks");
        silo.Time.Advance(TimeSpan.FromSeconds(0.9));
        Assert.Empty(log.Lines);
        await silo.Grain<IBlockingGrain>("other").Nothing().WaitAsync(Silo.Patience);
        silo.Time.Advance(TimeSpan.FromSeconds(0.9));
        var line = Assert.Single(log.Lines);
        Assert.StartsWith("blocking/blocker", line, StringComparison.Ordinal);
        Assert.Contains(expected, line, StringComparison.Ordinal);
        silo.Time.Advance(TimeSpan.FromSeconds(6)); // told again after 2 and 4 seconds
        Assert.Equal(3, log.Lines.Length);
        gate.Set();
        await blocked.WaitAsync(Silo.Patience);
        // Its caller may go on before the turn has quite ended; from then on nothing is told.
        var clock = Stopwatch.StartNew();
        for (var told = -1; told != log.Lines.Length;)
        {
            Assert.True(clock.Elapsed < Silo.Patience, "a turn that is over is told of");
            told = log.Lines.Length;
            await silo.Grain<IBlockingGrain>("other").Nothing().WaitAsync(Silo.Patience);
            silo.Time.Advance(TimeSpan.FromSeconds(30));
        }
    }

    [Fact]
    public async Task Long_turns_are_not_told_of_where_the_options_say_so()
    {
        var log = new CapturedLog();
        using var gate = new ManualResetEventSlim();
        await using var silo = await Silo.StartAsync(orleans =>
        {
            orleans.Services.AddSingleton(gate);
            orleans.ConfigureLogging(logging => logging.AddProvider(log));
            orleans.Configure<SchedulingOptions>(options => options.TurnWarningLengthThreshold = Timeout.InfiniteTimeSpan);
        });
        var blocked = silo.Grain<IBlockingGrain>("blocker").Block(later: false);
        await silo.Probe.Reported("blocks");
        silo.Time.Advance(TimeSpan.FromSeconds(10));
        gate.Set();
        await blocked.WaitAsync(Silo.Patience);
        Assert.Empty(log.Lines);
    }

    [Fact]
    public async Task A_call_cycle_times_out_and_says_who_waits_for_whom()
    {
        await using var silo = await Silo.StartAsync();
        var call = silo.Grain<ICycleGrain>("a").CallBackThrough("b");
        await silo.Probe.Reported("calls back"); // b is about to call a, which waits for b
        var error = await TimesOutAsync(silo, call);
        Assert.Equal("Response did not arrive on time in 00:00:30 for message: client->cycle/a ICycleGrain.CallBackThrough. "
            + "cycle/a waits for cycle/b ICycleGrain.CallBack, which waits for cycle/a ICycleGrain.Nothing: a call cycle. Declare the method "
            + "[AlwaysInterleave] or the class [Reentrant], or make the call within RequestContext.AllowCallChainReentrancy().", error.Message);
    }

    [Fact]
    public async Task A_call_to_a_grain_that_is_merely_slow_says_so()
    {
        await using var silo = await Silo.StartAsync();
        var call = silo.Grain<ICycleGrain>("a").Wait("never");
        await silo.Probe.Reported("waits");
        var error = await TimesOutAsync(silo, call);
        Assert.Equal("Response did not arrive on time in 00:00:30 for message: client->cycle/a ICycleGrain.Wait.", error.Message);
    }

    [Fact]
    public async Task An_observer_whose_object_is_gone_fails_by_its_name_and_is_forgotten_by_the_manager()
    {
        await using var silo = await Silo.StartAsync();
        var (gone, kept) = (new Listener(silo.Probe, "gone"), new Listener(silo.Probe, "kept"));
        var reference = silo.Client.CreateObjectReference<IListener>(gone);
        var manager = new ObserverManager<IListener>(TimeSpan.FromMinutes(5), new CapturedLog().CreateLogger(""))
        {
            GetDateTime = () => silo.Time.GetUtcNow().UtcDateTime,
        };
        manager.Subscribe(reference, reference);
        var other = silo.Client.CreateObjectReference<IListener>(kept);
        manager.Subscribe(other, other);
        await manager.Notify(listener => listener.Hear("one"));
        silo.Client.DeleteObjectReference<IListener>(reference);

        var error = await Assert.ThrowsAsync<ClientNotAvailableException>(() => reference.Hear("two"));
        Assert.Contains(((GrainReference)(object)reference).GrainId.ToString(), error.Message, StringComparison.Ordinal);
        await manager.Notify(listener => listener.Hear("three"));

        Assert.Equal(["gone heard one", "kept heard one", "kept heard three"], silo.Probe.Log);
        Assert.Equal(other, Assert.Single(manager));
        GC.KeepAlive((gone, kept));
    }

    private static async Task<TimeoutException> TimesOutAsync(Silo silo, Task call)
    {
        // The last call of a chain is sent after it has been reported; each round gives it time to get there.
        for (var round = 0; round < 100 && !call.IsCompleted; round++)
        {
            await silo.Grain<ICycleGrain>("bystander").Nothing();
            silo.Time.Advance(TimeSpan.FromSeconds(0.5));
        }
        return await Assert.ThrowsAsync<TimeoutException>(() => call.WaitAsync(Silo.Patience));
    }

    private sealed class Listener(Probe probe, string name) : IListener
    {
        public Task Hear(string text)
        {
            probe.Report($"{name} heard {text}");
            return Task.CompletedTask;
        }
    }

    /// <summary>Keeps warnings and what is worse.</summary>
    private sealed class CapturedLog : ILoggerProvider, ILogger
    {
        private readonly ConcurrentQueue<string> _lines = new();

        public string[] Lines => [.. _lines];

        public ILogger CreateLogger(string categoryName) => this;
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;
        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) _lines.Enqueue(formatter(state, exception));
        }

        public void Dispose()
        {
        }
    }
}
