using System.Globalization;
using Orleans.Simulation;

namespace Squad.Simulation;

/// <summary>What happened, in words: the last lines of it, for whoever looks into a failing seed.</summary>
internal sealed class Story(SimulatedCluster cluster, Action<string>? listener)
{
    private const int Kept = 120;

    private readonly Queue<string> last = new(Kept);

    public void Add(string text)
    {
        var line = string.Create(CultureInfo.InvariantCulture, $"{cluster.Trace.Steps,7} {TimeSpan.FromTicks(cluster.Clock.Now):mm\\:ss\\.fff} {text}");
        if (last.Count == Kept)
            last.Dequeue();
        last.Enqueue(line);
        listener?.Invoke(line);
    }

    public override string ToString() => string.Join('\n', last);
}
