using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Orleans.Tests;

/// <summary>Which Orleans the tests were compiled against, and what a test has to know of it.</summary>
internal static class RuntimeUnderTest
{
    public static bool IsEmbedded { get; } = typeof(Grain).Assembly.GetName().Name == "Orleans.Embedded";

    /// <summary>
    /// Puts calls, collection and reminders under a clock, and timers if a test asks for it. Microsoft Orleans has a clock for each of its concerns, and those of
    /// membership and its own services have to go on: a silo whose every clock stands still cannot even stop. What pulls its streams waits on the clock of timers.
    /// </summary>
    public static void UseTime(IServiceCollection services, TimeProvider time, bool timers)
    {
        if (IsEmbedded) services.Replace(ServiceDescriptor.Singleton(time));
        foreach (var concern in (ReadOnlySpan<string>)["Orleans.Messaging", "Orleans.ActivationManagement", "Orleans.Reminders"]) services.AddKeyedSingleton(concern, time);
        if (timers) services.AddKeyedSingleton("Orleans.Grains", time);
    }
}
