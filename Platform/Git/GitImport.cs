using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Squad.Platform.Git;

/// <summary>How far an import is.</summary>
/// <param name="Phase">What git calls it, e.g. <c>Receiving objects</c>.</param>
/// <param name="Percent">0 to 100 of this phase.</param>
public sealed record GitProgress(string Phase, int Percent);

/// <summary>Brings a repository in from elsewhere. Any number at once; an import is there whole or not at all.</summary>
public sealed partial class GitImport(GitRepositories repositories, GitCommand git, IOptions<GitOptions> options, TimeProvider time, ILogger<GitImport> log)
{
    private static readonly TimeSpan s_sizeCheck = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Copies branches and tags of <paramref name="source"/> into the new repository <paramref name="name"/>. Nothing of the source's configuration,
    /// hooks, credentials or other refs comes along. Cancelling leaves nothing behind.
    /// </summary>
    public async Task<Result> RunAsync(RepositoryName name, ImportSource source, IProgress<GitProgress>? progress = null, CancellationToken cancellation = default)
    {
        if (repositories.Exists(name))
            return GitErrors.Exists(name);
        var incoming = repositories.NewDirectory("incoming");
        try
        {
            var result = await CloneAsync(source, incoming, progress, cancellation);
            if (result.IsOk)
                result = await TidyAsync(incoming, cancellation);
            if (result.IsOk)
                result = repositories.Place(incoming, name);
            if (!result.IsOk)
            {
                log.ImportFailed(name, result.Error.Message);
                return result;
            }
            await repositories.AdoptDefaultBranchAsync(name, cancellation);
            var bytes = GitRepositories.Size(repositories.PathOf(name));
            log.Imported(name, bytes);
            return Result.Ok;
        }
        finally
        {
            repositories.Remove(incoming);
        }
    }

    private async Task<Result> CloneAsync(ImportSource source, string incoming, IProgress<GitProgress>? progress, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var watching = WatchSizeAsync(incoming, stop);
        var start = new GitStart
        {
            Variables = [new("GIT_ALLOW_PROTOCOL", source.Protocols)],
            OnErrorText = progress is null ? null : text => Report(text, progress),
        };
        try
        {
            // --no-local: a local source goes through the same checks as a remote one, and its alternates and hard links stay out.
            var cloned = await git.RunAsync(
                ["clone", "--mirror", "--no-local", "--template=", "--progress", "--", source.Address, incoming],
                start,
                timeout: options.Value.ImportTimeout,
                cancellation: stop.Token);
            return cloned.IsOk ? Result.Ok : GitErrors.ImportFailed($"The import failed: {GitText.Failure(cloned.Error, incoming)}");
        }
        catch (TimeoutException)
        {
            return GitErrors.ImportTimeout(options.Value.ImportTimeout);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return GitErrors.ImportTooLarge(options.Value.ImportBytesMax);
        }
        finally
        {
            await stop.CancelAsync();
            await watching;
        }
    }

    /// <summary>Stops a clone that grows over the limit: git itself has no limit for what it fetches.</summary>
    private async Task WatchSizeAsync(string directory, CancellationTokenSource stop)
    {
        if (options.Value.ImportBytesMax == 0)
            return;
        using var timer = new PeriodicTimer(s_sizeCheck, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stop.Token))
                if (GitRepositories.Size(directory) > options.Value.ImportBytesMax)
                    await stop.CancelAsync();
        }
        catch (OperationCanceledException)
        {
            // The clone ended, one way or the other.
        }
    }

    /// <summary>Leaves branches and tags, drops what else a mirror brought (pull requests, notes of other houses), and the remote with its URL.</summary>
    private async Task<Result> TidyAsync(string incoming, CancellationToken cancellation)
    {
        if (options.Value.ImportBytesMax > 0 && GitRepositories.Size(incoming) > options.Value.ImportBytesMax)
            return GitErrors.ImportTooLarge(options.Value.ImportBytesMax);
        var at = $"--git-dir={incoming}";
        var listed = await git.RunAsync([at, "for-each-ref", "--format=%(refname)"], cancellation: cancellation);
        var odd = listed.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(name => !name.StartsWith("refs/heads/", StringComparison.Ordinal) && !name.StartsWith("refs/tags/", StringComparison.Ordinal));
        var commands = string.Concat(odd.Select(name => $"delete {name}\0\0"));
        var deleted = commands.Length == 0
            ? listed
            : await git.RunAsync([at, "update-ref", "-z", "--stdin"], input: commands, cancellation: cancellation);
        var forgotten = await git.RunAsync([at, "config", "--remove-section", "remote.origin"], cancellation: cancellation);
        foreach (var step in new[] { listed, deleted, forgotten })
            if (!step.IsOk)
                return GitErrors.Failed("finish the import", GitText.Failure(step.Error, incoming));
        return Result.Ok;
    }

    // Receiving objects:  45% (4500/10000), 12.00 MiB | 5.00 MiB/s
    private static void Report(string text, IProgress<GitProgress> progress)
    {
        foreach (Match match in Progress().Matches(text))
            progress.Report(new GitProgress(match.Groups[1].Value, int.Parse(match.Groups[2].ValueSpan, System.Globalization.CultureInfo.InvariantCulture)));
    }

    [GeneratedRegex(@"(?:remote: )?([A-Z][a-z]+(?: [a-z]+)*):\s+(\d{1,3})%", RegexOptions.CultureInvariant)]
    private static partial Regex Progress();
}
