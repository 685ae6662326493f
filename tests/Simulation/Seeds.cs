using System.Collections.Concurrent;

namespace Squad.Simulation;

/// <summary>Runs many seeds, each on one thread from its beginning to its end, on as many threads as there are processors.</summary>
internal static class Seeds
{
    public static IReadOnlyList<SimulationFailure> Run(int first, int count, Action<string>? listener, out long steps)
    {
        var failures = new ConcurrentBag<SimulationFailure>();
        var next = first - 1;
        var all = 0L;
        var threads = Enumerable.Range(0, Math.Min(count, Environment.ProcessorCount)).Select(_ => new Thread(Work)).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        steps = all;
        return [.. failures.OrderBy(failure => failure.Seed)];

        void Work()
        {
            while (Interlocked.Increment(ref next) is var seed && seed < first + count)
            {
                try
                {
                    Interlocked.Add(ref all, Seed.Run(seed, Worlds.Of(seed) with { Listener = listener }).Steps);
                }
                catch (SimulationFailure failure)
                {
                    failures.Add(failure);
                }
            }
        }
    }
}
