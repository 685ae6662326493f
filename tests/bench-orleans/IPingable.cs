namespace Squad.Bench.Orleans;

/// <summary>What is measured, whatever stands behind it.</summary>
internal interface IPingable
{
    Task<int> Ping(int number);

    /// <summary>Calls another one, one call after another.</summary>
    /// <returns>Nanoseconds a call, of each block of calls.</returns>
    Task<double[]> PingOther(long other, int blocks, int callsABlock);
}
