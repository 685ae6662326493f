using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Squad.Platform.Git;

namespace Squad.Platform.Tests.Git;

/// <summary>Repositories in a directory of their own, and git to make sources with.</summary>
public sealed class GitHouse : IDisposable
{
    public GitHouse(Action<GitOptions>? configure = null)
    {
        Root = Directory.CreateTempSubdirectory("squad-git-").FullName;
        Options.DataDirectory = Path.Combine(Root, "data");
        Options.Directory = Path.Combine(Options.DataDirectory, "repositories");
        configure?.Invoke(Options);
        var options = Microsoft.Extensions.Options.Options.Create(Options);
        var command = new GitCommand(new GitEnvironment(options), options, TimeProvider.System);
        Command = command;
        Repositories = new GitRepositories(command, options, TimeProvider.System, NullLogger<GitRepositories>.Instance);
        Import = new GitImport(Repositories, command, options, TimeProvider.System, NullLogger<GitImport>.Instance);
        Maintenance = new GitMaintenance(Repositories, command, options, NullLogger<GitMaintenance>.Instance);
    }

    public string Root { get; }

    public GitOptions Options { get; } = new();

    public GitCommand Command { get; }

    public GitRepositories Repositories { get; }

    public GitImport Import { get; }

    public GitMaintenance Maintenance { get; }

    public static RepositoryName Name(string name = "project") => RepositoryName.Parse("admin", name).Value!;

    /// <summary>A work tree beside the data directory with one commit on each of the branches.</summary>
    public string NewSource(params string[] branches)
    {
        var path = Directory.CreateDirectory(Path.Combine(Root, "source")).FullName;
        Run(path, "init", "-q", "-b", branches[0]);
        foreach (var branch in branches)
        {
            if (branch != branches[0])
                Run(path, "checkout", "-q", "-b", branch);
            Run(path, "commit", "-q", "--allow-empty", "-m", $"On {branch}");
        }
        Run(path, "checkout", "-q", branches[0]);
        return path;
    }

    public static string Run(string directory, params string[] arguments)
    {
        var start = new ProcessStartInfo("git", ["-c", "user.name=Tester", "-c", "user.email=tester@example.org", .. arguments])
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
        start.Environment["GIT_CONFIG_NOSYSTEM"] = "1";
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, error.GetAwaiter().GetResult());
        return output.Trim();
    }

    public void Dispose()
    {
        Maintenance.Dispose();
        Directory.Delete(Root, recursive: true);
    }
}
