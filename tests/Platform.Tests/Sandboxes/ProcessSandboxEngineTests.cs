using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Squad.Platform.Sandboxes;
using Squad.Platform.Sandboxes.Processes;

namespace Squad.Platform.Tests.Sandboxes;

public sealed class ProcessSandboxEngineTests : SandboxEngineContract
{
    protected override ValueTask<SandboxWorld> MakeWorldAsync()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Skip("Process sandboxes need Linux.");
        return new(new ProcessWorld());
    }

    [Fact]
    public async Task Nothing_is_left_after_removal_of_processes_that_broke_away_or_of_files()
    {
        // One in the background, one in a session of its own, one that shed its environment as well.
        var spec = World.Spec("""
            sleep 3600 &
            setsid sleep 3600 &
            env -i setsid sleep 3600 &
            mkdir -p locked && touch locked/file && chmod 0500 locked
            echo ready
            wait
            """);
        var (sandbox, attachment) = await World.RunAsync(spec);
        await using var _ = attachment;
        var pids = Tree(sandbox);
        Assert.InRange(pids.Count, 5, 20);

        SandboxWorld.Must(await Engine.RemoveAsync(sandbox, withWorkspace: true, Cancellation));
        Assert.All(pids, process => Assert.False(ProcFs.Find(process.Pid) is { IsAlive: true } now && now.Start == process.Start));
        Assert.False(Directory.Exists(Path.GetDirectoryName(Engine.Paths(spec).Workspace)));
    }

    [Fact]
    public async Task What_a_program_leaves_behind_ends_with_the_stop()
    {
        var (sandbox, attachment) = await World.RunAsync(World.Spec("trap 'exit 0' TERM; setsid sleep 3600 & echo ready; while :; do wait; done"));
        await using var _ = attachment;
        var pids = Tree(sandbox);
        SandboxWorld.Must(await Engine.StopAsync(sandbox, TimeSpan.FromSeconds(30), Cancellation));

        Assert.Empty(Tree(sandbox));
        Assert.All(pids, process => Assert.False(ProcFs.Find(process.Pid) is { IsAlive: true } now && now.Start == process.Start));
        Assert.Equal(0, (await Engine.WaitAsync(sandbox, Cancellation)).Value!.Code);
    }

    [Fact]
    public async Task A_killed_wrapper_does_not_end_the_sandbox_and_only_the_exit_code_is_lost()
    {
        var (sandbox, attachment) = await World.RunAsync(World.Spec(Program.EndsWhenAsked));
        await using var _ = attachment;
        var wrapper = Observe(sandbox).Wrapper!;
        Assert.True(ProcessSignals.Send(wrapper, UnixSignal.Kill));
        await EndedAsync(wrapper);
        Assert.Equal(SandboxPhase.Running, (await World.StatusAsync(sandbox, World.Restarted()))!.Phase);

        SandboxWorld.Must(await Engine.StopAsync(sandbox, TimeSpan.FromSeconds(30), Cancellation));
        var status = await World.StatusAsync(sandbox);
        Assert.Equal(SandboxPhase.Exited, status!.Phase);
        Assert.Null(status.Exit!.Code);
        Assert.Empty(Tree(sandbox));
    }

    [Fact]
    public async Task A_stranger_that_got_the_pid_is_neither_taken_for_the_sandbox_nor_killed()
    {
        var (sandbox, attachment) = await World.RunAsync(World.Spec(Program.EndsWhenAsked));
        await attachment.DisposeAsync();
        SandboxWorld.Must(await Engine.StopAsync(sandbox, TimeSpan.FromSeconds(30), Cancellation));
        using var stranger = Process.Start(new ProcessStartInfo("sleep", "3600"))!;
        try
        {
            // As if the wrapper had had the pid that now is the stranger's: the same pid, another start.
            var files = Files(sandbox);
            var stat = (await File.ReadAllTextAsync($"/proc/{stranger.Id}/stat", Cancellation)).Split(' ');
            stat[21] = (ulong.Parse(stat[21], CultureInfo.InvariantCulture) - 1).ToString(CultureInfo.InvariantCulture);
            var boot = (await File.ReadAllLinesAsync(files.Started, Cancellation))[0];
            await File.WriteAllLinesAsync(files.Started, [boot, string.Join(' ', stat)], Cancellation);
            await File.WriteAllTextAsync(files.Keeper, string.Join(' ', stat), Cancellation);
            File.Delete(files.Exit);

            var status = await World.StatusAsync(sandbox, World.Restarted());
            Assert.Equal(SandboxPhase.Exited, status!.Phase);
            Assert.Null(status.Exit!.Code);
            SandboxWorld.Must(await Engine.StopAsync(sandbox, TimeSpan.Zero, Cancellation));
            SandboxWorld.Must(await Engine.RemoveAsync(sandbox, withWorkspace: true, Cancellation));
            Assert.False(stranger.HasExited);
        }
        finally
        {
            stranger.Kill();
        }
    }

    [Fact]
    public async Task After_a_reboot_nothing_runs_whatever_the_pids_say()
    {
        var (sandbox, attachment) = await World.RunAsync(World.Spec(Program.EndsWhenAsked));
        await using var _ = attachment;
        var files = Files(sandbox);
        var started = await File.ReadAllLinesAsync(files.Started, Cancellation);
        await File.WriteAllLinesAsync(files.Started, ["00000000-0000-0000-0000-000000000000", started[1]], Cancellation);

        Assert.Equal(SandboxPhase.Exited, (await World.StatusAsync(sandbox))!.Phase);
        await File.WriteAllLinesAsync(files.Started, started, Cancellation);
        Assert.Equal(SandboxPhase.Running, (await World.StatusAsync(sandbox))!.Phase);
    }

    [Fact]
    public async Task The_servers_environment_does_not_reach_the_sandbox()
    {
        Environment.SetEnvironmentVariable("SQUAD_TEST_SECRET", "hunter2");
        var spec = World.Spec("env; pwd; tty || true");
        var (_, output) = await World.OutputAsync(spec with
        {
            Environment = new Dictionary<string, string>(spec.Environment) { ["GIVEN"] = "yes" },
        });

        Assert.DoesNotContain("hunter2", output);
        Assert.Contains("GIVEN=yes", output);
        Assert.Contains($"HOME={Engine.Paths(spec).Home}\n", output);
        Assert.Contains($"\n{Engine.Paths(spec).Workspace}\n", output);
        var names = output.Split('\n').Where(line => line.Contains('=')).Select(line => line.Split('=')[0]).ToHashSet();
        Assert.Subset(new HashSet<string> { "PATH", "LANG", "TERM", "HOME", "GIVEN", "SCRIPT", "SQUAD_SANDBOX_ID", "PWD", "OLDPWD", "SHLVL", "_" }, names);
    }

    [Fact]
    public async Task A_kept_workspace_is_found_by_the_next_sandbox_of_the_name()
    {
        var spec = World.Spec("cat file 2>/dev/null; echo content >file");
        Assert.Equal("", (await World.OutputAsync(spec)).Output);
        var first = (await Engine.ListAsync(World.Labels, Cancellation)).Value!.Single().Sandbox;
        SandboxWorld.Must(await Engine.RemoveAsync(first, withWorkspace: false, Cancellation));
        File.Delete(ProcessFiles.Output(spec.Directory));

        Assert.Equal("content\n", (await World.OutputAsync(spec)).Output);
    }

    [Fact]
    public async Task A_directory_that_is_not_there_is_refused_and_leaves_nothing()
    {
        var spec = World.Spec(Program.ExitsWith3);
        Assert.Equal(SandboxErrors.CreateFailedCode, (await Engine.CreateAsync(spec with { Directory = spec.Directory + "-not" }, Cancellation)).Error?.Code);
        Assert.Equal(SandboxErrors.CreateFailedCode, (await Engine.CreateAsync(spec with { Repository = "/not/there" }, Cancellation)).Error?.Code);
        Assert.Empty((await Engine.ListAsync(World.Labels, Cancellation)).Value!);
    }

    [Fact]
    public async Task A_missing_Keeper_is_said_by_the_check_and_by_the_start()
    {
        var options = ((ProcessWorld)World).Options;
        options.KeeperPath = "/not/there/keeper";
        var engine = new ProcessSandboxEngine(options, TimeProvider.System, NullLogger<ProcessSandboxEngine>.Instance);
        Assert.Contains("/not/there/keeper", (await engine.CheckAsync(Cancellation)).Error?.Message);

        var sandbox = World.Track((await engine.CreateAsync(World.Spec(Program.ExitsWith3), Cancellation)).Value!);
        Assert.Equal(SandboxErrors.StartFailedCode, (await engine.StartAsync(sandbox, Cancellation)).Error?.Code);
        Assert.Equal(SandboxPhase.Created, (await World.StatusAsync(sandbox))!.Phase);
    }

    [Fact]
    public async Task A_record_that_cannot_be_read_hides_no_other()
    {
        var sandbox = await World.CreateAsync(World.Spec(Program.EndsWhenAsked));
        var broken = Path.Combine(((ProcessWorld)World).Options.Processes.Root, "broken");
        Directory.CreateDirectory(broken);
        await File.WriteAllTextAsync(Path.Combine(broken, "sandbox.json"), "{", Cancellation);

        Assert.NotNull(await World.StatusAsync(sandbox));
    }

    private ProcessFiles Files(SandboxRef sandbox) => new(((ProcessWorld)World).Options.Processes.Root, sandbox.Name);

    private ProcessObservation Observe(SandboxRef sandbox) => ProcessObservation.Of(Files(sandbox));

    private IReadOnlyList<ProcessInfo> Tree(SandboxRef sandbox) => ProcessTree.Find(sandbox.Id, Observe(sandbox).Wrapper);

    private async Task EndedAsync(ProcessInfo process)
    {
        // It may be another process's child, so that only /proc tells.
        while (ProcFs.Find(process.Pid) is { IsAlive: true } now && now.Start == process.Start)
        {
            await Task.Yield();
            Cancellation.ThrowIfCancellationRequested();
        }
    }

    private sealed class ProcessWorld : SandboxWorld
    {
        public ProcessWorld()
        {
            Options = new SandboxOptions { Processes = new ProcessOptions { Root = Path.Combine(Root, "processes") } };
            Engine = Restarted();
        }

        public SandboxOptions Options { get; }

        public override ISandboxEngine Engine { get; }

        public override ISandboxEngine Restarted() =>
            new ProcessSandboxEngine(Options, TimeProvider.System, NullLogger.Instance, ["/bin/sh", "-c", "eval \"$SCRIPT\""]);
    }
}
