using System.Globalization;
using Microsoft.Extensions.Options;
using Squad.Cluster;
using Squad.Platform.Git;
using Squad.Platform.Sandboxes;
using Squad.Platform.Sandboxes.Keeper;
using Squad.Sessions;

namespace Squad.Grains.Cluster;

/// <summary>What runners share: the engine, where directories are, and how a command becomes a sandbox.</summary>
public sealed class SandboxRunnerServices(
    ISandboxEngine engine, IKeepers keepers, GitRepositories repositories, IOptions<NodeOptions> options, IOptions<SandboxOptions> sandboxes, TimeProvider time)
{
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(30);

    public ISandboxEngine Engine => engine;

    public IKeepers Keepers => keepers;

    public TimeProvider Time => time;

    public TimeSpan KeeperPatience => options.Value.KeeperPatience;

    public TimeSpan UsageEvery => options.Value.UsageEvery;

    /// <summary>The directory that a session's Keeper and this node share.</summary>
    public string DirectoryOf(string sessionId) => Path.Combine(Path.GetFullPath(options.Value.RunDirectory), sessionId);

    public string ImageOf(RunSandbox command) => command.Image ?? sandboxes.Value.Image;

    /// <summary>Makes the shared directory with Keeper's spec in it. Errors: <c>repo.notFound</c>, <c>sandbox.diskFull</c>.</summary>
    public Result<SandboxSpec> Prepare(RunSandbox command)
    {
        var name = RepositoryName.Parse(command.Repo);
        if (!name.IsOk)
            return name.Error;
        if (!repositories.Exists(name.Value))
            return SquadError.NotFound("repo.notFound", $"The repository '{command.Repo}' is gone.");
        var directory = DirectoryOf(command.SessionId);
        var spec = new SandboxSpec
        {
            Name = command.SessionId,
            Image = ImageOf(command),
            Directory = directory,
            Repository = repositories.PathOf(name.Value),
            Labels = new Dictionary<string, string>
            {
                [SandboxLabels.Session] = command.SessionId,
                [SandboxLabels.Node] = options.Value.Name,
                [SandboxLabels.Attempt] = command.Attempt.ToString(CultureInfo.InvariantCulture),
            },
            Limits = LimitsOf(command.Limits, sandboxes.Value.Limits),
            Runtime = sandboxes.Value.Runtime,
        };
        try
        {
            // A directory of an earlier try that was cut short holds nothing that was seen.
            keepers.Prepare(directory, KeeperSpecOf(command, engine.Paths(spec)), engine.Isolates);
        }
        catch (IOException e)
        {
            return SquadError.Unavailable("sandbox.diskFull", $"The sandbox's directory cannot be written: {e.Message}");
        }

        return spec;
    }

    public void RemoveDirectory(string sessionId) => keepers.Remove(DirectoryOf(sessionId));

    /// <summary>Kills and removes whatever a session has on this machine.</summary>
    public async Task<Result> RemoveLeftoversAsync(string sessionId)
    {
        using var patience = new CancellationTokenSource(StopPatience, time);
        var listed = await engine.ListAsync(new Dictionary<string, string> { [SandboxLabels.Session] = sessionId }, patience.Token);
        if (!listed.IsOk)
            return listed.Error;
        // Of an ended session only the workspace is left, which goes by its name.
        foreach (var sandbox in (IEnumerable<SandboxRef>)[.. listed.Value.Select(s => s.Sandbox), new SandboxRef(sessionId, sessionId)])
        {
            var removed = await engine.RemoveAsync(sandbox, withWorkspace: true, patience.Token);
            if (!removed.IsOk)
                return removed.Error;
        }

        RemoveDirectory(sessionId);
        return Result.Ok;
    }

    private static KeeperSpec KeeperSpecOf(RunSandbox command, SandboxPaths paths) => new()
    {
        Session = command.SessionId,
        Workspace = paths.Workspace,
        Repository = paths.Repository,
        Base = command.Base,
        Branch = command.Branch,
        AuthorName = command.AuthorName,
        AuthorEmail = $"{command.AuthorName}@squad.invalid",
        Command = command.Command,
        Mode = command.Mode == EngineMode.Terminal ? KeeperMode.Terminal : KeeperMode.Pipe,
        Environment = EnvironmentOf(command, paths),
        Input = command.Prompt,
    };

    private static Dictionary<string, string> EnvironmentOf(RunSandbox command, SandboxPaths paths) => new(command.Environment)
    {
        ["HOME"] = command.Environment.GetValueOrDefault("HOME", paths.Home),
        ["SQUAD_SESSION"] = command.SessionId,
    };

    private static SandboxLimits LimitsOf(SessionLimits? asked, SandboxLimits defaults) => defaults with
    {
        MemoryBytes = asked?.MemoryBytes ?? defaults.MemoryBytes,
        Cpus = asked?.Cpus ?? defaults.Cpus,
        Pids = asked?.Pids ?? defaults.Pids,
    };
}
