#pragma warning disable CA1416 // Sandboxes are made on Linux.
using Microsoft.Extensions.Logging.Abstractions;
using Squad.Platform.Sandboxes;
using Squad.Platform.Sandboxes.Docker;

namespace Squad.Platform.Tests.Sandboxes;

/// <summary>The real daemon, with a shell in place of Keeper.</summary>
internal sealed class DockerWorld : SandboxWorld
{
    public const string SessionImage = "squad-session:latest";
    private readonly DockerSandboxEngine engine;
    private readonly List<DockerSandboxEngine> restarted = [];

    private DockerWorld(DockerEndpoint endpoint)
    {
        Endpoint = endpoint;
        engine = Make();
    }

    public override ISandboxEngine Engine => engine;

    public DockerSandboxEngine Docker => engine;

    private DockerEndpoint Endpoint { get; }

    /// <summary>Skips the test when there is no daemon or no session image; where tests must run in full (CI=true) that is a failure.</summary>
    public static async ValueTask<SandboxWorld> MakeAsync()
    {
        var host = Environment.GetEnvironmentVariable("DOCKER_HOST");
        var world = new DockerWorld(host is null ? DockerEndpoint.Default : DockerEndpoint.Parse(host).Value!);
        var problem = (await world.engine.CheckAsync()).Error ?? (await world.engine.CheckImageAsync(SessionImage)).Error;
        if (problem is null)
            return world;
        await world.DisposeAsync();
        if (Environment.GetEnvironmentVariable("CI") == "true")
            Assert.Fail(problem.Message);
        Assert.Skip(problem.Message);
        return world;
    }

    public override ISandboxEngine Restarted()
    {
        var next = Make();
        restarted.Add(next);
        return next;
    }

    public DockerSandboxEngine Make(string[]? program = null) =>
        new(Endpoint, new SandboxOptions(), TimeProvider.System, NullLogger.Instance, program ?? ["/bin/sh", "-c", "eval \"$SCRIPT\""]);

    /// <summary>An engine as the server has it: what runs in its sandboxes is the image's Keeper.</summary>
    public DockerSandboxEngine MakeWithKeeper() =>
        new(Endpoint, new SandboxOptions(), TimeProvider.System, NullLogger<DockerSandboxEngine>.Instance);

    /// <summary>Names of the volumes that carry this world's label.</summary>
    public async Task<string[]> VolumesAsync()
    {
        var listed = await engine.Api.ListVolumesAsync([$"{SandboxLabels.Session}={Session}"], Cancellation);
        return [.. (listed.Value!.Volumes ?? []).Select(volume => volume.Name).Order()];
    }

    protected override ValueTask DisposeEngineAsync()
    {
        engine.Dispose();
        restarted.ForEach(other => other.Dispose());
        return ValueTask.CompletedTask;
    }
}
