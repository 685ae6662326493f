using System.Collections.Concurrent;

namespace Squad.Platform.Sandboxes;

/// <summary>
/// Turns a growing count of CPU time into percent of one CPU, between one sample of a sandbox and the one before it. A sandbox's first sample
/// takes two readings a tenth of a second apart. Thread-safe.
/// </summary>
internal sealed class CpuSampler(TimeProvider time)
{
    private static readonly TimeSpan FirstInterval = TimeSpan.FromMilliseconds(100);
    private readonly ConcurrentDictionary<string, Reading> last = new(StringComparer.Ordinal);

    /// <summary>Takes a reading (null: the sandbox does not run), and says how busy it was since the last one.</summary>
    public async Task<(TSample? Sample, double Percent)> SampleAsync<TSample>(
        string sandbox, Func<Task<TSample?>> read, Func<TSample, Reading> reading, CancellationToken cancellation)
        where TSample : class
    {
        if (await read() is not { } sample)
        {
            Forget(sandbox);
            return (null, 0);
        }
        var now = reading(sample);
        if (!last.TryGetValue(sandbox, out var before) || before.CpuSeconds > now.CpuSeconds || before.At >= now.At)
        {
            await Task.Delay(FirstInterval, time, cancellation);
            if (await read() is not { } second)
                return (null, 0);
            (before, sample, now) = (now, second, reading(second));
        }
        last[sandbox] = now;
        var elapsed = (now.At - before.At).TotalSeconds;
        return (sample, elapsed > 0 ? Math.Max(0, (now.CpuSeconds - before.CpuSeconds) / elapsed * 100) : 0);
    }

    public void Forget(string sandbox) => last.TryRemove(sandbox, out _);

    public readonly record struct Reading(DateTimeOffset At, double CpuSeconds);
}
