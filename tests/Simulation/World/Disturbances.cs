namespace Squad.Simulation;

/// <summary>How ill one thing outside of the silos (the database, a node's sandbox engine) is at the moment.</summary>
internal sealed class Disturbances(SimulatedWorld world)
{
    private DateTimeOffset awayUntil;
    private DateTimeOffset fullUntil;
    private DateTimeOffset slowUntil;

    /// <summary>One of so many requests fails though nothing is wrong otherwise; 0 for none.</summary>
    public int FailsOneOf { get; set; }

    public bool IsAway => world.Now < awayUntil;

    public bool IsFull => world.Now < fullUntil;

    public void BeAway(TimeSpan duration) => awayUntil = world.Now + duration;

    public void BeFull(TimeSpan duration) => fullUntil = world.Now + duration;

    public void BeSlow(TimeSpan duration) => slowUntil = world.Now + duration;

    public void Heal()
    {
        awayUntil = fullUntil = slowUntil = default;
        FailsOneOf = 0;
    }

    public bool FailsNow() => FailsOneOf > 0 && world.Random.Next(FailsOneOf) == 0;

    /// <summary>How long one way of a request takes.</summary>
    public TimeSpan Latency() =>
        TimeSpan.FromMicroseconds(world.Random.Next(100, 3000)) * (world.Now < slowUntil ? world.Random.Next(20, 1000) : 1);
}
