using System.Diagnostics;
using System.Globalization;
using Squad.Bench.Sessions;
using Squad.Tests.Support;

namespace Squad.Bench;

/// <summary>
/// The embedded Orleans beside the packages of Microsoft Orleans (where that build was made: <c>make build RUNTIME=Packages</c>) and an actor made by hand over a channel. Each measures
/// itself in processes of its own, in turns.
/// </summary>
internal sealed class OrleansBench : IBench
{
    private const int Rounds = 3;
    private const int StartsARound = 3;

    private static readonly (string Name, string Of, string Format)[] Figures =
    [
        ("outside-ns", "one call after another, from outside of grains, p50 ns", "#,0"),
        ("inside-ns", "one call after another, from grain to grain, p50 ns", "#,0"),
        ("call-bytes", "bytes allocated a call", "#,0"),
        ("calls-100", "calls/s over 100 grains, 10 in flight to each", "#,0"),
        ("share-100", "of these the least served grain got, of the mean", "0.00"),
        ("calls-10000", "calls/s over 10,000 grains, 10 in flight to each", "#,0"),
        ("share-10000", "of these the least served grain got, of the mean", "0.00"),
        ("idle-bytes", "bytes an idle activation without state", "#,0"),
        ("start-ms", "process start to first reply, ms", "#,0"),
        ("start-mb", "resident memory then, MB", "#,0"),
    ];

    public string Name => "orleans";

    public string About =>
        "calls, activations and start of the embedded Orleans, beside Microsoft Orleans and a channel (goals: p50 1 us, 300 bytes a call, 1,500,000 calls/s over 100 grains, 2 KB an idle activation, first reply within 300 ms in 50 MB)";

    public async Task RunAsync(TextWriter output, IReadOnlyList<string> arguments, CancellationToken cancellation)
    {
        var contestants = new List<Contestant>
        {
            new("embedded", Program("bin"), "silo"),
            new("Microsoft Orleans", Program("bin/packages"), "silo"),
            new("channel", Program("bin"), "channel"),
        };
        contestants.RemoveAll(contestant => !File.Exists(contestant.Program));
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var contestant in contestants)
            {
                await contestant.RunAsync("measure", cancellation);
                for (var start = 0; start < StartsARound; start++)
                    await contestant.RunAsync("start", cancellation);
            }
        }

        var first = contestants[0];
        await output.WriteLineAsync($"| median of {Rounds} | {string.Join(" | ", contestants.Select(c => c == first ? c.Name : $"{c.Name} | of it"))} |");
        await output.WriteLineAsync($"|---|{string.Concat(contestants.Select(c => c == first ? "---:|" : "---:|---:|"))}");
        foreach (var (name, of, format) in Figures)
        {
            var cells = contestants.Select(c => c == first
                ? c.Median(name).ToString(format, CultureInfo.InvariantCulture)
                : string.Create(CultureInfo.InvariantCulture, $"{c.Median(name).ToString(format, CultureInfo.InvariantCulture)} | {first.Median(name) / c.Median(name):0.00}"));
            await output.WriteLineAsync($"| {of} | {string.Join(" | ", cells)} |");
        }

        if (!contestants.Exists(c => c.Program.Contains("packages", StringComparison.Ordinal)))
            await output.WriteLineAsync("\nMicrosoft Orleans was not measured: its build is not there (make build RUNTIME=Packages).");
    }

    private static string Program(string bin) => Path.Combine(Checkout.Root, "tests", "bench-orleans", bin, Checkout.Configuration, "net10.0", "Squad.Bench.Orleans");

    private sealed class Contestant(string name, string program, string kind)
    {
        private readonly Dictionary<string, List<double>> figures = [];

        public string Name => name;

        public string Program => program;

        public double Median(string figure) => StartBench.Median(figures[figure]);

        public async Task RunAsync(string what, CancellationToken cancellation)
        {
            using var process = Process.Start(new ProcessStartInfo(program, [kind, what]) { RedirectStandardOutput = true })!;
            var printed = await process.StandardOutput.ReadToEndAsync(cancellation);
            await process.WaitForExitAsync(cancellation);
            if (process.ExitCode != 0)
                throw new InvalidOperationException($"{program} {kind} {what} ended with {process.ExitCode}:\n{printed}");
            foreach (var words in printed.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')))
            {
                if (!figures.TryGetValue(words[0], out var values))
                    figures[words[0]] = values = [];
                values.Add(double.Parse(words[1], CultureInfo.InvariantCulture));
            }
        }
    }
}
