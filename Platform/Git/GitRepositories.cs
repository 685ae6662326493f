using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Squad.Platform.Git;

/// <summary>A branch of a repository.</summary>
/// <param name="Name">Without <c>refs/heads/</c>.</param>
/// <param name="Commit">The full id of its newest commit.</param>
/// <param name="Default">Whether it is what a clone checks out.</param>
public sealed record GitBranch(string Name, string Commit, bool Default, DateTimeOffset CommittedAt, string Subject);

/// <summary>What a repository is, seen from outside.</summary>
/// <param name="DefaultBranch">What HEAD names, whether or not that branch has a commit yet.</param>
/// <param name="Empty">It has no branch.</param>
/// <param name="Bytes">Its size on disk.</param>
public sealed record GitRepositoryInfo(string DefaultBranch, bool Empty, long Bytes);

/// <summary>
/// The bare repositories of the data directory, through the <c>git</c> program. Safe to use from several threads; creating and
/// deleting are atomic (a repository is there whole or not at all). It knows nothing of users: the caller has decided.
/// </summary>
public sealed class GitRepositories(GitCommand git, IOptions<GitOptions> options, TimeProvider time, ILogger<GitRepositories> log)
{
    /// <summary>What a new repository's HEAD names.</summary>
    public const string MainBranch = "main";

    private readonly string _root = Path.GetFullPath(options.Value.Directory);

    /// <summary>Where a repository lives or would live: <c>&lt;data&gt;/repositories/owner/name.git</c>, in lower case.</summary>
    public string PathOf(RepositoryName name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Path.Combine(_root, name.Owner.ToLowerInvariant(), name.Name.ToLowerInvariant() + ".git");
    }

    public bool Exists(RepositoryName name) => File.Exists(Path.Combine(PathOf(name), "HEAD"));

    /// <summary>Creates an empty repository. <c>repo.exists</c> when there is one.</summary>
    public async Task<Result> CreateAsync(RepositoryName name, CancellationToken cancellation = default)
    {
        if (Exists(name))
            return GitErrors.Exists(name);
        var incoming = NewDirectory("incoming");
        try
        {
            var made = await git.RunAsync(["init", "--quiet", "--bare", "--template=", $"--initial-branch={MainBranch}", "--", incoming], cancellation: cancellation);
            return made.IsOk ? Place(incoming, name) : GitErrors.Failed("create the repository", GitText.Failure(made.Error, incoming));
        }
        finally
        {
            Remove(incoming);
        }
    }

    /// <summary>Deletes a repository. Idempotent. Whoever reads it at the moment may fail.</summary>
    public Task DeleteAsync(RepositoryName name, CancellationToken cancellation = default)
    {
        var path = PathOf(name);
        return Task.Run(
            () =>
            {
                if (!Directory.Exists(path))
                    return;
                var trash = NewDirectory("trash");
                Directory.Move(path, trash);
                Remove(trash);
            },
            cancellation);
    }

    /// <summary>All branches, the default one first, the others by name.</summary>
    public async Task<Result<IReadOnlyList<GitBranch>>> BranchesAsync(RepositoryName name, CancellationToken cancellation = default)
    {
        if (!Exists(name))
            return GitErrors.NotFound(name);
        // One line a branch: refs/heads/main\09fceb02…\01763776000\0The subject
        var listed = await git.RunAsync(
            [At(name), "for-each-ref", "--format=%(refname)%00%(objectname)%00%(committerdate:unix)%00%(HEAD)%00%(contents:subject)", "refs/heads/"],
            cancellation: cancellation);
        if (!listed.IsOk)
            return GitErrors.Failed("list the branches", GitText.Failure(listed.Error, PathOf(name)));
        var branches = listed.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Branch).ToList();
        branches.Sort((a, b) => a.Default != b.Default ? (a.Default ? -1 : 1) : string.CompareOrdinal(a.Name, b.Name));
        return branches;

        static GitBranch Branch(string line)
        {
            var parts = line.Split('\0', 5);
            var seconds = long.TryParse(parts[2], CultureInfo.InvariantCulture, out var found) ? found : 0;
            return new(parts[0]["refs/heads/".Length..], parts[1], parts[3] == "*", DateTimeOffset.FromUnixTimeSeconds(seconds), parts[4]);
        }
    }

    /// <summary>The default branch's name, whether it is empty, and its size.</summary>
    public async Task<Result<GitRepositoryInfo>> InfoAsync(RepositoryName name, CancellationToken cancellation = default)
    {
        if (!Exists(name))
            return GitErrors.NotFound(name);
        var first = await git.RunAsync([At(name), "for-each-ref", "--count=1", "--format=%(refname)", "refs/heads/"], cancellation: cancellation);
        if (!first.IsOk)
            return GitErrors.Failed("read the repository", GitText.Failure(first.Error, PathOf(name)));
        return new GitRepositoryInfo(await HeadAsync(name, cancellation), first.Output.Length == 0, Size(PathOf(name)));
    }

    /// <summary>The commit that a branch, tag or commit id stands for; <c>repo.branch</c> if there is none.</summary>
    public async Task<Result<string>> ResolveAsync(RepositoryName name, string revision, CancellationToken cancellation = default)
    {
        if (!Exists(name))
            return GitErrors.NotFound(name);
        if (revision.Length is 0 or > 255 || revision.Any(char.IsControl))
            return GitErrors.BranchNotFound(GitText.Clean(revision.Length > 80 ? revision[..80] : revision));
        var found = await git.RunAsync(
            [At(name), "rev-parse", "--verify", "--quiet", "--end-of-options", $"{revision}^{{commit}}"],
            cancellation: cancellation);
        // rev-parse of git 2.39 prints --end-of-options itself before the answer.
        var commit = found.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault();
        return found.IsOk && commit is not null ? (Result<string>)commit : GitErrors.BranchNotFound(revision);
    }

    /// <summary>Makes an existing branch the default one.</summary>
    public async Task<Result> SetDefaultBranchAsync(RepositoryName name, string branch, CancellationToken cancellation = default)
    {
        var branches = await BranchesAsync(name, cancellation);
        if (!branches.IsOk)
            return branches.Error;
        if (!branches.Value.Any(b => b.Name == branch))
            return GitErrors.BranchNotFound(branch);
        var set = await git.RunAsync([At(name), "symbolic-ref", "HEAD", $"refs/heads/{branch}"], cancellation: cancellation);
        return set.IsOk ? Result.Ok : GitErrors.Failed("set the default branch", GitText.Failure(set.Error, PathOf(name)));
    }

    /// <summary>
    /// After refs changed: when HEAD names no branch (the first push was to another one than <c>main</c>, or the default branch was deleted),
    /// it is made to name one, by preference main, master, or the only one. Idempotent.
    /// </summary>
    public async Task AdoptDefaultBranchAsync(RepositoryName name, CancellationToken cancellation = default)
    {
        var branches = await BranchesAsync(name, cancellation);
        if (!branches.IsOk || branches.Value.Count == 0 || branches.Value.Any(b => b.Default))
            return;
        var chosen = branches.Value.FirstOrDefault(b => b.Name is MainBranch)
            ?? branches.Value.FirstOrDefault(b => b.Name is "master")
            ?? branches.Value.OrderByDescending(b => b.CommittedAt).First();
        var set = await git.RunAsync([At(name), "symbolic-ref", "HEAD", $"refs/heads/{chosen.Name}"], cancellation: cancellation);
        if (set.IsOk)
            log.DefaultBranchAdopted(name, chosen.Name);
    }

    /// <summary>The arguments' beginning that makes git work on one repository and never look for another one above it.</summary>
    internal string At(RepositoryName name) => $"--git-dir={PathOf(name)}";

    /// <summary>A new, unused path beside the repositories; not created. Names with a leading dot are no owner's.</summary>
    internal string NewDirectory(string kind)
    {
        var parent = Path.Combine(_root, "." + kind);
        Directory.CreateDirectory(parent);
        return Path.Combine(parent, Guid.NewGuid().ToString("n"));
    }

    /// <summary>Moves a finished repository to where it belongs; of two at once, one gets <c>repo.exists</c>.</summary>
    internal Result Place(string incoming, RepositoryName name)
    {
        var path = PathOf(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        try
        {
            Directory.Move(incoming, path);
        }
        catch (IOException) when (Directory.Exists(path))
        {
            return GitErrors.Exists(name);
        }
        log.RepositoryCreated(name);
        return Result.Ok;
    }

    /// <summary>Removes what a crash left half-made; younger than <paramref name="age"/> it may be at work in another process.</summary>
    internal void RemoveLeftovers(TimeSpan age)
    {
        var before = time.GetUtcNow() - age;
        foreach (var kind in new[] { ".incoming", ".trash" })
        {
            var parent = new DirectoryInfo(Path.Combine(_root, kind));
            foreach (var left in parent.Exists ? parent.GetDirectories() : [])
                if (left.LastWriteTimeUtc < before)
                    Remove(left.FullName);
        }
    }

    internal void Remove(string directory)
    {
        try
        {
            if (Directory.Exists(directory))
                Directory.Delete(directory, recursive: true);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            log.LeftBehind(directory, problem);
        }
    }

    /// <summary>Bytes of all files below; files that vanish meanwhile (a running git's) do not count.</summary>
    internal static long Size(string directory)
    {
        var inside = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };
        long bytes = 0;
        try
        {
            foreach (var file in new DirectoryInfo(directory).EnumerateFiles("*", inside))
                bytes += file.Exists ? file.Length : 0;
        }
        catch (Exception problem) when (problem is FileNotFoundException or DirectoryNotFoundException)
        {
            return bytes;
        }
        return bytes;
    }

    private async Task<string> HeadAsync(RepositoryName name, CancellationToken cancellation)
    {
        var head = await git.RunAsync([At(name), "symbolic-ref", "--quiet", "HEAD"], cancellation: cancellation);
        var reference = head.Output.Trim();
        return reference.StartsWith("refs/heads/", StringComparison.Ordinal) ? reference["refs/heads/".Length..] : MainBranch;
    }
}
