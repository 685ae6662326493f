using System.Text;
using Squad.Platform.Sandboxes;

namespace Squad.Platform.Tests.Sandboxes;

/// <summary>What <see cref="ISandboxEngine"/> promises, tried on every engine.</summary>
public abstract class SandboxEngineContract : IAsyncLifetime
{
    private SandboxWorld? world;

    protected SandboxWorld World => world!;

    protected ISandboxEngine Engine => World.Engine;

    protected CancellationToken Cancellation => World.Cancellation;

    /// <summary>Skips the test, with the reason, when the engine's means are not there.</summary>
    protected abstract ValueTask<SandboxWorld> MakeWorldAsync();

    public async ValueTask InitializeAsync() => world = await MakeWorldAsync();

    public async ValueTask DisposeAsync()
    {
        if (world is not null)
            await world.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_sandbox_goes_from_created_over_running_to_exited_and_is_gone_when_removed()
    {
        var sandbox = await World.CreateAsync(World.Spec(Program.EndsWhenAsked));
        Assert.Equal(SandboxPhase.Created, (await World.StatusAsync(sandbox))!.Phase);

        await using var attachment = (await Engine.AttachAsync(sandbox, Cancellation)).Value!;
        SandboxWorld.Must(await Engine.StartAsync(sandbox, Cancellation));
        Assert.Equal("ready", await World.LineAsync(attachment.Output));
        Assert.Equal(SandboxPhase.Running, (await World.StatusAsync(sandbox))!.Phase);

        SandboxWorld.Must(await Engine.StopAsync(sandbox, TimeSpan.FromSeconds(30), Cancellation));
        var ended = await World.StatusAsync(sandbox);
        Assert.Equal(SandboxPhase.Exited, ended!.Phase);
        Assert.Equal(42, ended.Exit!.Code);

        SandboxWorld.Must(await Engine.RemoveAsync(sandbox, withWorkspace: true, Cancellation));
        Assert.Null(await World.StatusAsync(sandbox));
    }

    [Fact]
    public async Task The_engine_is_ready_to_make_sandboxes() => SandboxWorld.Must(await Engine.CheckAsync(Cancellation));

    [Fact]
    public async Task Waiting_gives_the_exit_code_also_when_it_begins_after_the_end()
    {
        var sandbox = await World.CreateAsync(World.Spec(Program.ExitsWith3));
        var early = Engine.WaitAsync(sandbox, Cancellation);
        SandboxWorld.Must(await Engine.StartAsync(sandbox, Cancellation));

        Assert.Equal(new SandboxExit(3, false), (await early).Value);
        Assert.Equal(new SandboxExit(3, false), (await Engine.WaitAsync(sandbox, Cancellation)).Value);
    }

    [Fact]
    public async Task A_wait_can_be_cancelled_and_the_sandbox_goes_on()
    {
        var (sandbox, attachment) = await World.RunAsync(World.Spec(Program.Echoes));
        await using var _ = attachment;
        using var impatient = new CancellationTokenSource();
        var wait = Engine.WaitAsync(sandbox, impatient.Token);
        await impatient.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait);
        Assert.Equal(SandboxPhase.Running, (await World.StatusAsync(sandbox))!.Phase);
    }

    [Fact]
    public async Task What_is_typed_arrives_and_what_is_printed_comes_back()
    {
        var (_, attachment) = await World.RunAsync(World.Spec(Program.Echoes));
        await using var attached = attachment;

        await attached.Input.WriteAsync("Grüße 1\n"u8.ToArray(), Cancellation);
        await attached.Input.FlushAsync(Cancellation);
        Assert.Equal("got Grüße 1", await World.LineAsync(attached.Output));
        await attached.Input.WriteAsync("2\n"u8.ToArray(), Cancellation);
        await attached.Input.FlushAsync(Cancellation);
        Assert.Equal("got 2", await World.LineAsync(attached.Output));
    }

    [Fact]
    public async Task The_output_ends_when_the_sandbox_does()
    {
        var (sandbox, attachment) = await World.RunAsync(World.Spec(Program.EndsWhenAsked));
        await using var attached = attachment;
        SandboxWorld.Must(await Engine.StopAsync(sandbox, TimeSpan.FromSeconds(30), Cancellation));

        Assert.Equal(0, await attached.Output.ReadAsync(new byte[16], Cancellation));
    }

    [Fact]
    public async Task One_that_does_not_end_within_its_grace_is_killed()
    {
        var (sandbox, attachment) = await World.RunAsync(World.Spec(Program.IgnoresAsking));
        await using var _ = attachment;
        SandboxWorld.Must(await Engine.StopAsync(sandbox, TimeSpan.FromSeconds(1), Cancellation));

        Assert.Equal(137, (await Engine.WaitAsync(sandbox, Cancellation)).Value!.Code);
    }

    [Fact]
    public async Task A_paused_sandbox_can_be_stopped_and_pausing_twice_is_pausing_once()
    {
        var (sandbox, attachment) = await World.RunAsync(World.Spec(Program.EndsWhenAsked));
        await using var _ = attachment;
        SandboxWorld.Must(await Engine.PauseAsync(sandbox, Cancellation));
        SandboxWorld.Must(await Engine.PauseAsync(sandbox, Cancellation));
        Assert.Equal(SandboxPhase.Paused, (await World.StatusAsync(sandbox))!.Phase);

        SandboxWorld.Must(await Engine.StopAsync(sandbox, TimeSpan.FromSeconds(30), Cancellation));
        Assert.Equal(42, (await Engine.WaitAsync(sandbox, Cancellation)).Value!.Code);
    }

    [Fact]
    public async Task A_resumed_sandbox_goes_on_where_it_was()
    {
        var (sandbox, attachment) = await World.RunAsync(World.Spec(Program.Echoes));
        await using var attached = attachment;
        SandboxWorld.Must(await Engine.PauseAsync(sandbox, Cancellation));
        SandboxWorld.Must(await Engine.ResumeAsync(sandbox, Cancellation));
        SandboxWorld.Must(await Engine.ResumeAsync(sandbox, Cancellation));
        Assert.Equal(SandboxPhase.Running, (await World.StatusAsync(sandbox))!.Phase);

        await attached.Input.WriteAsync("on\n"u8.ToArray(), Cancellation);
        await attached.Input.FlushAsync(Cancellation);
        Assert.Equal("got on", await World.LineAsync(attached.Output));
    }

    [Fact]
    public async Task Starting_a_running_one_does_nothing_and_starting_an_ended_one_runs_it_again()
    {
        var spec = World.Spec(Program.EndsWhenAsked);
        var (sandbox, first) = await World.RunAsync(spec);
        await first.DisposeAsync();
        SandboxWorld.Must(await Engine.StartAsync(sandbox, Cancellation));
        SandboxWorld.Must(await Engine.StopAsync(sandbox, TimeSpan.FromSeconds(30), Cancellation));

        SandboxWorld.Must(await Engine.StartAsync(sandbox, Cancellation));
        Assert.Equal(SandboxPhase.Running, (await World.StatusAsync(sandbox))!.Phase);
    }

    [Fact]
    public async Task Stopping_and_removing_are_idempotent()
    {
        var (sandbox, attachment) = await World.RunAsync(World.Spec(Program.EndsWhenAsked));
        await using var _ = attachment;
        SandboxWorld.Must(await Engine.StopAsync(sandbox, TimeSpan.FromSeconds(30), Cancellation));
        SandboxWorld.Must(await Engine.StopAsync(sandbox, TimeSpan.FromSeconds(30), Cancellation));
        SandboxWorld.Must(await Engine.RemoveAsync(sandbox, withWorkspace: true, Cancellation));
        SandboxWorld.Must(await Engine.RemoveAsync(sandbox, withWorkspace: true, Cancellation));
        SandboxWorld.Must(await Engine.StopAsync(sandbox, TimeSpan.FromSeconds(30), Cancellation));
    }

    [Fact]
    public async Task A_running_sandbox_can_be_removed_at_once_by_two_at_a_time()
    {
        var (sandbox, attachment) = await World.RunAsync(World.Spec(Program.IgnoresAsking));
        await using var _ = attachment;
        var removals = await Task.WhenAll(
            Engine.RemoveAsync(sandbox, withWorkspace: true, Cancellation),
            Engine.RemoveAsync(sandbox, withWorkspace: true, Cancellation));

        Assert.All(removals, SandboxWorld.Must);
        Assert.Null(await World.StatusAsync(sandbox));
    }

    [Fact]
    public async Task A_wait_ends_when_the_sandbox_is_removed()
    {
        var (sandbox, attachment) = await World.RunAsync(World.Spec(Program.IgnoresAsking));
        await using var _ = attachment;
        var wait = Engine.WaitAsync(sandbox, Cancellation);
        SandboxWorld.Must(await Engine.RemoveAsync(sandbox, withWorkspace: true, Cancellation));

        Assert.True((await wait) is { Value: not null } or { Error.Code: SandboxErrors.NotFoundCode });
    }

    [Fact]
    public async Task A_name_is_taken_until_its_sandbox_is_removed()
    {
        var spec = World.Spec(Program.EndsWhenAsked);
        var (sandbox, attachment) = await World.RunAsync(spec);
        await using var _ = attachment;
        Assert.Equal(SandboxErrors.ExistsCode, (await Engine.CreateAsync(spec, Cancellation)).Error?.Code);
        Assert.Equal(SandboxPhase.Running, (await World.StatusAsync(sandbox))!.Phase);

        SandboxWorld.Must(await Engine.RemoveAsync(sandbox, withWorkspace: false, Cancellation));
        var next = await World.CreateAsync(spec);
        Assert.NotEqual(sandbox.Id, next.Id);
    }

    [Fact]
    public async Task Removing_an_old_sandbox_again_leaves_its_successor_of_the_same_name_alone()
    {
        var spec = World.Spec(Program.EndsWhenAsked);
        var old = await World.CreateAsync(spec);
        SandboxWorld.Must(await Engine.RemoveAsync(old, withWorkspace: true, Cancellation));
        var (next, attachment) = await World.RunAsync(spec);
        await using var _ = attachment;

        SandboxWorld.Must(await Engine.RemoveAsync(old, withWorkspace: true, Cancellation));
        SandboxWorld.Must(await Engine.StopAsync(old, TimeSpan.Zero, Cancellation));
        Assert.Equal(SandboxPhase.Running, (await World.StatusAsync(next))!.Phase);
    }

    [Fact]
    public async Task Of_two_creates_with_one_name_one_wins()
    {
        var spec = World.Spec(Program.EndsWhenAsked);
        var results = await Task.WhenAll(Engine.CreateAsync(spec, Cancellation), Engine.CreateAsync(spec, Cancellation));
        foreach (var created in results)
            if (created.Value is { } sandbox)
                World.Track(sandbox);

        Assert.Single(results, result => result.IsOk);
        Assert.Single(results, result => result.Error?.Code == SandboxErrors.ExistsCode);
    }

    [Fact]
    public async Task What_does_not_exist_is_reported_as_not_found()
    {
        var nobody = new SandboxRef("00000000000000000000000000000000", "nobody");
        Assert.Equal(SandboxErrors.NotFoundCode, (await Engine.StartAsync(nobody, Cancellation)).Error?.Code);
        Assert.Equal(SandboxErrors.NotFoundCode, (await Engine.AttachAsync(nobody, Cancellation)).Error?.Code);
        Assert.Equal(SandboxErrors.NotFoundCode, (await Engine.WaitAsync(nobody, Cancellation)).Error?.Code);
        Assert.Equal(SandboxErrors.NotFoundCode, (await Engine.StatsAsync(nobody, Cancellation)).Error?.Code);
        Assert.Equal(SandboxErrors.NotFoundCode, (await Engine.PauseAsync(nobody, Cancellation)).Error?.Code);
        Assert.Equal(SandboxErrors.NotFoundCode, (await Engine.ResumeAsync(nobody, Cancellation)).Error?.Code);
        SandboxWorld.Must(await Engine.StopAsync(nobody, TimeSpan.Zero, Cancellation));
        SandboxWorld.Must(await Engine.RemoveAsync(nobody, withWorkspace: true, Cancellation));
    }

    [Fact]
    public async Task What_does_not_run_cannot_be_measured_or_paused()
    {
        var sandbox = await World.CreateAsync(World.Spec(Program.EndsWhenAsked));
        Assert.Equal(SandboxErrors.NotRunningCode, (await Engine.StatsAsync(sandbox, Cancellation)).Error?.Code);
        Assert.Equal(SandboxErrors.NotRunningCode, (await Engine.PauseAsync(sandbox, Cancellation)).Error?.Code);
        SandboxWorld.Must(await Engine.ResumeAsync(sandbox, Cancellation));
        SandboxWorld.Must(await Engine.StopAsync(sandbox, TimeSpan.Zero, Cancellation));
    }

    [Fact]
    public async Task A_running_sandbox_reports_what_it_uses()
    {
        var (sandbox, attachment) = await World.RunAsync(World.Spec(Program.EndsWhenAsked));
        await using var _ = attachment;
        var stats = (await Engine.StatsAsync(sandbox, Cancellation)).Value!;

        Assert.InRange(stats.MemoryBytes, 1, 256 << 20);
        Assert.InRange(stats.Pids, 1, 64);
        Assert.InRange(stats.CpuPercent, 0, 10_000);
    }

    [Fact]
    public async Task Sandboxes_are_listed_by_all_the_labels_asked_for()
    {
        var one = World.Spec(Program.EndsWhenAsked);
        var sandbox = await World.CreateAsync(one);
        await World.CreateAsync(World.Spec(Program.EndsWhenAsked) with
        {
            Labels = new Dictionary<string, string>(World.Labels) { [SandboxLabels.Node] = "other" },
        });

        var listed = (await Engine.ListAsync(World.Labels, Cancellation)).Value!;
        var status = Assert.Single(listed);
        Assert.Equal(sandbox, status.Sandbox);
        Assert.Equal(one.Directory, status.Directory);
        Assert.Equal(World.Session, status.Labels[SandboxLabels.Session]);
        Assert.Equal(2, (await Engine.ListAsync(new Dictionary<string, string> { [SandboxLabels.Session] = World.Session }, Cancellation)).Value!.Count);
    }

    [Fact]
    public async Task A_restarted_server_finds_its_sandboxes_and_goes_on_with_them()
    {
        var (running, attachment) = await World.RunAsync(World.Spec(Program.EndsWhenAsked));
        await using var _ = attachment;
        var (ended, _) = await EndedAsync();
        var created = await World.CreateAsync(World.Spec(Program.EndsWhenAsked));

        var restarted = World.Restarted();
        Assert.Equal(SandboxPhase.Running, (await World.StatusAsync(running, restarted))!.Phase);
        Assert.Equal(SandboxPhase.Created, (await World.StatusAsync(created, restarted))!.Phase);
        var status = await World.StatusAsync(ended, restarted);
        Assert.Equal(SandboxPhase.Exited, status!.Phase);
        Assert.Equal(3, status.Exit!.Code);

        var wait = restarted.WaitAsync(running, Cancellation);
        SandboxWorld.Must(await restarted.StopAsync(running, TimeSpan.FromSeconds(30), Cancellation));
        Assert.Equal(42, (await wait).Value!.Code);
    }

    [Theory]
    [InlineData("")]
    [InlineData("../up")]
    [InlineData("UPPER")]
    [InlineData("-dash")]
    [InlineData("a b")]
    [InlineData("new\nline")]
    [InlineData("forty-one-letters-are-one-more-than-it-may")]
    public async Task A_bad_name_is_refused(string name)
    {
        var error = (await Engine.CreateAsync(World.Spec(Program.ExitsWith3) with { Name = name }, Cancellation)).Error;
        Assert.Equal(ErrorKind.Invalid, error?.Kind);
        Assert.Equal("name", Assert.Single(error!.Fields).Field);
    }

    [Fact]
    public async Task All_that_is_wrong_with_a_spec_is_said_at_once()
    {
        var spec = World.Spec(Program.ExitsWith3);
        var error = (await Engine.CreateAsync(
            spec with
            {
                Directory = "relative",
                Repository = "/a/../b",
                Network = "host",
                Limits = new SandboxLimits { MemoryBytes = 1, Cpus = 0, Pids = 1, TmpBytes = 0 },
                Environment = new Dictionary<string, string> { ["A=B"] = "x" },
            },
            Cancellation)).Error;
        Assert.Equal(
            ["directory", "environment.A=B", "limits.cpus", "limits.memoryBytes", "limits.pids", "limits.tmpBytes", "network", "repository"],
            error!.Fields.Select(field => field.Field).Order());
    }

    protected async Task<(SandboxRef Sandbox, SandboxExit Exit)> EndedAsync()
    {
        var sandbox = await World.CreateAsync(World.Spec(Program.ExitsWith3));
        SandboxWorld.Must(await Engine.StartAsync(sandbox, Cancellation));
        return (sandbox, (await Engine.WaitAsync(sandbox, Cancellation)).Value!);
    }

    protected static string Text(byte[] bytes) => Encoding.UTF8.GetString(bytes);
}
