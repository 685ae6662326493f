namespace Squad.Platform.Sandboxes;

/// <summary>What to make. No secret may stand in it: labels and environment are visible to whoever can inspect the engine.</summary>
public sealed record SandboxSpec
{
    /// <summary>Unique on the machine, <c>[a-z0-9-]{1,40}</c>; the container is called <c>squad-NAME</c>, its volume <c>squad-NAME-workspace</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Image to run; ignored by engines without images.</summary>
    public required string Image { get; init; }

    /// <summary>Host directory that Keeper and its node share, mounted at <c>/run/squad</c> (see SandboxDirectory).</summary>
    public required string Directory { get; init; }

    /// <summary>Host path of the bare repository, mounted read-only at <c>/run/squad-repository</c>; null for none.</summary>
    public string? Repository { get; init; }

    /// <summary>At least <c>squad.session</c> and <c>squad.node</c>.</summary>
    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    /// <summary>Environment of Keeper itself. The engine's own goes through Keeper's spec.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    public SandboxLimits Limits { get; init; } = new();

    /// <summary><c>none</c> (default) or the name of a network.</summary>
    public string Network { get; init; } = "none";

    /// <summary>OCI runtime (<c>runsc</c>, <c>kata</c>); null for the engine's default.</summary>
    public string? Runtime { get; init; }
}

/// <summary>Hard limits of one sandbox.</summary>
public sealed record SandboxLimits
{
    /// <summary>Bytes, no swap beyond it. Default: 2 GiB.</summary>
    public long MemoryBytes { get; init; } = 2L << 30;

    /// <summary>CPUs. Default: 1.</summary>
    public double Cpus { get; init; } = 1;

    /// <summary>Processes and threads. Default: 512.</summary>
    public int Pids { get; init; } = 512;

    /// <summary>Bytes of the tmpfs at /tmp. Default: 256 MiB.</summary>
    public long TmpBytes { get; init; } = 256L << 20;
}

/// <summary>Where things are for a process inside a sandbox.</summary>
/// <param name="Workspace">The writable working directory, empty at first: <c>/workspace</c> in a container.</param>
/// <param name="Repository">The bare repository to clone from; null when the spec has none. <c>/run/squad-repository</c> in a container.</param>
/// <param name="Directory">What Keeper and its node share: <c>/run/squad</c> in a container.</param>
/// <param name="Home">The writable home directory, outside of the workspace.</param>
public sealed record SandboxPaths(string Workspace, string? Repository, string Directory, string Home);

/// <param name="Id">The engine's own id: a container id, or a random id of a process sandbox.</param>
/// <param name="Name">The <see cref="SandboxSpec.Name"/>.</param>
public sealed record SandboxRef(string Id, string Name);

public enum SandboxPhase
{
    Created,
    Running,
    Paused,
    Exited,
}

/// <param name="Exit">Set when <paramref name="Phase"/> is Exited.</param>
public sealed record SandboxStatus(SandboxRef Sandbox, SandboxPhase Phase, IReadOnlyDictionary<string, string> Labels, string Directory, SandboxExit? Exit);

/// <param name="Code">Exit code, 128 + signal when killed; null when the engine can no longer tell.</param>
/// <param name="OutOfMemory">The kernel killed it for its memory limit.</param>
public sealed record SandboxExit(int? Code, bool OutOfMemory);

/// <param name="CpuPercent">100 is one CPU in full.</param>
public sealed record SandboxStats(double CpuPercent, long MemoryBytes, int Pids);

/// <summary>Keeper's standard streams; disposing detaches and does not end the sandbox.</summary>
public sealed class SandboxAttachment(Stream input, Stream output, IAsyncDisposable connection) : IAsyncDisposable
{
    public Stream Input { get; } = input;

    /// <summary>Keeper's stdout, already separated from its stderr.</summary>
    public Stream Output { get; } = output;

    public ValueTask DisposeAsync() => connection.DisposeAsync();
}
