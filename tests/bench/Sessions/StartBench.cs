using System.Diagnostics;
using System.Globalization;
using Squad.Tests.Support;

namespace Squad.Bench.Sessions;

/// <summary>How long until the first output of a new session is seen by a watcher, against a bare <c>docker run</c> of the same image and command. Rounds alternate.</summary>
internal sealed class StartBench : IBench
{
    private const string Command = "echo ready";

    public string Name => "start";

    public string About => "session start, cold: POST to the first engine.output seen by a watcher, against bare docker run to its first byte (goal: at most 1.5)";

    public async Task RunAsync(TextWriter output, IReadOnlyList<string> arguments, CancellationToken cancellation)
    {
        if (!Docker.IsThere)
        {
            await output.WriteLineAsync($"Not measured: there is no Docker daemon with the image {DockerRun.Image}.");
            return;
        }

        var rounds = arguments.Count > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 15;
        await using var server = await SquadServer.StartAsync("docker");
        using var user = await SquadUser.SignInAsync(server);
        var repo = await user.PushRepositoryAsync("bench");
        var (ours, bare) = (new List<double>(), new List<double>());
        for (var round = -2; round < rounds; round++)
        {
            var (session, run) = (await SessionAsync(user, repo, cancellation), await BareAsync(cancellation));
            if (round < 0)
                continue; // the first ones warm both up
            ours.Add(session);
            bare.Add(run);
        }

        await output.WriteLineAsync("| what | median ms | min | max | ratio |\n|---|---|---|---|---|");
        await output.WriteLineAsync(Row("docker run", bare, 1));
        await output.WriteLineAsync(Row("session", ours, Median(ours) / Median(bare)));
    }

    private static async Task<double> SessionAsync(SquadUser user, string repo, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var id = await user.StartSessionAsync(repo, Command);
        await Watcher.WatchAsync(user, id, _ => false, cancellation);
        var elapsed = clock.Elapsed.TotalMilliseconds;
        await user.SessionReachesAsync(id, "stopped");
        await user.SendAsync(HttpMethod.Delete, $"/v1/sessions/{id}");
        return elapsed;
    }

    private static async Task<double> BareAsync(CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        using var process = DockerRun.Start(Command, "--rm");
        await process.StandardOutput.BaseStream.ReadExactlyAsync(new byte[1], cancellation);
        var elapsed = clock.Elapsed.TotalMilliseconds;
        await process.WaitForExitAsync(cancellation);
        return elapsed;
    }

    internal static double Median(List<double> values)
    {
        var sorted = values.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }

    private static string Row(string what, List<double> ms, double ratio) =>
        string.Create(CultureInfo.InvariantCulture, $"| {what} | {Median(ms):0} | {ms.Min():0} | {ms.Max():0} | {ratio:0.00} |");
}
