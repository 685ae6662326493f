using System.Globalization;
using Orleans.Runtime;

namespace Orleans.Simulation;

/// <summary>
/// What happened, as one number that two runs share only if every step was the same, and on demand as text: the last steps, for a
/// person who looks into a failing seed.
/// </summary>
internal sealed class Trace
{
    private readonly Queue<string> _recent = new();

    public ulong Hash { get; private set; } = 14695981039346656037;
    public long Steps { get; private set; }

    /// <summary>How many of the last steps are kept as text. Default: 0.</summary>
    public int Kept { get; set; }
    public IEnumerable<string> Recent => _recent;

    /// <summary>Mixes a value into the hash: for what a scenario wants compared too.</summary>
    public void Add(ulong value) => Hash = unchecked(ulong.RotateLeft(Hash ^ value, 29) * 1099511628211);

    public void Add(in Step step, long now, int ready)
    {
        Steps++;
        Add(unchecked(((ulong)step.Label << 32) | ((ulong)(uint)step.Process.Number << 16) | ((ulong)step.Kind << 8)));
        Add(unchecked(((ulong)now << 12) + (ulong)ready));
        if (Kept == 0) return;
        if (_recent.Count == Kept) _recent.Dequeue();
        _recent.Enqueue(string.Create(CultureInfo.InvariantCulture,
            $"{Steps} {TimeSpan.FromTicks(now)} {step.Process.Name} {step.Kind} {What(step)}"));
    }

    private static string What(in Step step) => step.Kind switch
    {
        StepKind.Turn => step.What is Activation activation ? activation.GrainId.ToString() : step.What.GetType().Name,
        StepKind.Answer or StepKind.Failure => ((Call)step.What).Info.ToString(),
        StepKind.Post => step.State?.GetType().Name ?? "",
        _ => step.What.ToString() ?? "",
    };
}
