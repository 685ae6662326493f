namespace Squad.Platform.Sandboxes;

/// <summary>
/// Makes and ends sandboxes on one machine. The program in a sandbox is always Keeper; what runs inside is Keeper's business.
/// Order: Create, Start, any number of Stats/Pause/Resume, Stop, Remove. All calls may be made concurrently, also for one sandbox;
/// Stop and Remove are idempotent; after a restart of this process List finds what an earlier one created.
/// A cancelled call leaves the sandbox in a state that List reports truthfully.
/// </summary>
public interface ISandboxEngine
{
    /// <summary>Short name that users see: <c>docker</c>, <c>process</c>, <c>fake</c>.</summary>
    string Name { get; }

    /// <summary>Whether a sandbox is separated from the machine. When false the user is told so, loudly.</summary>
    bool Isolates { get; }

    /// <summary>
    /// The paths of a sandbox made from this spec, as its own processes see them: what Keeper's spec must name. Pure, does not need the sandbox to exist.
    /// </summary>
    SandboxPaths Paths(SandboxSpec spec);

    /// <summary>Can sandboxes be made now? Says why not: no Docker, no permission, daemon too old.</summary>
    Task<Result> CheckAsync(CancellationToken cancellation = default);

    /// <summary>
    /// Creates the sandbox, its workspace volume and its limits; nothing runs yet.
    /// Errors: <c>sandbox.imageNotFound</c>, <c>sandbox.exists</c>, <c>sandbox.unavailable</c>, <c>sandbox.diskFull</c>,
    /// <c>sandbox.createFailed</c> (with the engine's message), <c>validation</c>. A workspace kept from an earlier sandbox of this name is used again. Leaves nothing behind when it fails.
    /// </summary>
    Task<Result<SandboxRef>> CreateAsync(SandboxSpec spec, CancellationToken cancellation = default);

    /// <summary>Starts Keeper in it; again if it has ended. Nothing happens if it runs. Errors: <c>sandbox.notFound</c>, <c>sandbox.startFailed</c> (with the engine's message).</summary>
    Task<Result> StartAsync(SandboxRef sandbox, CancellationToken cancellation = default);

    /// <summary>
    /// Attaches to Keeper's standard streams: for engines without a shared directory (another host), and for people. The stream ends when the sandbox does.
    /// </summary>
    Task<Result<SandboxAttachment>> AttachAsync(SandboxRef sandbox, CancellationToken cancellation = default);

    /// <summary>Completes when the sandbox has ended, at once if it has. Errors: <c>sandbox.notFound</c>.</summary>
    Task<Result<SandboxExit>> WaitAsync(SandboxRef sandbox, CancellationToken cancellation = default);

    /// <summary>One sample of what it uses now. Errors: <c>sandbox.notFound</c>, <c>sandbox.notRunning</c>.</summary>
    Task<Result<SandboxStats>> StatsAsync(SandboxRef sandbox, CancellationToken cancellation = default);

    /// <summary>Freezes all its processes. Errors: <c>sandbox.notFound</c>, <c>sandbox.notRunning</c>. Idempotent.</summary>
    Task<Result> PauseAsync(SandboxRef sandbox, CancellationToken cancellation = default);

    /// <summary>Lets them go on. Errors: <c>sandbox.notFound</c>. Nothing happens if it is not paused.</summary>
    Task<Result> ResumeAsync(SandboxRef sandbox, CancellationToken cancellation = default);

    /// <summary>
    /// Asks Keeper to end (TERM), after <paramref name="grace"/> kills. Completes when it has ended. A paused one is let go on first.
    /// Nothing happens if it does not run or does not exist.
    /// </summary>
    Task<Result> StopAsync(SandboxRef sandbox, TimeSpan grace, CancellationToken cancellation = default);

    /// <summary>Kills it if it runs and removes it; its workspace volume too when <paramref name="withWorkspace"/>. Idempotent.</summary>
    Task<Result> RemoveAsync(SandboxRef sandbox, bool withWorkspace, CancellationToken cancellation = default);

    /// <summary>Every sandbox of this engine that carries all these labels, running or not.</summary>
    Task<Result<IReadOnlyList<SandboxStatus>>> ListAsync(IReadOnlyDictionary<string, string> labels, CancellationToken cancellation = default);
}
