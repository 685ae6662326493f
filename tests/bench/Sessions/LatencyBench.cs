using System.Globalization;
using Squad.Tests.Support;

namespace Squad.Bench.Sessions;

/// <summary>How long a line takes from the engine's print to a watcher, at 1,000 lines a second: through the terminal or pipe, Keeper's journal, the durable log and server-sent events.</summary>
internal sealed class LatencyBench : IBench
{
    private const int Lines = 5_000;

    // Prints its own clock a thousand times a second; the watcher compares it with the same clock.
    private static readonly string Paced =
        $"perl -MTime::HiRes=time,sleep -e '$|=1; $n=time; for (1..{Lines}) {{ printf \"%.6f\\n\", time; $n+=0.001; $d=$n-time; sleep $d if $d>0 }}'";

    public string Name => "latency";

    public string About => "from the engine's print to a watcher, at 1,000 lines/s, first line of a fresh session included (goal: p50 5 ms, p99 15 ms)";

    public async Task RunAsync(TextWriter output, IReadOnlyList<string> arguments, CancellationToken cancellation)
    {
        if (!Docker.IsThere)
        {
            await output.WriteLineAsync($"Not measured: there is no Docker daemon with the image {DockerRun.Image}.");
            return;
        }

        var rounds = arguments.Count > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 5;
        await using var server = await SquadServer.StartAsync("docker");
        using var user = await SquadUser.SignInAsync(server);
        var repo = await user.PushRepositoryAsync("bench");
        await output.WriteLineAsync("| session | p50 ms | p90 | p99 | max | later than 15 ms, of the first 500 lines | of the other 4,500 |\n|---|---|---|---|---|---|---|");
        for (var round = 1; round <= rounds; round++)
        {
            var late = await SessionAsync(user, repo, cancellation);
            var (first, rest) = (late.Take(500).Count(ms => ms > 15), late.Skip(500).Count(ms => ms > 15));
            late.Sort();
            double At(double share) => late[(int)Math.Min(late.Count - 1, late.Count * share)];
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"| {round} | {At(0.5):0.0} | {At(0.9):0.0} | {At(0.99):0.0} | {At(1):0.0} | {first} | {rest} |"));
        }
    }

    /// <summary>Milliseconds for each line.</summary>
    private static async Task<List<double>> SessionAsync(SquadUser user, string repo, CancellationToken cancellation)
    {
        var late = new List<double>(Lines);
        var id = await user.StartSessionAsync(repo, Paced);
        await Watcher.WatchAsync(
            user,
            id,
            line =>
            {
                var now = DateTimeOffset.UtcNow;
                late.Add((now - DateTimeOffset.UnixEpoch).TotalMilliseconds - (Watcher.NumberOf(line) * 1000));
                return late.Count < Lines;
            },
            cancellation);
        await user.SessionReachesAsync(id, "stopped");
        await user.SendAsync(HttpMethod.Delete, $"/v1/sessions/{id}");
        return late;
    }
}
