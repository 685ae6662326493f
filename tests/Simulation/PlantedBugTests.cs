using Squad.Simulation.Bugs;

namespace Squad.Simulation;

/// <summary>Bugs that are put in on purpose: a simulation that does not find them proves nothing.</summary>
public sealed class PlantedBugTests
{
    private const int SeedsMax = 200;

    [Fact]
    public void A_missing_etag_check_is_found() => Found(
        Worlds.Of, options => options with { Storage = storage => new BlindStorage(storage) });

    [Fact]
    public void A_double_append_is_found() => Found(
        Worlds.Of, options => options with { EventLog = log => new RepeatingEventLog(log) });

    [Fact]
    public void A_lost_await_is_found() => Found(
        Worlds.Of, options => options with { EventLog = log => new HastyEventLog(log) });

    private static void Found(Func<int, SimulationOptions> worldOf, Func<SimulationOptions, SimulationOptions> plant)
    {
        for (var seed = 1; seed <= SeedsMax; seed++)
        {
            // It must be the bug that is found, and not another.
            if (Failure(seed, plant(worldOf(seed))) is not { } failure || Failure(seed, worldOf(seed)) is not null)
                continue;
            TestContext.Current.TestOutputHelper!.WriteLine($"Found by seed {seed} at step {failure.Step}: {failure.Message.Split('\n')[0]}");
            return;
        }

        Assert.Fail($"{SeedsMax} seeds did not find it.");
    }

    private static SimulationFailure? Failure(int seed, SimulationOptions options)
    {
        try
        {
            Seed.Run(seed, options);
            return null;
        }
        catch (SimulationFailure failure)
        {
            return failure;
        }
    }
}
