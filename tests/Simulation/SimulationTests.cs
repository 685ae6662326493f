using System.Diagnostics;
using Squad.Simulation.Bugs;

namespace Squad.Simulation;

/// <summary>Squad's grains and node runtimes in many small worlds in which much goes wrong.</summary>
public sealed class SimulationTests
{
    /// <summary>What one run of the tests spends on seeds.</summary>
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(30);

    /// <summary>How many it must come to, on a machine that is busy otherwise.</summary>
    private const int SeedsMin = 60;

    [Fact]
    public void Whatever_goes_wrong_all_invariants_hold()
    {
        var began = Stopwatch.GetTimestamp();
        var ran = 0;
        while (ran < SeedsMin || Stopwatch.GetElapsedTime(began) < Budget)
        {
            var failures = Seeds.Run(ran + 1, SeedsMin, listener: null, out _);
            Assert.True(failures.Count == 0, string.Join("\n\n", failures.Select(failure => failure.Message)));
            ran += SeedsMin;
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"{ran} seeds in {Stopwatch.GetElapsedTime(began).TotalSeconds:0} s.");
    }

    [Fact]
    public void A_seed_is_the_same_every_time()
    {
        foreach (var seed in (int[])[1, 2, 3, 4, 5])
            Assert.Equal(Seed.Run(seed, Worlds.Of(seed)), Seed.Run(seed, Worlds.Of(seed)));
    }

    [Fact]
    public void A_failing_seed_fails_again_at_the_same_step_and_tells_how_it_came_to_that()
    {
        var (first, again) = (Failure(), Failure());
        Assert.Equal((first.Seed, first.Step, first.Invariant, first.Message), (again.Seed, again.Step, again.Invariant, again.Message));
        Assert.Contains($"make simulate SEED={first.Seed}", first.Message, StringComparison.Ordinal);
        Assert.Contains("log session/", first.Message, StringComparison.Ordinal);
    }

    private static SimulationFailure Failure()
    {
        for (var seed = 1; ; seed++)
        {
            try
            {
                Seed.Run(seed, Worlds.Of(seed) with { EventLog = log => new HastyEventLog(log) });
            }
            catch (SimulationFailure failure)
            {
                return failure;
            }
        }
    }
}
