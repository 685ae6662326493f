using Squad.Platform.Sandboxes;

namespace Squad.Simulation;

/// <summary>
/// A node's sandbox engine as one silo process reaches it: a daemon that may be slow, away for a while, or lost between doing and answering.
/// Keeps the contract of <see cref="ISandboxEngine"/>.
/// </summary>
internal sealed class SimulatedSandboxEngine(SimulatedNode node) : ISandboxEngine
{
    private static readonly SquadError Unavailable = SandboxErrors.Unavailable("The daemon does not answer.");

    public string Name => "simulated";

    public bool Isolates => true;

    public SandboxPaths Paths(SandboxSpec spec) => new("/workspace", "/run/squad-repository", "/run/squad", "/home/squad");

    public Task<Result> CheckAsync(CancellationToken cancellation = default) => AskAsync("check", cancellation, () => Result.Ok);

    public async Task<Result<SandboxRef>> CreateAsync(SandboxSpec spec, CancellationToken cancellation = default)
    {
        SandboxRef? made = null;
        var created = await AskAsync($"create {spec.Name}", cancellation, () =>
        {
            if (node.Sandboxes.ContainsKey(spec.Name))
                return SandboxErrors.Exists(spec.Name);
            var sandbox = new SimulatedSandbox(node, spec);
            node.Sandboxes.Add(spec.Name, sandbox);
            made = sandbox.Ref;
            return Result.Ok;
        });
        return created.IsOk ? made! : created.Error;
    }

    public Task<Result> StartAsync(SandboxRef sandbox, CancellationToken cancellation = default) => WithAsync("start", sandbox, cancellation, found =>
    {
        found.Start();
        node.World.Invariants.Sandboxes.Started(node);
        return Result.Ok;
    });

    public Task<Result<SandboxAttachment>> AttachAsync(SandboxRef sandbox, CancellationToken cancellation = default) =>
        throw new NotSupportedException("Nodes reach Keeper through its socket.");

    public async Task<Result<SandboxExit>> WaitAsync(SandboxRef sandbox, CancellationToken cancellation = default)
    {
        SimulatedSandbox? found = null;
        var watched = await WithAsync("wait", sandbox, cancellation, there =>
        {
            found = there;
            return Result.Ok;
        });
        if (!watched.IsOk)
            return watched.Error;
        var left = new TaskCompletionSource();
        void Leave() => left.TrySetResult();
        node.DaemonLeft += Leave;
        try
        {
            await Task.WhenAny(found!.Exited, left.Task).WaitAsync(cancellation);
        }
        finally
        {
            node.DaemonLeft -= Leave;
        }

        if (found.Exit is { } exit)
            return exit;
        return Unavailable;
    }

    public async Task<Result<SandboxStats>> StatsAsync(SandboxRef sandbox, CancellationToken cancellation = default)
    {
        var asked = await WithAsync("stats", sandbox, cancellation, found => found.IsAlive ? Result.Ok : SandboxErrors.NotRunning(sandbox.Name));
        return asked.IsOk ? new SandboxStats(1, 1 << 20, 1) : asked.Error;
    }

    public Task<Result> PauseAsync(SandboxRef sandbox, CancellationToken cancellation = default) => WithAsync("pause", sandbox, cancellation, found =>
    {
        if (!found.IsAlive)
            return SandboxErrors.NotRunning(sandbox.Name);
        found.Pause();
        return Result.Ok;
    });

    public Task<Result> ResumeAsync(SandboxRef sandbox, CancellationToken cancellation = default) => WithAsync("resume", sandbox, cancellation, found =>
    {
        if (found.Phase == SandboxPhase.Paused)
            found.Resume();
        return Result.Ok;
    });

    public async Task<Result> StopAsync(SandboxRef sandbox, TimeSpan grace, CancellationToken cancellation = default)
    {
        SimulatedSandbox? stopping = null;
        var asked = await AskAsync($"stop {sandbox.Name}", cancellation, () =>
        {
            if (Find(sandbox) is { IsAlive: true } found)
            {
                stopping = found;
                found.Terminate();
                node.World.Outside.After(grace, () => found.Kill());
            }

            return Result.Ok;
        });
        if (asked.IsOk && stopping is not null)
            await stopping.Exited.WaitAsync(cancellation);
        return asked;
    }

    public Task<Result> RemoveAsync(SandboxRef sandbox, bool withWorkspace, CancellationToken cancellation = default) => AskAsync($"remove {sandbox.Name}", cancellation, () =>
    {
        if (Find(sandbox) is { } found)
        {
            // A session that ended without having heard how its sandbox did (its node was away for too long) waits for nothing more of it.
            if (found.IsAlive || withWorkspace || node.World.Database.Session(found.Session) is not { ExitCode: not null } session || session.Node != node.Name)
                node.World.Invariants.Log.Discarded(found.Ref.Id);
            found.Kill();
            node.Sandboxes.Remove(sandbox.Name);
        }

        return Result.Ok;
    });

    public async Task<Result<IReadOnlyList<SandboxStatus>>> ListAsync(IReadOnlyDictionary<string, string> labels, CancellationToken cancellation = default)
    {
        SandboxStatus[] found = [];
        var listed = await AskAsync("list", cancellation, () =>
        {
            found = [.. node.Sandboxes.Values.Where(s => labels.All(label => s.Spec.Labels.GetValueOrDefault(label.Key) == label.Value)).Select(s => s.Status)];
            return Result.Ok;
        });
        return listed.IsOk ? found : listed.Error;
    }

    private SimulatedSandbox? Find(SandboxRef sandbox) => node.Sandboxes.GetValueOrDefault(sandbox.Name) is { } found && found.Ref.Id == sandbox.Id ? found : null;

    private Task<Result> WithAsync(string what, SandboxRef sandbox, CancellationToken cancellation, Func<SimulatedSandbox, Result> effect) =>
        AskAsync($"{what} {sandbox.Name}", cancellation, () => Find(sandbox) is { } found ? effect(found) : SandboxErrors.NotFound(sandbox.Name));

    /// <summary>A request to the daemon and its answer; what was sent takes effect also when its sender has died or given up.</summary>
    private async Task<Result> AskAsync(string what, CancellationToken cancellation, Func<Result> effect)
    {
        cancellation.ThrowIfCancellationRequested();
        var answer = new TaskCompletionSource<Result>();
        var outside = node.World.Outside;
        outside.After(node.Daemon.Latency(), () =>
        {
            if (node.IsGone)
                return;
            // A create that fails leaves nothing behind; anything else may have been done although the answer is lost.
            var fails = node.Daemon.FailsNow();
            var given = node.Daemon.IsAway || (fails && what.StartsWith("create", StringComparison.Ordinal)) ? Unavailable : effect();
            if (fails)
                given = Unavailable;
            node.World.Story.Add($"{node.Name} {what}: {given.Error?.Code ?? "done"}");
            outside.After(node.Daemon.Latency(), () => answer.TrySetResult(given));
        });
        return await answer.Task.WaitAsync(cancellation);
    }
}
