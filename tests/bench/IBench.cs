namespace Squad.Bench;

/// <summary>One measurement: everything it compares is measured in the same run, and printed as a markdown table of medians and ratios.</summary>
internal interface IBench
{
    /// <summary>What to type to run it.</summary>
    string Name { get; }

    /// <summary>What it compares, in a line.</summary>
    string About { get; }

    Task RunAsync(TextWriter output, IReadOnlyList<string> arguments, CancellationToken cancellation);
}
