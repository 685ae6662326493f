#pragma warning disable CA1416 // Process sandboxes are made on Linux only, which CheckAsync says.
using System.ComponentModel;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Squad.Platform.Sandboxes.Processes;

/// <summary>
/// Sandboxes as plain child processes of this user: no isolation, no limits (those of the spec are not applied), no images, no networks of
/// their own. The fallback for a machine without Docker. All state is on disk and in /proc, so a new instance finds what an earlier one
/// started; processes are told apart by a random id in their environment and by start time, never by pid alone. One instance a root directory.
/// </summary>
public sealed class ProcessSandboxEngine : ISandboxEngine
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan WrapperGrace = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan KillPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan KillInterval = TimeSpan.FromMilliseconds(2);

    private readonly string root;
    private readonly string[] program;
    private readonly bool isKeeper;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly CpuSampler cpu;
    // Start and Remove of one sandbox exclude each other; names share a few locks.
    private readonly SemaphoreSlim[] locks = [.. Enumerable.Range(0, 16).Select(_ => new SemaphoreSlim(1))];
    private int warned;

    public ProcessSandboxEngine(SandboxOptions options, TimeProvider time, ILogger<ProcessSandboxEngine> logger)
        : this(options, time, logger, null)
    {
    }

    /// <param name="program">What to run in place of Keeper, to probe a sandbox from inside.</param>
    internal ProcessSandboxEngine(SandboxOptions options, TimeProvider time, ILogger logger, string[]? program)
    {
        root = Path.GetFullPath(options.Processes.Root);
        this.program = program ?? [KeeperProgram.Resolve(options.KeeperPath)];
        isKeeper = program is null;
        this.time = time;
        this.logger = logger;
        cpu = new CpuSampler(time);
    }

    public string Name => "process";

    public bool Isolates => false;

    public SandboxPaths Paths(SandboxSpec spec)
    {
        var files = Files(spec.Name);
        return new SandboxPaths(files.Workspace, spec.Repository, spec.Directory, files.Home);
    }

    public Task<Result> CheckAsync(CancellationToken cancellation = default)
    {
        if (!OperatingSystem.IsLinux())
            return Refuse("Process sandboxes need Linux.");
        if (!File.Exists(program[0]))
            return Refuse($"The Keeper program '{program[0]}' does not exist; build it, or set {SandboxOptions.Section}:KeeperPath.");
        if ((File.GetUnixFileMode(program[0]) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) == 0)
            return Refuse($"The Keeper program '{program[0]}' is not executable.");
        return Task.FromResult(Result.Ok);

        static Task<Result> Refuse(string message) => Task.FromResult<Result>(SandboxErrors.Unavailable(message));
    }

    public Task<Result<SandboxRef>> CreateAsync(SandboxSpec spec, CancellationToken cancellation = default) => Task.FromResult(Create(spec));

    public async Task<Result> StartAsync(SandboxRef sandbox, CancellationToken cancellation = default)
    {
        using var held = await HoldAsync(sandbox.Name, cancellation);
        if (Find(sandbox) is not var (files, record))
            return SandboxErrors.NotFound(sandbox.Name);
        var before = ProcessObservation.Of(files);
        if (before.IsActive)
            return Result.Ok;
        if ((await CheckAsync(cancellation)).Error is { } error)
            return SandboxErrors.StartFailed(error.Message);
        int pid;
        try
        {
            // What an earlier run left behind must not meet the new one.
            await EndAllAsync(files, record);
            files.Prepare();
            pid = ProcessLauncher.Start(files, record, isKeeper ? [.. program, "--dir", record.Directory] : program);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or Win32Exception)
        {
            return Failed(e, SandboxErrors.StartFailed);
        }
        // Not cancelled from here on: it runs, and the wrapper needs milliseconds to say so.
        while (ProcessObservation.Of(files).Phase == SandboxPhase.Created)
        {
            if (ProcFs.Find(pid) is not { IsAlive: true } && ProcessObservation.Of(files).Phase == SandboxPhase.Created)
                return SandboxErrors.StartFailed($"the wrapper ended at once; see '{ProcessFiles.Errors(record.Directory)}'.");
            await Task.Delay(TimeSpan.FromMilliseconds(1), time, CancellationToken.None);
        }
        logger.Started(sandbox.Name, sandbox.Id);
        return Result.Ok;
    }

    public Task<Result<SandboxAttachment>> AttachAsync(SandboxRef sandbox, CancellationToken cancellation = default)
    {
        if (Find(sandbox) is not var (files, record))
            return Task.FromResult<Result<SandboxAttachment>>(SandboxErrors.NotFound(sandbox.Name));
        var observed = ProcessObservation.Of(files);
        var path = ProcessFiles.Output(record.Directory);
        var position = observed.Phase != SandboxPhase.Created && File.Exists(path) ? new FileInfo(path).Length : 0;
        var output = new FollowedFile(path, position, () => ProcessObservation.Of(files).Phase == SandboxPhase.Exited || Find(sandbox) is null, time);
        // Both ways, since opening a pipe for writing alone waits for a reader.
        Stream input = observed.IsActive
            ? new FileStream(files.Input, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0)
            : Stream.Null;
        return Task.FromResult<Result<SandboxAttachment>>(new SandboxAttachment(input, output, new Attached(input, output)));
    }

    public async Task<Result<SandboxExit>> WaitAsync(SandboxRef sandbox, CancellationToken cancellation = default)
    {
        if (Find(sandbox) is not var (files, _))
            return SandboxErrors.NotFound(sandbox.Name);
        while (true)
        {
            var observed = ProcessObservation.Of(files);
            if (observed.Exit is { } exit)
                return exit;
            if (Find(sandbox) is null)
                return new SandboxExit(null, OutOfMemory: false);
            await Task.Delay(LookInterval, time, cancellation);
        }
    }

    public async Task<Result<SandboxStats>> StatsAsync(SandboxRef sandbox, CancellationToken cancellation = default)
    {
        if (Find(sandbox) is not var (files, record))
            return SandboxErrors.NotFound(sandbox.Name);
        var (sample, percent) = await cpu.SampleAsync(
            sandbox.Id,
            () =>
            {
                var observed = ProcessObservation.Of(files);
                return Task.FromResult(observed.IsActive ? ProcessTree.Find(record.Id, observed.Wrapper) : null);
            },
            tree => new CpuSampler.Reading(time.GetUtcNow(), tree.Sum(process => process.CpuTicks) / ProcFs.TicksPerSecond),
            cancellation);
        return sample is null
            ? SandboxErrors.NotRunning(sandbox.Name)
            : new SandboxStats(percent, sample.Sum(process => process.ResidentPages) * Environment.SystemPageSize, sample.Sum(process => process.Threads));
    }

    public Task<Result> PauseAsync(SandboxRef sandbox, CancellationToken cancellation = default)
    {
        if (Find(sandbox) is not var (files, record))
            return Task.FromResult<Result>(SandboxErrors.NotFound(sandbox.Name));
        var observed = ProcessObservation.Of(files);
        if (!observed.IsActive)
            return Task.FromResult<Result>(SandboxErrors.NotRunning(sandbox.Name));
        ProcessTree.Freeze(record.Id, observed.Wrapper);
        return Task.FromResult(Result.Ok);
    }

    public Task<Result> ResumeAsync(SandboxRef sandbox, CancellationToken cancellation = default)
    {
        if (Find(sandbox) is not var (files, record))
            return Task.FromResult<Result>(SandboxErrors.NotFound(sandbox.Name));
        var observed = ProcessObservation.Of(files);
        if (observed.IsActive)
            ProcessTree.Thaw(record.Id, observed.Wrapper);
        return Task.FromResult(Result.Ok);
    }

    public async Task<Result> StopAsync(SandboxRef sandbox, TimeSpan grace, CancellationToken cancellation = default)
    {
        if (Find(sandbox) is not var (files, record))
            return Result.Ok;
        var observed = ProcessObservation.Of(files);
        if (observed.IsActive)
        {
            ProcessTree.Thaw(record.Id, observed.Wrapper);
            var asked = false;
            for (var deadline = time.GetUtcNow() + grace; observed.IsActive && time.GetUtcNow() < deadline; observed = ProcessObservation.Of(files))
            {
                // One that was started just now may not have its Keeper yet.
                if (!asked && observed.Keeper is { } keeper)
                    asked = ProcessSignals.Send(keeper, UnixSignal.Term);
                await Task.Delay(LookInterval, time, cancellation);
            }
            logger.Stopped(sandbox.Name, sandbox.Id);
        }
        // Also what Keeper left behind.
        await EndAllAsync(files, record);
        return Result.Ok;
    }

    public async Task<Result> RemoveAsync(SandboxRef sandbox, bool withWorkspace, CancellationToken cancellation = default)
    {
        using var held = await HoldAsync(sandbox.Name, cancellation);
        cpu.Forget(sandbox.Id);
        var files = Files(sandbox.Name);
        if (Find(sandbox) is not var (_, record))
        {
            // Removed before but for its workspace; unless another sandbox has taken the name over.
            if (withWorkspace && !File.Exists(files.Record))
                return Remove(files, withWorkspace);
            return Result.Ok;
        }
        await EndAllAsync(files, record);
        var removed = Remove(files, withWorkspace);
        if (removed.IsOk)
            logger.Removed(sandbox.Name, sandbox.Id, withWorkspace);
        return removed;
    }

    public Task<Result<IReadOnlyList<SandboxStatus>>> ListAsync(IReadOnlyDictionary<string, string> labels, CancellationToken cancellation = default)
    {
        var found = new List<SandboxStatus>();
        foreach (var state in Directory.Exists(root) ? Directory.GetDirectories(root) : [])
        {
            var files = Files(Path.GetFileName(state));
            if (Read(files) is not { } record || labels.Any(label => record.Labels.GetValueOrDefault(label.Key) != label.Value))
                continue;
            var observed = ProcessObservation.Of(files);
            found.Add(new SandboxStatus(new SandboxRef(record.Id, record.Name), observed.Phase, record.Labels, record.Directory, observed.Exit));
        }
        found.Sort((a, b) => string.CompareOrdinal(a.Sandbox.Name, b.Sandbox.Name));
        return Task.FromResult<Result<IReadOnlyList<SandboxStatus>>>(found);
    }

    private Result<SandboxRef> Create(SandboxSpec spec)
    {
        if (SandboxSpecRules.Check(spec).Error is { } invalid)
            return invalid;
        if (Interlocked.Exchange(ref warned, 1) == 0)
            logger.NotIsolating();
        foreach (var needed in (string?[])[spec.Directory, spec.Repository])
            if (needed is not null && !Directory.Exists(needed))
                return SandboxErrors.CreateFailed($"the directory '{needed}' does not exist.");
        var labels = new Dictionary<string, string>(spec.Labels) { [SandboxLabels.Sandbox] = spec.Name, [SandboxLabels.Directory] = spec.Directory };
        var record = new ProcessRecord(Guid.NewGuid().ToString("n"), spec.Name, spec.Directory, labels, new Dictionary<string, string>(spec.Environment));
        try
        {
            if (!Files(spec.Name).TryCreate(record))
                return SandboxErrors.Exists(spec.Name);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Failed(e, SandboxErrors.CreateFailed);
        }
        logger.Created(spec.Name, record.Id, program[0]);
        return new SandboxRef(record.Id, spec.Name);
    }

    /// <summary>
    /// Kills all but the wrapper, which then writes down how Keeper ended; and the wrapper when it does not come to it. Repeated until nothing is
    /// left, or it is clear that something cannot be killed (a program of another user, a hanging disk), which is an error for people.
    /// </summary>
    private async Task EndAllAsync(ProcessFiles files, ProcessRecord record)
    {
        var deadline = time.GetUtcNow() + KillPatience;
        while (true)
        {
            var wrapper = ProcessObservation.Of(files).Wrapper;
            // Still first, so that none can slip away while others are killed.
            var tree = ProcessTree.Freeze(record.Id, wrapper);
            if (tree.Count == 0)
                return;
            var others = tree.Where(process => process.Pid != wrapper?.Pid).ToList();
            if (time.GetUtcNow() > deadline)
            {
                logger.ProcessesLeft(record.Name, string.Join(' ', others.Select(process => process.Pid)));
                return;
            }
            foreach (var process in others)
                ProcessSignals.Send(process, UnixSignal.Kill);
            if (wrapper is not null)
            {
                ProcessSignals.Send(wrapper, UnixSignal.Continue);
                var patience = time.GetUtcNow() + WrapperGrace;
                while (ProcessObservation.Of(files).Wrapper is not null && time.GetUtcNow() < patience)
                    await Task.Delay(KillInterval, time);
                if (ProcessObservation.Of(files).Wrapper is { } stuck)
                    ProcessSignals.Send(stuck, UnixSignal.Kill);
            }
            await Task.Delay(KillInterval, time);
        }
    }

    private static Result Remove(ProcessFiles files, bool withWorkspace)
    {
        try
        {
            files.Remove(withWorkspace);
            return Result.Ok;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return SandboxErrors.Unavailable($"The sandbox's files cannot be removed: {e.Message}");
        }
    }

    private static SquadError Failed(Exception e, Func<string, SquadError> otherwise)
    {
        const int noSpace = 28;
        return (e.HResult & 0xffff) == noSpace || e.Message.Contains("No space left", StringComparison.OrdinalIgnoreCase)
            ? SandboxErrors.DiskFull(e.Message)
            : otherwise(e.Message);
    }

    private ProcessFiles Files(string name) => new(root, name);

    private (ProcessFiles Files, ProcessRecord Record)? Find(SandboxRef sandbox)
    {
        var files = Files(sandbox.Name);
        return Read(files) is { } record && record.Id == sandbox.Id ? (files, record) : null;
    }

    private ProcessRecord? Read(ProcessFiles files)
    {
        try
        {
            return files.Read();
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            logger.RecordUnreadable(files.Record, e.Message);
            return null;
        }
    }

    private async Task<IDisposable> HoldAsync(string name, CancellationToken cancellation)
    {
        var held = locks[(uint)string.GetHashCode(name, StringComparison.Ordinal) % locks.Length];
        await held.WaitAsync(cancellation);
        return new Held(held);
    }

    private sealed class Held(SemaphoreSlim semaphore) : IDisposable
    {
        public void Dispose() => semaphore.Release();
    }

    private sealed class Attached(Stream input, Stream output) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await input.DisposeAsync();
            await output.DisposeAsync();
        }
    }
}
