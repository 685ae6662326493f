using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace Squad.Platform.Sandboxes.Fake;

/// <summary>
/// An engine in memory for tests of what stands on engines. It keeps the contract of <see cref="ISandboxEngine"/> (the same suite runs on it),
/// and can be told to misbehave: refuse, be slow, lose sandboxes. Time is taken from the <see cref="TimeProvider"/>.
/// </summary>
public sealed class FakeSandboxEngine(TimeProvider? time = null) : ISandboxEngine
{
    /// <summary>Exit code of a program ended by KILL.</summary>
    private const int Killed = 128 + 9;

    private readonly TimeProvider time = time ?? TimeProvider.System;
    private readonly ConcurrentDictionary<string, FakeSandbox> sandboxes = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> workspaces = new(StringComparer.Ordinal);
    private readonly Lock gate = new();
    private int created;

    public string Name => "fake";

    public bool Isolates { get; set; } = true;

    /// <summary>Images that exist. Empty (default): all do.</summary>
    public ISet<string> Images { get; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>Called before each call takes effect, with its name (<c>create</c>, <c>start</c>, ...) and the sandbox's; an error it returns is the call's. May wait, to be slow.</summary>
    public Func<string, string, Task<SquadError?>>? Before { get; set; }

    /// <summary>What runs in a sandbox; its result is the exit code. Default: waits for TERM, then ends with 143.</summary>
    public Func<FakeSandbox, Task<int>> Program { get; set; } = UntilStopped;

    /// <summary>Every call made, as <c>create NAME</c>, in order.</summary>
    public ConcurrentQueue<string> Calls { get; } = new();

    /// <summary>The sandboxes there are, by name.</summary>
    public ImmutableSortedDictionary<string, FakeSandbox> Sandboxes => sandboxes.ToImmutableSortedDictionary(StringComparer.Ordinal);

    /// <summary>Names whose workspace exists, also when the sandbox is removed.</summary>
    public ImmutableSortedSet<string> Workspaces => [.. workspaces.Keys];

    public SandboxPaths Paths(SandboxSpec spec) =>
        new("/workspace", spec.Repository is null ? null : "/run/squad-repository", "/run/squad", "/home/squad");

    /// <summary>Ends a sandbox's program from outside, as a crash would.</summary>
    public void Exit(string name, int? code, bool outOfMemory = false) => End(sandboxes[name], new SandboxExit(code, outOfMemory));

    /// <summary>Makes a sandbox vanish without a trace, as an administrator's <c>docker rm -f</c> would.</summary>
    public void Lose(string name)
    {
        if (sandboxes.TryRemove(name, out var sandbox))
            End(sandbox, new SandboxExit(null, false));
    }

    public async Task<Result> CheckAsync(CancellationToken cancellation = default) =>
        await BeforeAsync("check", "", cancellation) is { } error ? error : Result.Ok;

    public async Task<Result<SandboxRef>> CreateAsync(SandboxSpec spec, CancellationToken cancellation = default)
    {
        if (await BeforeAsync("create", spec.Name, cancellation) is { } error)
            return error;
        if (SandboxSpecRules.Check(spec).Error is { } invalid)
            return invalid;
        if (Images.Count > 0 && !Images.Contains(spec.Image))
            return SandboxErrors.ImageNotFound(spec.Image);
        var labels = spec.Labels.ToImmutableDictionary().SetItem(SandboxLabels.Sandbox, spec.Name).SetItem(SandboxLabels.Directory, spec.Directory);
        var sandbox = new FakeSandbox(new SandboxRef($"fake-{Interlocked.Increment(ref created)}", spec.Name), spec with { Labels = labels });
        if (!sandboxes.TryAdd(spec.Name, sandbox))
            return SandboxErrors.Exists(spec.Name);
        workspaces[spec.Name] = true;
        return sandbox.Ref;
    }

    public async Task<Result> StartAsync(SandboxRef sandbox, CancellationToken cancellation = default)
    {
        if (await BeforeAsync("start", sandbox.Name, cancellation) is { } error)
            return error;
        if (Find(sandbox) is not { } found)
            return SandboxErrors.NotFound(sandbox.Name);
        lock (gate)
        {
            if (found.Phase is SandboxPhase.Running or SandboxPhase.Paused)
                return Result.Ok;
            if (found.Phase is SandboxPhase.Exited)
                found.BeginAgain();
            found.Phase = SandboxPhase.Running;
            found.Starts++;
        }
        _ = RunAsync(found);
        return Result.Ok;
    }

    public async Task<Result<SandboxAttachment>> AttachAsync(SandboxRef sandbox, CancellationToken cancellation = default)
    {
        if (await BeforeAsync("attach", sandbox.Name, cancellation) is { } error)
            return error;
        return Find(sandbox) is { } found ? found.Attach() : SandboxErrors.NotFound(sandbox.Name);
    }

    public async Task<Result<SandboxExit>> WaitAsync(SandboxRef sandbox, CancellationToken cancellation = default)
    {
        if (await BeforeAsync("wait", sandbox.Name, cancellation) is { } error)
            return error;
        return Find(sandbox) is { } found ? await found.Exited.Task.WaitAsync(cancellation) : SandboxErrors.NotFound(sandbox.Name);
    }

    public async Task<Result<SandboxStats>> StatsAsync(SandboxRef sandbox, CancellationToken cancellation = default)
    {
        if (await BeforeAsync("stats", sandbox.Name, cancellation) is { } error)
            return error;
        if (Find(sandbox) is not { } found)
            return SandboxErrors.NotFound(sandbox.Name);
        return found.Phase is SandboxPhase.Running or SandboxPhase.Paused ? found.Stats : SandboxErrors.NotRunning(sandbox.Name);
    }

    public async Task<Result> PauseAsync(SandboxRef sandbox, CancellationToken cancellation = default)
    {
        if (await BeforeAsync("pause", sandbox.Name, cancellation) is { } error)
            return error;
        if (Find(sandbox) is not { } found)
            return SandboxErrors.NotFound(sandbox.Name);
        lock (gate)
        {
            if (found.Phase is not (SandboxPhase.Running or SandboxPhase.Paused))
                return SandboxErrors.NotRunning(sandbox.Name);
            found.Phase = SandboxPhase.Paused;
        }
        return Result.Ok;
    }

    public async Task<Result> ResumeAsync(SandboxRef sandbox, CancellationToken cancellation = default)
    {
        if (await BeforeAsync("resume", sandbox.Name, cancellation) is { } error)
            return error;
        if (Find(sandbox) is not { } found)
            return SandboxErrors.NotFound(sandbox.Name);
        lock (gate)
        {
            if (found.Phase is SandboxPhase.Paused)
                found.Phase = SandboxPhase.Running;
        }
        return Result.Ok;
    }

    public async Task<Result> StopAsync(SandboxRef sandbox, TimeSpan grace, CancellationToken cancellation = default)
    {
        if (await BeforeAsync("stop", sandbox.Name, cancellation) is { } error)
            return error;
        if (Find(sandbox) is not { } found)
            return Result.Ok;
        lock (gate)
        {
            if (found.Phase is not (SandboxPhase.Running or SandboxPhase.Paused))
                return Result.Ok;
            found.Phase = SandboxPhase.Running;
        }
        await found.Term.CancelAsync();
        try
        {
            await found.Exited.Task.WaitAsync(grace, time, cancellation);
        }
        catch (TimeoutException)
        {
            End(found, new SandboxExit(Killed, false));
        }
        return Result.Ok;
    }

    public async Task<Result> RemoveAsync(SandboxRef sandbox, bool withWorkspace, CancellationToken cancellation = default)
    {
        if (await BeforeAsync("remove", sandbox.Name, cancellation) is { } error)
            return error;
        if (Find(sandbox) is { } found && sandboxes.TryRemove(KeyValuePair.Create(sandbox.Name, found)))
            End(found, new SandboxExit(Killed, false));
        if (withWorkspace && !sandboxes.ContainsKey(sandbox.Name))
            workspaces.TryRemove(sandbox.Name, out _);
        return Result.Ok;
    }

    public async Task<Result<IReadOnlyList<SandboxStatus>>> ListAsync(IReadOnlyDictionary<string, string> labels, CancellationToken cancellation = default)
    {
        if (await BeforeAsync("list", "", cancellation) is { } error)
            return error;
        var found = sandboxes.Values
            .Where(s => labels.All(label => s.Spec.Labels.TryGetValue(label.Key, out var value) && value == label.Value))
            .OrderBy(s => s.Ref.Name, StringComparer.Ordinal)
            .Select(Status);
        return (SandboxStatus[])[.. found];
    }

    private static async Task<int> UntilStopped(FakeSandbox sandbox)
    {
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = sandbox.TermReceived.Register(stopped.SetResult);
        await stopped.Task;
        return 128 + 15;
    }

    private SandboxStatus Status(FakeSandbox sandbox)
    {
        lock (gate)
        {
            var exit = sandbox.Phase is SandboxPhase.Exited ? sandbox.Exited.Task.Result : null;
            return new SandboxStatus(sandbox.Ref, sandbox.Phase, sandbox.Spec.Labels, sandbox.Spec.Directory, exit);
        }
    }

    private async Task RunAsync(FakeSandbox sandbox)
    {
        var start = sandbox.Starts;
        var code = await Program(sandbox);
        if (sandbox.Starts == start)
            End(sandbox, new SandboxExit(code, false));
    }

    private void End(FakeSandbox sandbox, SandboxExit exit)
    {
        lock (gate)
        {
            if (!sandbox.Exited.TrySetResult(exit))
                return;
            sandbox.Phase = SandboxPhase.Exited;
            sandbox.CloseOutput();
        }
    }

    private FakeSandbox? Find(SandboxRef sandbox) => sandboxes.TryGetValue(sandbox.Name, out var found) && found.Ref.Id == sandbox.Id ? found : null;

    private async Task<SquadError?> BeforeAsync(string call, string name, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        Calls.Enqueue(name.Length == 0 ? call : $"{call} {name}");
        return Before is { } before ? await before(call, name).WaitAsync(cancellation) : null;
    }
}
