using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Orleans.Tests;

/// <summary>Which Orleans the tests were compiled against, and what a test has to know of it.</summary>
internal static class RuntimeUnderTest
{
    public static bool IsEmbedded { get; } = typeof(Grain).Assembly.GetName().Name == "Orleans.Embedded";

    /// <summary>
    /// Puts calls, timers and collection under a clock. Microsoft Orleans has a clock for each of its concerns, and those of membership, streams and its own services
    /// have to go on: a silo whose every clock stands still cannot even stop.
    /// </summary>
    public static void UseTime(IServiceCollection services, TimeProvider time)
    {
        if (IsEmbedded) services.Replace(ServiceDescriptor.Singleton(time));
        foreach (var concern in (ReadOnlySpan<string>)["Orleans.Messaging", "Orleans.Grains", "Orleans.ActivationManagement", "Orleans.Reminders"]) services.AddKeyedSingleton(concern, time);
    }
}
