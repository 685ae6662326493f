using Squad.Platform.Sandboxes;
using Squad.Platform.Sandboxes.Docker;

namespace Squad.Platform.Tests.Sandboxes;

/// <summary>The contract on a real daemon, and what only Docker can do or spoil.</summary>
public sealed class DockerSandboxEngineTests : SandboxEngineContract
{
    private DockerWorld Docker => (DockerWorld)World;

    protected override ValueTask<SandboxWorld> MakeWorldAsync() => DockerWorld.MakeAsync();

    [Fact]
    public async Task An_unknown_image_is_reported_and_leaves_nothing()
    {
        var spec = World.Spec(Program.ExitsWith3) with { Image = "squad-no-such-image:none" };
        var error = (await Engine.CreateAsync(spec, Cancellation)).Error;

        Assert.Equal(SandboxErrors.ImageNotFoundCode, error?.Code);
        Assert.Contains("squad-no-such-image:none", error!.Message);
        Assert.Empty(await Docker.VolumesAsync());
        Assert.Equal(SandboxErrors.ImageNotFoundCode, (await Docker.Docker.CheckImageAsync(spec.Image, Cancellation)).Error?.Code);
    }

    [Fact]
    public async Task A_create_that_fails_leaves_nothing_but_a_kept_workspace()
    {
        var spec = World.Spec("echo mine >file");
        Assert.Equal(SandboxErrors.CreateFailedCode, (await Engine.CreateAsync(spec with { Runtime = "no-such-runtime" }, Cancellation)).Error?.Code);
        Assert.Equal(SandboxErrors.CreateFailedCode, (await Engine.CreateAsync(spec with { Directory = "/no/such/directory" }, Cancellation)).Error?.Code);
        Assert.Empty(await Docker.VolumesAsync());

        await World.OutputAsync(spec);
        var first = (await Engine.ListAsync(World.Labels, Cancellation)).Value!.Single().Sandbox;
        SandboxWorld.Must(await Engine.RemoveAsync(first, withWorkspace: false, Cancellation));
        Assert.Equal(SandboxErrors.CreateFailedCode, (await Engine.CreateAsync(spec with { Directory = "/no/such/directory" }, Cancellation)).Error?.Code);
        Assert.Contains($"squad-{spec.Name}-workspace", await Docker.VolumesAsync());
        var (_, output) = await World.OutputAsync(spec with { Environment = new Dictionary<string, string> { ["SCRIPT"] = "cat file" } });
        Assert.Equal("mine\n", output);
    }

    [Fact]
    public async Task Removal_leaves_no_container_and_no_volume()
    {
        var sandbox = await World.CreateAsync(World.Spec("echo made >file"));
        Assert.NotEmpty(await Docker.VolumesAsync());
        SandboxWorld.Must(await Engine.StartAsync(sandbox, Cancellation));
        SandboxWorld.Must(await Engine.RemoveAsync(sandbox, withWorkspace: true, Cancellation));

        Assert.Empty(await Docker.VolumesAsync());
        Assert.True((await Docker.Docker.Api.InspectAsync(sandbox.Id, Cancellation)).IsNotFound);
    }

    [Fact]
    public async Task A_program_that_is_not_there_fails_the_start()
    {
        using var engine = Docker.Make(["/no/such/program"]);
        var sandbox = World.Track((await engine.CreateAsync(World.Spec(""), Cancellation)).Value!);
        var error = (await engine.StartAsync(sandbox, Cancellation)).Error;

        Assert.Equal(SandboxErrors.StartFailedCode, error?.Code);
        Assert.Contains("/no/such/program", error!.Message);
    }

    [Fact]
    public async Task A_network_that_is_not_there_fails_the_start()
    {
        var sandbox = await World.CreateAsync(World.Spec("") with { Network = "squad-no-such-network" });
        Assert.Equal(SandboxErrors.StartFailedCode, (await Engine.StartAsync(sandbox, Cancellation)).Error?.Code);
    }

    [Fact]
    public async Task Memory_beyond_the_limit_is_not_given_and_the_kill_is_told()
    {
        var spec = World.Spec("tail /dev/zero") with { Limits = new SandboxLimits { MemoryBytes = 32 << 20 } };
        var (exit, _) = await World.OutputAsync(spec);

        Assert.True(exit.OutOfMemory);
        Assert.Equal(137, exit.Code);
    }

    [Fact]
    public async Task Processes_beyond_the_limit_are_not_started()
    {
        var spec = World.Spec("n=0; while [ $n -lt 60 ]; do sleep 3600 & n=$((n + 1)); done; echo all") with { Limits = new SandboxLimits { Pids = 16 } };
        var (exit, output) = await World.OutputAsync(spec);

        Assert.NotEqual(0, exit.Code);
        Assert.DoesNotContain("all", output);
    }

    [Fact]
    public async Task The_process_inside_has_no_rights_to_speak_of()
    {
        var (_, output) = await World.OutputAsync(World.Spec("id -u; id -g; grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/self/status"));
        var lines = output.Replace("\t", "", StringComparison.Ordinal).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(["1000", "1000"], lines[..2]);
        Assert.Equal(
            ["CapInh:0000000000000000", "CapPrm:0000000000000000", "CapEff:0000000000000000", "CapBnd:0000000000000000", "CapAmb:0000000000000000", "NoNewPrivs:1", "Seccomp:2"],
            lines[2..]);
    }

    [Fact]
    public async Task Only_the_workspace_the_home_the_shared_directory_and_tmp_can_be_written()
    {
        var (_, output) = await World.OutputAsync(World.Spec("""
            for place in /workspace "$HOME" /run/squad /tmp / /usr /etc /var/tmp /run /home /opt; do
                if touch "$place/probe" 2>/dev/null; then echo "$place"; fi
            done
            """));
        Assert.Equal("/workspace\n/home/squad\n/run/squad\n/tmp\n", output);
    }

    [Fact]
    public async Task Tmp_is_bounded_in_memory_and_runs_programs_but_gives_no_rights()
    {
        var (_, output) = await World.OutputAsync(
            World.Spec("grep ' /tmp ' /proc/mounts; cp /bin/true /tmp/ && /tmp/true && echo runs; head -c 2000000 /dev/zero >/tmp/big || echo full")
                with
            { Limits = new SandboxLimits { TmpBytes = 1 << 20 } });
        Assert.Matches(@"^tmpfs /tmp tmpfs rw,nosuid,nodev(,\S*)*size=1024k", output);
        Assert.DoesNotContain("noexec", output);
        Assert.Contains("runs\nfull\n", output);
    }

    [Fact]
    public async Task The_repository_can_be_read_and_not_written()
    {
        var repository = Path.Combine(World.Root, "repository.git");
        Directory.CreateDirectory(repository);
        await File.WriteAllTextAsync(Path.Combine(repository, "HEAD"), "ref: refs/heads/main\n", Cancellation);
        var spec = World.Spec("cat /run/squad-repository/HEAD; touch /run/squad-repository/x 2>/dev/null || echo refused");
        var (_, output) = await World.OutputAsync(spec with { Repository = repository });

        Assert.Equal("ref: refs/heads/main\nrefused\n", output);
        Assert.Equal("/run/squad-repository", Engine.Paths(spec with { Repository = repository }).Repository);
    }

    [Fact]
    public async Task There_is_no_network_but_loopback()
    {
        var (_, output) = await World.OutputAsync(World.Spec("ls /sys/class/net; wc -l </proc/net/route"));
        Assert.Equal("lo\n1\n", output);
    }

    [Fact]
    public async Task System_calls_that_reach_for_the_kernel_are_refused()
    {
        // perl comes with git; numbers are those of the two architectures the profile knows.
        var (_, output) = await World.OutputAsync(World.Spec("""
            perl -e '
                my $arm = `uname -m` =~ /aarch64/;
                my %calls = $arm
                    ? (unshare => 97, mount => 40, keyctl => 219, bpf => 280, setns => 268, io_uring_setup => 425, clone3 => 435, getpid => 172)
                    : (unshare => 272, mount => 165, keyctl => 250, bpf => 321, setns => 308, io_uring_setup => 425, clone3 => 435, getpid => 39);
                for my $name (sort keys %calls) {
                    my $result = syscall($calls{$name}, 0, 0, 0, 0, 0);
                    print "$name ", $result == -1 ? $! + 0 : "works", "\n";
                }
                # CLONE_NEWUSER, by the call that is allowed without it.
                my $result = syscall($arm ? 220 : 56, 0x10000000, 0, 0, 0, 0);
                print "clone-newuser ", $result == -1 ? $! + 0 : "works", "\n" if $result;
            '
            """));
        Assert.Equal(
            ["bpf 1", "clone-newuser 1", "clone3 38", "getpid works", "io_uring_setup 38", "keyctl 1", "mount 1", "setns 1", "unshare 1"],
            output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order());
    }

    [Fact]
    public async Task What_a_session_needs_works_under_the_profile()
    {
        var (exit, output) = await World.OutputAsync(World.Spec("""
            set -e
            git init -q tree && cd tree && git -c user.name=a -c user.email=a@b commit -q --allow-empty -m one && git log --format=%s
            tmux -L probe new-session -d 'echo in tmux >/tmp/said; tmux -L probe wait-for -S done; sleep 3600' && tmux -L probe wait-for done && cat /tmp/said
            perl -MSocket -e 'socket(my $s, AF_UNIX, SOCK_STREAM, 0) or die; bind($s, sockaddr_un("/run/squad/probe.sock")) or die; print "socket\n"'
            """));
        Assert.Equal((0, "one\nin tmux\nsocket\n"), (exit.Code, output));
    }

    [Fact]
    public async Task Standard_error_does_not_mix_into_the_output()
    {
        var (_, output) = await World.OutputAsync(World.Spec("i=0; while [ $i -lt 500 ]; do echo out $i; echo err $i >&2; i=$((i + 1)); done"));
        Assert.Equal(string.Concat(Enumerable.Range(0, 500).Select(i => $"out {i}\n")), output);
    }

    [Fact]
    public async Task The_container_is_made_as_the_design_says()
    {
        var spec = World.Spec("");
        var made = DockerContainer.From(spec with { Limits = new SandboxLimits() }, new SandboxOptions(), "create");
        Assert.Equal(["/usr/local/bin/keeper"], made.Entrypoint!);
        Assert.Equal(["--dir", "/run/squad"], made.Cmd!);
        Assert.Equal((2L << 30, 2L << 30, 1_000_000_000L, 512L),
            (made.HostConfig.Memory, made.HostConfig.MemorySwap, made.HostConfig.NanoCpus, made.HostConfig.PidsLimit));

        var sandbox = await World.CreateAsync(spec);
        var inspected = (await Docker.Docker.Api.InspectAsync(sandbox.Id, Cancellation)).Value!;
        Assert.Equal($"/squad-{spec.Name}", inspected.Name);
        Assert.Equal(World.Session, inspected.Config.Labels![SandboxLabels.Session]);
        Assert.Equal(spec.Directory, inspected.Config.Labels[SandboxLabels.Directory]);
    }

    [Fact]
    public async Task A_removal_by_somebody_else_is_seen_by_wait_and_list()
    {
        var (sandbox, attachment) = await World.RunAsync(World.Spec(Program.EndsWhenAsked));
        await using var _ = attachment;
        var wait = Engine.WaitAsync(sandbox, Cancellation);
        Assert.True((await Docker.Docker.Api.RemoveAsync(sandbox.Id, Cancellation)).IsSuccess);

        Assert.Equal(137, (await wait).Value?.Code);
        Assert.Null(await World.StatusAsync(sandbox));
        Assert.Equal(SandboxErrors.NotFoundCode, (await Engine.StatsAsync(sandbox, Cancellation)).Error?.Code);
    }

    [Fact]
    public async Task The_processor_limit_holds_and_is_measured()
    {
        var spec = World.Spec("echo ready; while :; do :; done") with { Limits = new SandboxLimits { Cpus = 0.2 } };
        var (sandbox, attachment) = await World.RunAsync(spec);
        await using var _ = attachment;
        var stats = (await Engine.StatsAsync(sandbox, Cancellation)).Value!;

        // The kernel gives time in slices of a tenth of a second, so that a short sample may see nearly two.
        Assert.InRange(stats.CpuPercent, 0.1, 60);
    }
}
