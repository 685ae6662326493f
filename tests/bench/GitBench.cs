using System.Diagnostics;
using System.Globalization;
using Squad.Platform.Git;

namespace Squad.Bench;

/// <summary>
/// Clone and push of a 50 MB repository through Squad's smart HTTP, sign-in included, against nginx with <c>git http-backend</c> without sign-in, in alternating
/// rounds from the same machine. Squad checks what is pushed (fsck) and syncs it; http-backend as it comes does neither.
/// </summary>
internal sealed class GitBench : IBench
{
    private const int Commits = 2000;
    private const int BytesACommit = 25_000;
    private const int TransferRounds = 3;
    private const int SmallRounds = 9;

    public string Name => "git";

    public string About => $"git over HTTP, {Commits * BytesACommit / 1_000_000} MB in {Commits} commits, milliseconds (medians of {TransferRounds}, of {SmallRounds} for the small ones)";

    public async Task RunAsync(TextWriter output, IReadOnlyList<string> arguments, CancellationToken cancellation)
    {
        var directory = Directory.CreateTempSubdirectory("squad-bench-git-").FullName;
        try
        {
            await using var nginx = await NginxBackend.StartAsync(Path.Combine(directory, "nginx"), cancellation);
            if (nginx is null)
            {
                await output.WriteLineAsync("nginx, fcgiwrap or git http-backend is not installed: nothing to compare with.");
                return;
            }
            await using var squad = await GitBenchHost.StartAsync(Path.Combine(directory, "squad"));
            var source = await MakeSourceAsync(directory, cancellation);
            await squad.ImportAsync("big", source, cancellation);
            await GitAsync(nginx.Root, cancellation, "clone", "-q", "--bare", squad.PathOf("big"), "big.git");
            await GitAsync(Path.Combine(nginx.Root, "big.git"), cancellation, "repack", "-q", "-a", "-d", "-b");

            await output.WriteLineAsync("| what | nginx + http-backend | Squad | ratio |");
            await output.WriteLineAsync("|---|---:|---:|---:|");
            await CompareAsync("list refs", SmallRounds, (url, i) => GitAsync(directory, cancellation, "ls-remote", "-q", $"{url}/big.git"));
            await CompareAsync("fetch of one commit", SmallRounds, (url, i) => FreshAsync(directory, "one.git", into => GitAsync(directory, cancellation, "clone", "-q", "--bare", "--depth=1", $"{url}/big.git", into)));
            await CompareAsync("clone", TransferRounds, (url, i) => FreshAsync(directory, "copy.git", into => GitAsync(directory, cancellation, "clone", "-q", "--bare", $"{url}/big.git", into)));
            var pushes = Enumerable.Range(0, TransferRounds).Select(i => $"push{i}").ToList();
            foreach (var name in pushes)
            {
                await squad.CreateAsync(name, cancellation);
                await GitAsync(nginx.Root, cancellation, "init", "-q", "--bare", $"{name}.git");
                await GitAsync(Path.Combine(nginx.Root, $"{name}.git"), cancellation, "config", "http.receivepack", "true");
            }
            await CompareAsync("push", TransferRounds, (url, i) => GitAsync(source, cancellation, "push", "-q", $"{url}/{pushes[i]}.git", "main"));

            async Task CompareAsync(string what, int rounds, Func<string, int, Task> run)
            {
                List<double> theirs = [], ours = [];
                for (var i = 0; i < rounds; i++)
                {
                    theirs.Add(await TimeAsync(() => run(nginx.Url, i)));
                    ours.Add(await TimeAsync(() => run(squad.Url, i)));
                }
                await output.WriteLineAsync(string.Create(
                    CultureInfo.InvariantCulture, $"| {what} | {Median(theirs):0} | {Median(ours):0} | {Median(ours) / Median(theirs):0.00} |"));
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task<double> TimeAsync(Func<Task> run)
    {
        var watch = Stopwatch.StartNew();
        await run();
        return watch.Elapsed.TotalMilliseconds;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static async Task FreshAsync(string directory, string name, Func<string, Task> run)
    {
        var path = Path.Combine(directory, name);
        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);
        await run(path);
    }

    /// <summary>A bare repository of random files, which neither compress nor make deltas: the bytes are what is measured.</summary>
    private static async Task<string> MakeSourceAsync(string directory, CancellationToken cancellation)
    {
        var path = Path.Combine(directory, "source.git");
        await GitAsync(directory, cancellation, "init", "-q", "--bare", "-b", "main", path);
        var random = new Random(1);
        var bytes = new byte[BytesACommit];
        await GitAsync(path, ["fast-import", "--quiet"], async input =>
        {
            for (var i = 0; i < Commits; i++)
            {
                random.NextBytes(bytes);
                await input.WriteAsync(System.Text.Encoding.ASCII.GetBytes(
                    $"commit refs/heads/main\ncommitter Bench <bench@example.org> {1_700_000_000 + i} +0000\ndata 7\nCommit\n\nM 100644 inline {i % 100}/{i}.bin\ndata {bytes.Length}\n"), cancellation);
                await input.WriteAsync(bytes, cancellation);
                input.WriteByte((byte)'\n');
            }
        }, cancellation);
        return path;
    }

    private static Task GitAsync(string directory, CancellationToken cancellation, params string[] arguments) =>
        GitAsync(directory, arguments, _ => Task.CompletedTask, cancellation);

    private static async Task GitAsync(string directory, string[] arguments, Func<Stream, Task> feed, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo("git", arguments) { WorkingDirectory = directory, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["GIT_TERMINAL_PROMPT"] = "0";
        start.Environment["GIT_CONFIG_NOSYSTEM"] = "1";
        start.Environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync(cancellation);
        var output = process.StandardOutput.ReadToEndAsync(cancellation);
        await feed(process.StandardInput.BaseStream);
        process.StandardInput.Close();
        await output;
        await process.WaitForExitAsync(cancellation);
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"git {arguments[0]} ended with {process.ExitCode}: {await error}");
    }
}
