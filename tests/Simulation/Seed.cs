using Orleans.Simulation;

namespace Squad.Simulation;

/// <summary>Runs one seed from beginning to end.</summary>
internal static class Seed
{
    /// <summary>No world lives longer; one that does goes round in a circle.</summary>
    private static readonly TimeSpan LifeMax = TimeSpan.FromHours(2);

    /// <returns>The number of steps, and a hash of all of them.</returns>
    /// <exception cref="SimulationFailure">An invariant did not hold.</exception>
    public static (long Steps, ulong Hash) Run(int seed, SimulationOptions options)
    {
        var world = new SimulatedWorld(seed, options);
        var cluster = world.Cluster;
        cluster.Stepped = () =>
        {
            if (cluster.Trace.Steps % Invariants.ActivationsEvery == 0)
                world.Invariants.CheckActivations();
            if (world.Invariants.Broken is { } broken)
                throw new SimulationFailure(seed, cluster.Trace.Steps, broken.Invariant, broken.What, world.Story.ToString());
        };
        try
        {
            cluster.Run(world.LiveAsync, LifeMax);
        }
        catch (SimulationException e)
        {
            throw new SimulationFailure(seed, cluster.Trace.Steps, "nothing escapes, and everything ends", e.Message, world.Story.ToString());
        }

        return (cluster.Trace.Steps, cluster.Trace.Hash);
    }
}
