using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Orleans.Tests;

/// <summary>What waits for the clock of a test. The rest goes by the real one on a runtime that has several.</summary>
[Flags]
internal enum ManualClocks
{
    None = 0,

    /// <summary>How long a caller waits for an answer.</summary>
    Calls = 1,
    Reminders = 2,

    /// <summary>Grain timers. On Microsoft Orleans also what pulls its streams: nothing comes through them then.</summary>
    Timers = 4,
}

/// <summary>Which Orleans the tests were compiled against, and what a test has to know of it.</summary>
internal static class RuntimeUnderTest
{
    public static bool IsEmbedded { get; } = typeof(Grain).Assembly.GetName().Name == "Orleans.Embedded";

    /// <summary>
    /// Puts what a test asks for under its clock. Microsoft Orleans has a clock for each of its concerns, and those of membership and its own services have to go
    /// on: a silo whose every clock stands still cannot even stop. It tells by the machine's own clock how long a message may live and an activation was idle,
    /// whatever clock it is given, so a test of these lets it have the real one.
    /// </summary>
    public static void UseTime(IServiceCollection services, TimeProvider time, ManualClocks clocks)
    {
        if (IsEmbedded) services.Replace(ServiceDescriptor.Singleton(time));
        if (clocks.HasFlag(ManualClocks.Calls)) services.AddKeyedSingleton("Orleans.Messaging", time);
        if (clocks.HasFlag(ManualClocks.Reminders)) services.AddKeyedSingleton("Orleans.Reminders", time);
        if (clocks.HasFlag(ManualClocks.Timers)) services.AddKeyedSingleton("Orleans.Grains", time);
    }
}
