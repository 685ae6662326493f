using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Squad.Platform.Sandboxes.Docker;

/// <summary>
/// Sandboxes as hardened containers of one Docker daemon. Keeps no state of its own but CPU samples: the daemon's containers and their labels
/// are the truth, so a new instance finds all that an earlier one made. A cold start is two calls, create and start.
/// </summary>
public sealed class DockerSandboxEngine : ISandboxEngine, IDisposable
{
    private readonly DockerApi api;
    private readonly ILogger logger;
    private readonly CpuSampler cpu;
    private readonly SandboxOptions options;
    private readonly string[]? program;

    /// <param name="endpoint">Where the daemon listens.</param>
    public DockerSandboxEngine(DockerEndpoint endpoint, SandboxOptions options, TimeProvider time, ILogger<DockerSandboxEngine> logger)
        : this(endpoint, options, time, logger, null)
    {
    }

    /// <param name="program">What to run in place of Keeper, to probe a sandbox from inside.</param>
    internal DockerSandboxEngine(DockerEndpoint endpoint, SandboxOptions options, TimeProvider time, ILogger logger, string[]? program)
    {
        api = new DockerApi(new DockerClient(endpoint, options.Docker));
        cpu = new CpuSampler(time);
        this.options = options;
        this.logger = logger;
        this.program = program;
    }

    public string Name => "docker";

    public bool Isolates => true;

    internal DockerApi Api => api;

    public SandboxPaths Paths(SandboxSpec spec) => new(
        DockerContainer.Workspace,
        spec.Repository is null ? null : DockerContainer.Repository,
        DockerContainer.Directory,
        DockerContainer.Home);

    public async Task<Result> CheckAsync(CancellationToken cancellation = default)
    {
        var reply = await api.VersionAsync(cancellation);
        if (reply.Value is not { } version)
            return reply.ErrorOr(SandboxErrors.Unavailable);
        return version.Os == "linux"
            ? Result.Ok
            : SandboxErrors.Unavailable($"The Docker daemon at {api.Client.Endpoint} runs {version.Os} containers; Squad needs Linux ones.");
    }

    /// <summary>Is the image there? Errors: <c>sandbox.imageNotFound</c>, <c>sandbox.unavailable</c>.</summary>
    public async Task<Result> CheckImageAsync(string image, CancellationToken cancellation = default)
    {
        var reply = await api.InspectImageAsync(image, cancellation);
        if (reply.IsSuccess)
            return Result.Ok;
        return reply.IsNotFound ? SandboxErrors.ImageNotFound(image) : reply.ErrorOr(SandboxErrors.Unavailable);
    }

    public async Task<Result<SandboxRef>> CreateAsync(SandboxSpec spec, CancellationToken cancellation = default)
    {
        if (SandboxSpecRules.Check(spec).Error is { } invalid)
            return invalid;
        var create = Guid.NewGuid().ToString("n");
        var reply = await api.CreateAsync(DockerContainer.ContainerName(spec.Name), DockerContainer.From(spec, options, create, program), cancellation);
        if (reply.Value is { } created)
        {
            logger.Created(spec.Name, created.Id, spec.Image);
            return new SandboxRef(created.Id, spec.Name);
        }
        if (reply.IsConflict)
            return SandboxErrors.Exists(spec.Name);
        if (reply.IsNotFound)
            return SandboxErrors.ImageNotFound(spec.Image);
        await RemoveMadeVolumesAsync(spec.Name, create, cancellation);
        return reply.ErrorOr(SandboxErrors.CreateFailed);
    }

    public async Task<Result> StartAsync(SandboxRef sandbox, CancellationToken cancellation = default)
    {
        var reply = await api.StartAsync(sandbox.Id, cancellation);
        if (reply.IsSuccess)
        {
            logger.Started(sandbox.Name, sandbox.Id);
            return Result.Ok;
        }
        // A network that is gone is a 404 as well, and not a missing sandbox.
        if (reply.IsNotFound && reply.Message.Contains("No such container", StringComparison.OrdinalIgnoreCase))
            return SandboxErrors.NotFound(sandbox.Name);
        return reply.ErrorOr(SandboxErrors.StartFailed);
    }

    public async Task<Result<SandboxAttachment>> AttachAsync(SandboxRef sandbox, CancellationToken cancellation = default)
    {
        var reply = await api.AttachAsync(sandbox.Id, cancellation);
        if (reply.Value is not { } response)
            return Refused(reply, sandbox);
        var connection = await response.Content.ReadAsStreamAsync(cancellation);
        return new SandboxAttachment(connection, new DockerFrames(connection), new DockerAttachedConnection(response, connection));
    }

    public async Task<Result<SandboxExit>> WaitAsync(SandboxRef sandbox, CancellationToken cancellation = default)
    {
        // "next-exit" alone would wait for ever on one that has ended, "not-running" would take one that was never started for ended. The head of
        // the answer says that the daemon watches; an exit before is seen by the inspection, an exit after by the watch.
        var reply = await api.WaitAsync(sandbox.Id, "next-exit", cancellation);
        if (reply.Value is not { } response)
            return Refused(reply, sandbox);
        using (response)
        {
            var before = await api.InspectAsync(sandbox.Id, cancellation);
            if (before.Value is not { } inspected)
                return Refused(before, sandbox);
            if (IsEnded(inspected.State))
                return Exit(inspected.State);
            int code;
            try
            {
                await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
                var waited = await JsonSerializer.DeserializeAsync(stream, DockerJson.Default.ContainerWaited, cancellation);
                code = waited?.StatusCode ?? 0;
            }
            catch (Exception e) when (DockerClient.IsLost(e) || e is JsonException)
            {
                // Cut off in the middle: the daemon went away.
                return SandboxErrors.Unavailable(api.Client.Explain(e));
            }
            var after = await api.InspectAsync(sandbox.Id, cancellation);
            if (after.Value is { } ended)
                return Exit(ended.State);
            if (!after.IsNotFound)
                return Refused(after, sandbox);
            // Removed at once: what the watch saw is all there is, and that says nothing about one that may never have run.
            return new SandboxExit(inspected.State.Status == "created" ? null : code, false);
        }
    }

    public async Task<Result<SandboxStats>> StatsAsync(SandboxRef sandbox, CancellationToken cancellation = default)
    {
        DockerReply<ContainerStats> reply = default;
        var (sample, percent) = await cpu.SampleAsync(
            sandbox.Id,
            async () =>
            {
                reply = await api.StatsAsync(sandbox.Id, cancellation);
                // One that does not run is answered with zeros.
                return reply.Value is { Pids.Current: > 0 } stats ? stats : null;
            },
            stats => new CpuSampler.Reading(stats.Read, (stats.Cpu?.Usage?.TotalNanoseconds ?? 0) / 1e9),
            cancellation);
        if (sample is null)
            return reply.IsSuccess || reply.IsConflict ? SandboxErrors.NotRunning(sandbox.Name) : Refused(reply, sandbox);
        return new SandboxStats(percent, MemoryInUse(sample.Memory), (int)(sample.Pids?.Current ?? 0));
    }

    public async Task<Result> PauseAsync(SandboxRef sandbox, CancellationToken cancellation = default)
    {
        var reply = await api.PauseAsync(sandbox.Id, cancellation);
        if (reply.IsSuccess)
            return Result.Ok;
        if (reply.Status == 0 || reply.IsNotFound)
            return Refused(reply, sandbox);
        // Refused: paused already, or not running? The daemon says so in words only.
        var inspected = await api.InspectAsync(sandbox.Id, cancellation);
        return inspected.Value switch
        {
            null => Refused(inspected, sandbox),
            { State.Paused: true } => Result.Ok,
            { State.Running: false } => SandboxErrors.NotRunning(sandbox.Name),
            _ => Refused(reply, sandbox),
        };
    }

    public async Task<Result> ResumeAsync(SandboxRef sandbox, CancellationToken cancellation = default)
    {
        var reply = await api.UnpauseAsync(sandbox.Id, cancellation);
        if (reply.IsSuccess)
            return Result.Ok;
        if (reply.Status == 0 || reply.IsNotFound)
            return Refused(reply, sandbox);
        var inspected = await api.InspectAsync(sandbox.Id, cancellation);
        return inspected.Value switch
        {
            null => Refused(inspected, sandbox),
            { State.Paused: false } => Result.Ok,
            _ => Refused(reply, sandbox),
        };
    }

    public async Task<Result> StopAsync(SandboxRef sandbox, TimeSpan grace, CancellationToken cancellation = default)
    {
        var resumed = await ResumeAsync(sandbox, cancellation);
        if (resumed.Error is { } error)
            return error.Kind == ErrorKind.NotFound ? Result.Ok : error;
        // The daemon counts in whole seconds; a grace is never cut short.
        var seconds = (int)Math.Clamp(Math.Ceiling(grace.TotalSeconds), 0, 3600);
        var reply = await api.StopAsync(sandbox.Id, seconds, cancellation);
        if (!reply.IsSuccess && !reply.IsNotFound)
            return Refused(reply, sandbox);
        logger.Stopped(sandbox.Name, sandbox.Id);
        return Result.Ok;
    }

    public async Task<Result> RemoveAsync(SandboxRef sandbox, bool withWorkspace, CancellationToken cancellation = default)
    {
        cpu.Forget(sandbox.Id);
        var reply = await api.RemoveAsync(sandbox.Id, cancellation);
        // Somebody else removes it just now.
        if (reply.IsConflict && (await RemovedAsync(sandbox, cancellation)).Error is { } error)
            return error;
        if (!reply.IsSuccess && !reply.IsNotFound && !reply.IsConflict)
            return Refused(reply, sandbox);
        if (withWorkspace)
        {
            foreach (var volume in (string[])[DockerContainer.WorkspaceVolume(sandbox.Name), DockerContainer.HomeVolume(sandbox.Name)])
            {
                var removed = await api.RemoveVolumeAsync(volume, cancellation);
                // In use (conflict): a later sandbox has taken the name and the workspace over.
                if (!removed.IsSuccess && !removed.IsNotFound && !removed.IsConflict)
                    return Refused(removed, sandbox);
            }
        }
        if (reply.IsSuccess)
            logger.Removed(sandbox.Name, sandbox.Id, withWorkspace);
        return Result.Ok;
    }

    public async Task<Result<IReadOnlyList<SandboxStatus>>> ListAsync(IReadOnlyDictionary<string, string> labels, CancellationToken cancellation = default)
    {
        var reply = await api.ListAsync([SandboxLabels.Sandbox, .. labels.Select(label => $"{label.Key}={label.Value}")], cancellation);
        if (reply.Value is not { } containers)
            return reply.ErrorOr(SandboxErrors.Unavailable);
        var statuses = await Task.WhenAll(containers.Select(container => StatusAsync(container, cancellation)));
        return (SandboxStatus[])[.. statuses.OfType<SandboxStatus>().OrderBy(status => status.Sandbox.Name, StringComparer.Ordinal)];
    }

    public void Dispose() => api.Client.Dispose();

    private static bool IsEnded(ContainerState state) => state.Status is "exited" or "dead" or "removing";

    private static SandboxExit Exit(ContainerState state) => new(state.Status == "created" ? null : state.ExitCode, state.OOMKilled);

    /// <summary>Null for a container that vanished between the list and its inspection.</summary>
    private async Task<SandboxStatus?> StatusAsync(ContainerSummary container, CancellationToken cancellation)
    {
        var labels = container.Labels ?? [];
        var name = labels.GetValueOrDefault(SandboxLabels.Sandbox) ?? container.Id;
        var phase = container.State switch
        {
            "created" => SandboxPhase.Created,
            "running" or "restarting" => SandboxPhase.Running,
            "paused" => SandboxPhase.Paused,
            _ => SandboxPhase.Exited,
        };
        SandboxExit? exit = null;
        if (phase == SandboxPhase.Exited)
        {
            var inspected = await api.InspectAsync(container.Id, cancellation);
            if (inspected.IsNotFound)
                return null;
            exit = inspected.Value is { } value ? Exit(value.State) : new SandboxExit(null, false);
        }
        var directory = labels.GetValueOrDefault(SandboxLabels.Directory) ?? "";
        return new SandboxStatus(new SandboxRef(container.Id, name), phase, labels, directory, exit);
    }

    private async Task<Result> RemovedAsync(SandboxRef sandbox, CancellationToken cancellation)
    {
        var reply = await api.WaitAsync(sandbox.Id, "removed", cancellation);
        if (reply.Value is not { } response)
            return reply.IsNotFound ? Result.Ok : Refused(reply, sandbox);
        using (response)
        {
            try
            {
                await response.Content.ReadAsByteArrayAsync(cancellation);
                return Result.Ok;
            }
            catch (Exception e) when (DockerClient.IsLost(e))
            {
                return SandboxErrors.Unavailable(api.Client.Explain(e));
            }
        }
    }

    /// <summary>Volumes come into being before a create can still fail; those of this create go, those of an earlier sandbox stay.</summary>
    private async Task RemoveMadeVolumesAsync(string name, string create, CancellationToken cancellation)
    {
        foreach (var volume in (string[])[DockerContainer.WorkspaceVolume(name), DockerContainer.HomeVolume(name)])
        {
            var inspected = await api.InspectVolumeAsync(volume, cancellation);
            if (inspected.Value?.Labels?.GetValueOrDefault(DockerContainer.CreateLabel) != create)
                continue;
            var removed = await api.RemoveVolumeAsync(volume, cancellation);
            if (!removed.IsSuccess && !removed.IsNotFound)
                logger.VolumeLeft(volume, removed.Message);
        }
    }

    /// <summary>What a process can not give back is counted, the page cache that the kernel can drop is not: as <c>docker stats</c> shows it.</summary>
    private static long MemoryInUse(MemoryStats? memory)
    {
        if (memory is null)
            return 0;
        // cgroup v1 has the first name, v2 the second.
        var droppable = memory.Stats?.GetValueOrDefault("total_inactive_file") is > 0 and var v1 ? v1 : memory.Stats?.GetValueOrDefault("inactive_file") ?? 0;
        return (long)(memory.Usage > droppable ? memory.Usage - droppable : memory.Usage);
    }

    private static SquadError Refused<T>(DockerReply<T> reply, SandboxRef sandbox) =>
        reply.IsNotFound ? SandboxErrors.NotFound(sandbox.Name) : reply.ErrorOr(SandboxErrors.Unavailable);
}
