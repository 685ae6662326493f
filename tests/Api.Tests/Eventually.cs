using System.Diagnostics;

namespace Squad.Api.Tests;

/// <summary>Waits for what another process does, which gives no event: looks again and again, and says what did not happen.</summary>
internal static class Eventually
{
    public static async Task True(Func<bool> condition, string what, int seconds = 20)
    {
        var watch = Stopwatch.StartNew();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!condition())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(seconds), $"It did not happen within {seconds} s that {what}.");
            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }
}
