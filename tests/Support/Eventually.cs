using System.Diagnostics;

namespace Squad.Tests.Support;

/// <summary>Waits for what another process does and gives no event for. A failure says what did not happen.</summary>
public static class Eventually
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(50);

    public static async Task Async(string what, TimeSpan patience, Func<Task<bool>> happened)
    {
        var clock = Stopwatch.StartNew();
        while (!await happened())
        {
            if (clock.Elapsed > patience)
                throw new TimeoutException($"Within {patience.TotalSeconds:0} s it did not happen that {what}.");
            await Task.Delay(LookEvery);
        }
    }
}
