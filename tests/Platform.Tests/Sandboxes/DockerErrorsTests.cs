using Microsoft.Extensions.Logging.Abstractions;
using Squad.Platform.Sandboxes;
using Squad.Platform.Sandboxes.Docker;

namespace Squad.Platform.Tests.Sandboxes;

/// <summary>What the daemon refuses or garbles, against a stub that does so on demand.</summary>
public sealed class DockerErrorsTests
{
    private static readonly SandboxSpec Spec = new()
    {
        Name = "probe",
        Image = "squad-session:latest",
        Directory = "/run/probe",
        Labels = new Dictionary<string, string> { [SandboxLabels.Session] = "s", [SandboxLabels.Node] = "n" },
    };

    [Fact]
    public async Task No_daemon_is_said_with_what_to_do()
    {
        using var engine = new DockerSandboxEngine(
            DockerEndpoint.Parse("unix:///no/such/docker.sock").Value!, new SandboxOptions(), TimeProvider.System, NullLogger<DockerSandboxEngine>.Instance);
        var error = (await engine.CheckAsync()).Error!;
        Assert.Equal((SandboxErrors.UnavailableCode, ErrorKind.Unavailable), (error.Code, error.Kind));
        Assert.Contains("unix:///no/such/docker.sock", error.Message);
        Assert.Contains("Start Docker", error.Message);
        Assert.Equal(SandboxErrors.UnavailableCode, (await engine.CreateAsync(Spec)).Error?.Code);
        Assert.Equal(SandboxErrors.UnavailableCode, (await engine.WaitAsync(new SandboxRef("a", "a"))).Error?.Code);
        Assert.Equal(SandboxErrors.UnavailableCode, (await engine.ListAsync(new Dictionary<string, string>())).Error?.Code);
        Assert.Equal(SandboxErrors.UnavailableCode, (await engine.StopAsync(new SandboxRef("a", "a"), TimeSpan.Zero)).Error?.Code);
        Assert.Equal(SandboxErrors.UnavailableCode, (await engine.RemoveAsync(new SandboxRef("a", "a"), true)).Error?.Code);
    }

    [Fact]
    public async Task A_full_disk_is_told_from_other_failures_and_spares_an_earlier_workspace()
    {
        await using var daemon = new StubDaemon(request => request switch
        {
            "GET /version" => (200, StubDaemon.Version),
            _ when request.StartsWith("POST /v1.41/containers/create", StringComparison.Ordinal) =>
                (500, """{"message":"mkdir /var/lib/docker/overlay2/x: no space left on device"}"""),
            _ when request.StartsWith("GET /v1.41/volumes/", StringComparison.Ordinal) =>
                (200, """{"Name":"v","Labels":{"squad.create":"another"}}"""),
            _ => (204, ""),
        });
        var error = (await daemon.Engine.CreateAsync(Spec)).Error!;

        Assert.Equal((SandboxErrors.DiskFullCode, ErrorKind.Unavailable), (error.Code, error.Kind));
        Assert.DoesNotContain(daemon.Requests, request => request.StartsWith("DELETE", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_cold_start_is_two_calls()
    {
        await using var daemon = new StubDaemon(request => request switch
        {
            "GET /version" => (200, StubDaemon.Version),
            _ when request.Contains("/create?", StringComparison.Ordinal) => (201, """{"Id":"abc","Warnings":[]}"""),
            _ => (204, ""),
        });
        await daemon.Engine.CheckAsync();
        var sandbox = (await daemon.Engine.CreateAsync(Spec)).Value!;
        await daemon.Engine.StartAsync(sandbox);

        Assert.Equal(["GET /version", "POST /v1.41/containers/create?name=squad-probe", "POST /v1.41/containers/abc/start"], daemon.Requests);
    }

    [Theory]
    [InlineData("1.40", "1.12", null)]
    [InlineData("nonsense", "1.12", null)]
    [InlineData("1.41", "1.12", "/v1.41/info")]
    [InlineData("1.51", "1.44", "/v1.44/info")]
    [InlineData("1.45", null, "/v1.41/info")]
    public async Task The_oldest_version_both_sides_know_is_spoken(string newest, string? oldest, string? expected)
    {
        var least = oldest is null ? "" : $",\"MinAPIVersion\":\"{oldest}\"";
        await using var daemon = new StubDaemon(request => request == "GET /version"
            ? (200, $$"""{"Version":"x","ApiVersion":"{{newest}}","Os":"linux","Arch":"amd64"{{least}}}""")
            : (200, """{"Driver":"overlay2","NCPU":2,"MemTotal":1}"""));
        var info = await daemon.Engine.Api.InfoAsync(CancellationToken.None);

        Assert.Equal(expected is not null, info.IsSuccess);
        if (expected is null)
            Assert.Contains("needs API 1.41", (await daemon.Engine.CheckAsync()).Error!.Message);
        else
            Assert.Equal($"GET {expected}", daemon.Requests[^1]);
    }

    [Fact]
    public async Task Windows_containers_are_refused()
    {
        await using var daemon = new StubDaemon(_ => (200, StubDaemon.Version.Replace("linux", "windows", StringComparison.Ordinal)));
        Assert.Contains("windows", (await daemon.Engine.CheckAsync()).Error!.Message);
    }

    [Theory]
    [InlineData(500, "<html>proxy</html>")]
    [InlineData(500, """{"message":null}""")]
    [InlineData(502, "")]
    public async Task An_answer_that_is_no_daemons_is_an_error_and_not_a_crash(int status, string body)
    {
        await using var daemon = new StubDaemon(request => request == "GET /version" ? (200, StubDaemon.Version) : (status, body));
        var error = (await daemon.Engine.CreateAsync(Spec)).Error!;
        Assert.Equal(SandboxErrors.CreateFailedCode, error.Code);
        Assert.Contains(status.ToString(System.Globalization.CultureInfo.InvariantCulture), error.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>")]
    [InlineData("[]")]
    public async Task A_success_that_is_no_daemons_is_unavailable(string body)
    {
        await using var daemon = new StubDaemon(_ => (200, body));
        Assert.Equal(SandboxErrors.UnavailableCode, (await daemon.Engine.CheckAsync()).Error?.Code);
    }

    [Fact]
    public async Task A_daemon_that_hangs_up_is_unavailable_and_the_next_call_asks_anew()
    {
        await using var daemon = new StubDaemon(request => request == "GET /version" ? (200, StubDaemon.Version) : null);
        Assert.Equal(SandboxErrors.UnavailableCode, (await daemon.Engine.StartAsync(new SandboxRef("a", "a"))).Error?.Code);
        Assert.Equal(SandboxErrors.UnavailableCode, (await daemon.Engine.StartAsync(new SandboxRef("a", "a"))).Error?.Code);
        Assert.Equal(2, daemon.Requests.Count(request => request == "GET /version"));
    }

    [Fact]
    public async Task A_wait_that_is_cut_off_by_the_daemons_end_is_unavailable()
    {
        await using var daemon = new StubDaemon(request => request switch
        {
            "GET /version" => (200, StubDaemon.Version),
            _ when request.Contains("/wait", StringComparison.Ordinal) => (200, ""),
            _ => (200, """{"Id":"a","Name":"/squad-a","State":{"Status":"running","Running":true,"Paused":false,"OOMKilled":false,"ExitCode":0},"Config":{"Image":"i"}}"""),
        });
        Assert.Equal(SandboxErrors.UnavailableCode, (await daemon.Engine.WaitAsync(new SandboxRef("a", "a"))).Error?.Code);
    }
}
