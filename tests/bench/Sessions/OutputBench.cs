using System.Diagnostics;
using System.Globalization;
using Squad.Tests.Support;

namespace Squad.Bench.Sessions;

/// <summary>
/// A flood of lines from a container through the durable log to a watcher, against <c>docker logs -f</c> of the same.
/// </summary>
internal sealed class OutputBench : IBench
{
    private const int Lines = 1_000_000;
    private static readonly string Flood = $"yes {new string('x', 199)} | head -n {Lines}";

    public string Name => "output";

    public string About => "1,000,000 lines of 200 bytes from a container to a watcher, against docker logs -f (goal: at least 4.5 times)";

    public async Task RunAsync(TextWriter output, IReadOnlyList<string> arguments, CancellationToken cancellation)
    {
        if (!Docker.IsThere)
        {
            await output.WriteLineAsync($"Not measured: there is no Docker daemon with the image {DockerRun.Image}.");
            return;
        }

        var rounds = arguments.Count > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 3;
        await using var server = await SquadServer.StartAsync("docker");
        using var user = await SquadUser.SignInAsync(server);
        var repo = await user.PushRepositoryAsync("bench");
        var (ours, bare) = (new List<double>(), new List<double>());
        for (var round = 0; round < rounds; round++)
        {
            ours.Add(Lines / await SessionAsync(user, repo, cancellation));
            bare.Add(Lines / await DockerLogsAsync(cancellation));
        }

        var (m, b) = (StartBench.Median(ours), StartBench.Median(bare));
        await output.WriteLineAsync("| what | lines/s | ratio |\n|---|---|---|");
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"| docker logs -f | {b:#,0} | 1 |\n| session to a watcher, through the log | {m:#,0} | {m / b:0.00} |"));
    }

    /// <summary>Seconds from the POST to the last line.</summary>
    private static async Task<double> SessionAsync(SquadUser user, string repo, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var id = await user.StartSessionAsync(repo, Flood);
        var count = 0;
        await Watcher.WatchAsync(user, id, _ => ++count < Lines, cancellation);
        var elapsed = clock.Elapsed.TotalSeconds;
        await user.SessionReachesAsync(id, "stopped");
        await user.SendAsync(HttpMethod.Delete, $"/v1/sessions/{id}");
        return elapsed;
    }

    /// <summary>Seconds from the run to the last line of <c>docker logs -f</c>.</summary>
    private static async Task<double> DockerLogsAsync(CancellationToken cancellation)
    {
        const string name = "squad-bench-logs";
        var clock = Stopwatch.StartNew();
        using (var run = DockerRun.Start(Flood, "--detach", "--name", name))
        {
            await run.WaitForExitAsync(cancellation);
            if (run.ExitCode != 0)
                throw new InvalidOperationException($"docker run ended with {run.ExitCode}. If a bench that was cut short left its container: docker rm --force {name}");
        }

        using (var logs = DockerRun.Docker("logs", "--follow", name))
        {
            var buffer = new byte[1 << 20];
            for (var count = 0; count < Lines;)
            {
                var got = await logs.StandardOutput.BaseStream.ReadAsync(buffer, cancellation);
                if (got == 0)
                    throw new InvalidOperationException($"docker logs ended after {count} lines.");
                count += buffer.AsSpan(0, got).Count((byte)'\n');
            }

            var elapsed = clock.Elapsed.TotalSeconds;
            await logs.WaitForExitAsync(cancellation);
            await Shell.MustAsync("/", "docker", "rm", "--force", name);
            return elapsed;
        }
    }
}
