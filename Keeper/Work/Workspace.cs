using Squad.Keeper.Loop;

namespace Squad.Keeper.Work;

/// <summary>The clone that the engine works in.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Commit">What is checked out; null for an empty repository or none.</param>
/// <param name="Branch">The branch that is checked out; null without a repository.</param>
/// <param name="Base">What the diff is counted against; null without a repository.</param>
internal sealed record Workspace(string Path, string? Commit, string? Branch, string? Base);

/// <summary>Makes the workspace, or takes it over when this sandbox has run before.</summary>
internal sealed class WorkspaceMaker(Git git, string directory)
{
    /// <summary>What a repository without commits is compared with: git knows this tree without having it.</summary>
    private const string EmptyTree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

    private const string BaseFile = "squad-base";

    public async Task<(Workspace? Workspace, Failure? Failure)> MakeAsync(Spec spec, CancellationToken cancellation)
    {
        try
        {
            Directory.CreateDirectory(spec.Workspace);
            if (spec.Repository is null)
                return (new Workspace(spec.Workspace, null, null, null), null);
            // A clone that was cut short would look like a finished one. This file says that it is not.
            var cloning = Path.Combine(directory, "cloning");
            if (File.Exists(cloning))
                Empty(spec.Workspace);
            else if (Directory.Exists(Path.Combine(spec.Workspace, ".git")))
                return (await TakeOverAsync(spec, cancellation), null);
            File.WriteAllText(cloning, "");
            var made = await CloneAsync(spec, cancellation);
            if (made.Workspace is not null)
                File.Delete(cloning);
            return made;
        }
        catch (Exception broken) when (broken is IOException or UnauthorizedAccessException)
        {
            return (null, Failed(broken.Message));
        }
    }

    private async Task<(Workspace? Workspace, Failure? Failure)> CloneAsync(Spec spec, CancellationToken cancellation)
    {
        if (!Directory.Exists(spec.Repository))
            return (null, Failed($"The repository {spec.Repository} is not there."));
        var clone = await git.RunAsync(
            spec.Workspace, cancellation,
            "clone", "--quiet", "--no-checkout", "--no-hardlinks",
            "--config", "user.name=" + spec.AuthorName, "--config", "user.email=" + spec.AuthorEmail,
            "--", spec.Repository!, spec.Workspace);
        if (!clone.Succeeded)
            return (null, Failed("The repository could not be cloned: " + clone.Error.Trim()));
        var (commit, failure) = await ResolveAsync(spec, cancellation);
        if (failure is not null)
            return (null, failure);
        var checkout = commit is null
            ? await git.RunAsync(spec.Workspace, cancellation, "symbolic-ref", "HEAD", "refs/heads/" + spec.Branch)
            : await git.RunAsync(spec.Workspace, cancellation, "checkout", "--quiet", "--no-track", "-B", spec.Branch!, commit, "--");
        if (!checkout.Succeeded)
            return (null, Failed($"Branch {spec.Branch} could not be made: {checkout.Error.Trim()}"));
        var against = commit ?? EmptyTree;
        File.WriteAllText(Path.Combine(spec.Workspace, ".git", BaseFile), against);
        return (new Workspace(spec.Workspace, commit, spec.Branch, against), null);
    }

    /// <summary>The commit that the base names: a branch before a tag before a commit. None, and no failure, when the repository has no commits.</summary>
    private async Task<(string? Commit, Failure? Failure)> ResolveAsync(Spec spec, CancellationToken cancellation)
    {
        string[] candidates = spec.Base is { } name
            ? [$"refs/remotes/origin/{name}", $"refs/tags/{name}", name]
            : ["refs/remotes/origin/HEAD"];
        foreach (var candidate in candidates)
        {
            // A plain name could mean a local branch that clone made, or an option: only hexadecimal is a commit.
            if (candidate == spec.Base && !IsCommitName(candidate))
                continue;
            var found = await git.RunAsync(spec.Workspace, cancellation, "rev-parse", "--verify", "--quiet", "--end-of-options", candidate + "^{commit}");
            if (found.Succeeded)
                return (found.Output.Trim(), null);
        }
        var refs = await git.RunAsync(
            spec.Workspace, cancellation, "for-each-ref", "--count=200", "--format=%(refname:lstrip=3)", "refs/remotes/origin");
        var branches = refs.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(branch => branch != "HEAD").ToList();
        if (branches.Count == 0)
            return (null, null);
        var wanted = spec.Base is null ? "The repository's HEAD names a branch that does not exist" : $"There is no branch, tag or commit '{spec.Base}'";
        return (null, new Failure("workspace.branchNotFound", $"{wanted}; the branches are: {string.Join(", ", branches.Take(20))}{(branches.Count > 20 ? ", ..." : "")}.", Failure.WorkspaceFailed));
    }

    private async Task<Workspace> TakeOverAsync(Spec spec, CancellationToken cancellation)
    {
        var commit = await git.RunAsync(spec.Workspace, cancellation, "rev-parse", "--verify", "--quiet", "HEAD");
        var branch = await git.RunAsync(spec.Workspace, cancellation, "symbolic-ref", "--quiet", "--short", "HEAD");
        var baseFile = Path.Combine(spec.Workspace, ".git", BaseFile);
        var against = File.Exists(baseFile) ? File.ReadAllText(baseFile).Trim() : null;
        return new Workspace(
            spec.Workspace, commit.Succeeded ? commit.Output.Trim() : null, branch.Succeeded ? branch.Output.Trim() : null, against);
    }

    private static bool IsCommitName(string name) => name.Length is >= 4 and <= 64 && name.All(char.IsAsciiHexDigit);

    private static void Empty(string folder)
    {
        foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos())
        {
            if (entry is DirectoryInfo { LinkTarget: null } inner)
                inner.Delete(recursive: true);
            else
                entry.Delete();
        }
    }

    private static Failure Failed(string message) => new("workspace.failed", message, Failure.WorkspaceFailed);
}
