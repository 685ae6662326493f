using System.Diagnostics;
using System.Text;
using Squad.Platform.Sandboxes;
using Squad.Platform.Sandboxes.Keeper;

namespace Squad.Platform.Tests.Sandboxes;

/// <summary>The session image's own Keeper as process 1 of a sandbox with every restriction: that nothing it needs is forbidden to it.</summary>
public sealed class KeeperInDockerTests : IAsyncLifetime
{
    private DockerWorld? world;

    private DockerWorld World => world!;

    public async ValueTask InitializeAsync() => world = (DockerWorld)await DockerWorld.MakeAsync();

    public async ValueTask DisposeAsync()
    {
        if (world is not null)
            await world.DisposeAsync();
    }

    [Theory]
    [InlineData(KeeperMode.Pipe)]
    [InlineData(KeeperMode.Terminal)]
    public async Task A_session_is_cloned_run_and_told_to_its_end(KeeperMode mode)
    {
        var (lines, signals, exit) = await RunAsync("cat file; git rev-parse --abbrev-ref HEAD; echo \"$HOME $(id -u)\"; touch \"$HOME/kept\"; exit 7", mode);
        Assert.Contains("from the repository", lines);
        Assert.Contains("squad/probe", lines);
        Assert.Contains("/home/squad 1000", lines);
        Assert.Equal(["workspace.ready", "engine.started", "engine.exited"], signals.Select(signal => signal.Type).Where(type => type != "diff.changed"));
        Assert.Equal(7, signals[^1].Data.GetProperty("code").GetInt32());
        Assert.Equal(new SandboxExit(7, false), exit);
    }

    [Fact]
    public async Task The_image_has_the_tools_that_commands_begin_with()
    {
        var (lines, _, exit) = await RunAsync("for tool in make git curl jq rg patch unzip less ps tmux; do command -v $tool >/dev/null || { echo \"$tool is missing\"; exit 3; }; done", KeeperMode.Pipe);
        Assert.True(exit == new SandboxExit(0, false), lines);
    }

    [Fact]
    public async Task A_parked_Keeper_that_is_stopped_ends_within_its_grace()
    {
        using var engine = World.MakeWithKeeper();
        var spec = World.Spec("");
        SandboxDirectory.Create(spec.Directory);
        var sandbox = World.Track((await engine.CreateAsync(spec, World.Cancellation)).Value!);
        SandboxWorld.Must(await engine.StartAsync(sandbox, World.Cancellation));
        await using var keeper = (await KeeperConnection.ConnectAsync(spec.Directory, TimeSpan.FromSeconds(30), cancellation: World.Cancellation)).Value!;

        SandboxWorld.Must(await engine.StopAsync(sandbox, TimeSpan.FromSeconds(30), World.Cancellation));
        // 137 would say that it had to be killed.
        Assert.NotEqual(137, (await engine.WaitAsync(sandbox, World.Cancellation)).Value!.Code);
    }

    /// <summary>One sandbox from its making to its end: the lines of its events, those that mean something to the node, and how it ended.</summary>
    private async Task<(string Lines, List<KeeperSignal> Signals, SandboxExit? Exit)> RunAsync(string command, KeeperMode mode)
    {
        using var engine = World.MakeWithKeeper();
        var spec = World.Spec("") with { Repository = await RepositoryAsync() };
        var paths = engine.Paths(spec);
        SandboxDirectory.Create(spec.Directory, new KeeperSpec
        {
            Session = "s",
            Workspace = paths.Workspace,
            Repository = paths.Repository,
            Branch = "squad/probe",
            Command = command,
            Mode = mode,
        });
        var sandbox = World.Track((await engine.CreateAsync(spec, World.Cancellation)).Value!);
        SandboxWorld.Must(await engine.StartAsync(sandbox, World.Cancellation));

        await using var keeper = (await KeeperConnection.ConnectAsync(spec.Directory, TimeSpan.FromSeconds(30), cancellation: World.Cancellation)).Value!;
        Assert.True((await keeper.AttachAsync(0, World.Cancellation)).IsOk);
        var lines = new StringBuilder();
        var signals = new List<KeeperSignal>();
        while (await keeper.ReadBatchAsync(World.Cancellation) is { } batch)
        {
            lines.Append(Encoding.UTF8.GetString(batch.Lines.Span));
            signals.AddRange(batch.Signals);
            await keeper.AckAsync(batch.Last, World.Cancellation);
        }

        return (lines.ToString(), signals, (await engine.WaitAsync(sandbox, World.Cancellation)).Value);
    }

    private async Task<string> RepositoryAsync()
    {
        var repository = Path.Combine(World.Root, "repository.git");
        var tree = Path.Combine(World.Root, "tree");
        await GitAsync("init", "-q", "-b", "main", tree);
        await File.WriteAllTextAsync(Path.Combine(tree, "file"), "from the repository\n", World.Cancellation);
        await GitAsync("-C", tree, "add", "file");
        await GitAsync("-C", tree, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "one");
        await GitAsync("clone", "-q", "--bare", tree, repository);
        return repository;
    }

    private async Task GitAsync(params string[] arguments)
    {
        using var git = Process.Start("git", arguments);
        await git.WaitForExitAsync(World.Cancellation);
        Assert.Equal(0, git.ExitCode);
    }
}
