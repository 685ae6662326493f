using System.Globalization;

namespace Squad.Platform.Sandboxes.Docker;

/// <summary>
/// From a spec to the container that the daemon is asked for. Pure. Every hardening of a sandbox stands here: what is not said here is the
/// daemon's default, so whatever matters is said.
/// </summary>
internal static class DockerContainer
{
    public const string Workspace = "/workspace";
    public const string Home = "/home/squad";
    public const string Directory = "/run/squad";
    public const string Repository = "/run/squad-repository";
    public const string Keeper = "/usr/local/bin/keeper";

    /// <summary>On a volume: a random value of the create call that made it, so that a failed create removes its own volumes and no kept ones.</summary>
    public const string CreateLabel = "squad.create";

    /// <summary>The sandbox is to die before the server does when the machine runs out of memory.</summary>
    private const int OomScore = 500;

    private const string Prefix = "squad-";

    public static string ContainerName(string sandbox) => Prefix + sandbox;

    /// <summary>The sandbox's name of a container's; null for a container that is named as none of ours.</summary>
    public static string? SandboxName(string container)
    {
        var name = container.TrimStart('/');
        return name.StartsWith(Prefix, StringComparison.Ordinal) ? name[Prefix.Length..] : null;
    }

    public static string WorkspaceVolume(string sandbox) => $"{Prefix}{sandbox}-workspace";

    public static string HomeVolume(string sandbox) => $"{Prefix}{sandbox}-home";

    public static ContainerCreate From(SandboxSpec spec, SandboxOptions options, string create, string[]? program = null)
    {
        var keeper = program ?? [Keeper, "--dir", Directory];
        return new ContainerCreate
        {
            Image = spec.Image,
            Entrypoint = keeper[..1],
            Cmd = keeper[1..],
            Env = [$"HOME={Home}", .. spec.Environment.Select(variable => $"{variable.Key}={variable.Value}")],
            User = "1000:1000",
            WorkingDir = Workspace,
            OpenStdin = true,
            Labels = new Dictionary<string, string>(spec.Labels)
            {
                [SandboxLabels.Sandbox] = spec.Name,
                [SandboxLabels.Directory] = spec.Directory,
            },
            HostConfig = new HostConfig
            {
                Memory = spec.Limits.MemoryBytes,
                // The same as memory means: no swap at all.
                MemorySwap = spec.Limits.MemoryBytes,
                NanoCpus = (long)(spec.Limits.Cpus * 1_000_000_000),
                PidsLimit = spec.Limits.Pids,
                OomScoreAdj = OomScore,
                CapDrop = ["ALL"],
                SecurityOpt = ["no-new-privileges", "seccomp=" + SeccompProfile.Json],
                ReadonlyRootfs = true,
                // Keeper is process 1, reaps and forwards signals.
                Init = false,
                NetworkMode = spec.Network,
                IpcMode = "private",
                Runtime = spec.Runtime ?? options.Runtime,
                Tmpfs = new Dictionary<string, string>
                {
                    // Programs unpack and run things there, hence exec.
                    ["/tmp"] = string.Create(CultureInfo.InvariantCulture, $"rw,exec,nosuid,nodev,mode=1777,size={spec.Limits.TmpBytes}"),
                },
                Mounts = [.. Mounts(spec, create)],
                Ulimits = options.Docker.OpenFiles > 0
                    ? [new Ulimit("core", 0, 0), new Ulimit("nofile", options.Docker.OpenFiles, options.Docker.OpenFiles)]
                    : [new Ulimit("core", 0, 0)],
                // What Keeper prints is for people; the truth is in its journal. Compression would need a second file.
                LogConfig = new LogConfig("local", new Dictionary<string, string> { ["max-size"] = "8m", ["max-file"] = "1", ["compress"] = "false" }),
                RestartPolicy = new RestartPolicy("no"),
            },
        };
    }

    /// <summary>Volumes are made by the daemon together with the container, which saves their round trips.</summary>
    private static IEnumerable<ContainerMount> Mounts(SandboxSpec spec, string create)
    {
        yield return Volume(spec, WorkspaceVolume(spec.Name), Workspace, create);
        yield return Volume(spec, HomeVolume(spec.Name), Home, create);
        yield return new ContainerMount { Type = "bind", Source = spec.Directory, Target = Directory };
        if (spec.Repository is { } repository)
            yield return new ContainerMount { Type = "bind", Source = repository, Target = Repository, ReadOnly = true };
    }

    private static ContainerMount Volume(SandboxSpec spec, string name, string target, string create) => new()
    {
        Type = "volume",
        Source = name,
        Target = target,
        VolumeOptions = new VolumeOptions(new Dictionary<string, string>(spec.Labels) { [SandboxLabels.Sandbox] = spec.Name, [CreateLabel] = create }),
    };
}
