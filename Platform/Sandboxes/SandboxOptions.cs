using Microsoft.Extensions.Options;

namespace Squad.Platform.Sandboxes;

/// <summary>Which engine to take.</summary>
public enum SandboxEngineKind
{
    /// <summary>Docker when its daemon answers and the session image is there, else plain processes with a warning.</summary>
    Auto,

    /// <summary>Docker, or nothing.</summary>
    Docker,

    /// <summary>Plain processes, which isolate nothing.</summary>
    Process,
}

/// <summary>Section <c>Squad:Sandbox</c>.</summary>
public sealed class SandboxOptions
{
    public const string Section = "Squad:Sandbox";

    /// <summary>Default: auto.</summary>
    public SandboxEngineKind Engine { get; set; } = SandboxEngineKind.Auto;

    /// <summary>Image of a session that names none. Default: squad-session:latest, what <c>make image</c> builds.</summary>
    public string Image { get; set; } = "squad-session:latest";

    /// <summary>OCI runtime (<c>runsc</c>, <c>kata</c>) of sandboxes whose spec names none. Default: the daemon's.</summary>
    public string? Runtime { get; set; }

    /// <summary>
    /// The Keeper program on this machine, for process sandboxes; a name without '/' is looked up next to the server's own program.
    /// Default: Squad.Keeper.
    /// </summary>
    public string KeeperPath { get; set; } = "Squad.Keeper";

    /// <summary>Limits of a session that asks for none. Defaults: 2 GiB, 1 CPU, 512 processes, 256 MiB of /tmp.</summary>
    public SandboxLimits Limits { get; set; } = new();

    public DockerOptions Docker { get; set; } = new();

    public ProcessOptions Processes { get; set; } = new();
}

/// <summary>Section <c>Squad:Sandbox:Docker</c>: how the daemon is reached.</summary>
public sealed class DockerOptions
{
    /// <summary><c>unix:///path</c>, <c>tcp://host:port</c> (plain, for a local proxy only) or <c>https://host:port</c>. Default: DOCKER_HOST, else unix:///var/run/docker.sock.</summary>
    public string? Host { get; set; }

    /// <summary>PEM file of the client's certificate, for TLS. Default: none.</summary>
    public string? Certificate { get; set; }

    /// <summary>PEM file of its key. Default: none.</summary>
    public string? CertificateKey { get; set; }

    /// <summary>PEM file of the authority that signed the daemon's certificate. Default: the machine's trusted ones.</summary>
    public string? CertificateAuthority { get; set; }

    /// <summary>How long one call may take, but for waiting and stopping. Default: 60 s.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(60);
}

/// <summary>Section <c>Squad:Sandbox:Processes</c>.</summary>
public sealed class ProcessOptions
{
    /// <summary>Directory of the process sandboxes' records, workspaces and homes. Default: data/processes.</summary>
    public string Root { get; set; } = "data/processes";
}

/// <summary>Checks everything at start and reports all problems at once, each by the key that is wrong.</summary>
public sealed class SandboxOptionsValidator : IValidateOptions<SandboxOptions>
{
    public ValidateOptionsResult Validate(string? name, SandboxOptions options)
    {
        var problems = new List<string>();

        void Must(bool holds, string key, string rule)
        {
            if (!holds)
                problems.Add($"{SandboxOptions.Section}:{key} {rule}");
        }

        Must(Enum.IsDefined(options.Engine), "Engine", "must be auto, docker or process.");
        Must(!string.IsNullOrWhiteSpace(options.Image), "Image", "must name an image.");
        Must(!string.IsNullOrWhiteSpace(options.KeeperPath), "KeeperPath", "must name the Keeper program.");
        Must(!string.IsNullOrWhiteSpace(options.Processes.Root), "Processes:Root", "must name a directory.");
        Must(options.Docker.Timeout > TimeSpan.Zero, "Docker:Timeout", "must be positive.");
        Must(options.Docker.Host is null || Docker.DockerEndpoint.Parse(options.Docker.Host).IsOk, "Docker:Host",
            "must be unix:///path, tcp://host:port or https://host:port.");
        Must(options.Docker.Certificate is null == options.Docker.CertificateKey is null, "Docker:Certificate", "and Docker:CertificateKey go together.");
        foreach (var (file, key) in new[]
        {
            (options.Docker.Certificate, "Docker:Certificate"),
            (options.Docker.CertificateKey, "Docker:CertificateKey"),
            (options.Docker.CertificateAuthority, "Docker:CertificateAuthority"),
        })
            Must(file is null || File.Exists(file), key, $"names '{file}', which does not exist.");
        Must(options.Limits.MemoryBytes >= 16 << 20, "Limits:MemoryBytes", "must be at least 16777216.");
        Must(options.Limits.Cpus is >= 0.01 and <= 1024, "Limits:Cpus", "must be between 0.01 and 1024.");
        Must(options.Limits.Pids is >= 8 and <= 1_000_000, "Limits:Pids", "must be between 8 and 1000000.");
        Must(options.Limits.TmpBytes >= 1 << 20, "Limits:TmpBytes", "must be at least 1048576.");
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }
}
