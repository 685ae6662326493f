namespace Squad.Simulation;

/// <summary>An invariant did not hold. The same seed leads to the same step again.</summary>
internal sealed class SimulationFailure(int seed, long step, string invariant, string what, string trace)
    : Exception($"Seed {seed}, step {step}: {invariant} is broken: {what}\nAgain with: make simulate SEED={seed}\n{trace}")
{
    public int Seed => seed;

    public long Step => step;

    /// <summary>Which one; a name that stays the same.</summary>
    public string Invariant => invariant;
}
