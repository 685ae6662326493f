namespace Squad.Simulation;

/// <summary>Which world a seed lives in.</summary>
internal static class Worlds
{
    public static SimulationOptions Of(int seed)
    {
        var random = new Random(seed);
        return new SimulationOptions
        {
            Nodes = random.Next(1, 4),
            Capacity = random.Next(1, 4),
            Users = random.Next(1, 4),
            SessionsPerUser = random.Next(2, 5),
            Quota = random.Next(1, 4),
            Faults = TimeSpan.FromSeconds(random.Next(20, 90)),
            LostAfter = TimeSpan.FromSeconds(random.Next(10, 75)),
        };
    }
}
