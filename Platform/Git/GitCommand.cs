using System.Text;
using Microsoft.Extensions.Options;

namespace Squad.Platform.Git;

/// <summary>What a finished git left behind.</summary>
/// <param name="Output">Standard output, at most <see cref="GitCommand.OutputBytesMax"/>.</param>
/// <param name="Error">The end of standard error, uncleaned.</param>
public sealed record GitOutcome(int ExitCode, string Output, string Error)
{
    public bool IsOk => ExitCode == 0;
}

/// <summary>Runs git to its end and collects what it prints. Stateless; any number at once.</summary>
public sealed class GitCommand(GitEnvironment environment, IOptions<GitOptions> options, TimeProvider time)
{
    /// <summary>More output than this is a bug of the caller.</summary>
    public const int OutputBytesMax = 64 << 20;

    /// <exception cref="TimeoutException">git took longer than <paramref name="timeout"/> (default: the option) and was ended.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; git was ended.</exception>
    public async Task<GitOutcome> RunAsync(
        IEnumerable<string> arguments,
        GitStart? how = null,
        string? input = null,
        TimeSpan? timeout = null,
        CancellationToken cancellation = default)
    {
        var limit = timeout ?? options.Value.CommandTimeout;
        using var late = new CancellationTokenSource(limit, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, late.Token);
        var list = arguments.ToArray();
        try
        {
            await using var git = GitProcess.Start(environment, list, how);
            var feeding = FeedAsync(git, input, stop.Token);
            var output = await ReadAsync(git.Output, stop.Token);
            await feeding;
            var code = await git.WaitAsync(stop.Token);
            return new GitOutcome(code, output, git.Error);
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new TimeoutException($"git {list.FirstOrDefault(a => !a.StartsWith('-'))} did not end within {limit}.");
        }
    }

    private static async Task FeedAsync(GitProcess git, string? input, CancellationToken cancellation)
    {
        try
        {
            if (input is not null)
                await git.Input.WriteAsync(Encoding.UTF8.GetBytes(input), cancellation);
            await git.Input.DisposeAsync();
        }
        catch (IOException)
        {
            // git ended without reading all of it; its exit code says why.
        }
    }

    private static async Task<string> ReadAsync(Stream output, CancellationToken cancellation)
    {
        using var collected = new MemoryStream();
        var buffer = new byte[16 * 1024];
        int count;
        while ((count = await output.ReadAsync(buffer, cancellation)) > 0)
        {
            collected.Write(buffer, 0, count);
            if (collected.Length > OutputBytesMax)
                throw new InvalidOperationException($"git printed more than {OutputBytesMax} bytes.");
        }
        return Encoding.UTF8.GetString(collected.GetBuffer(), 0, (int)collected.Length);
    }
}
