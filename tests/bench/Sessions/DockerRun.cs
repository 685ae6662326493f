using System.Diagnostics;

namespace Squad.Bench.Sessions;

/// <summary>The bare tool that sessions are measured against: <c>docker run</c> with the flags that a sandbox has.</summary>
internal static class DockerRun
{
    public const string Image = "squad-session:latest";

    private static readonly string[] Hardened =
    [
        "--network", "none", "--memory", "2g", "--memory-swap", "2g", "--cpus", "1", "--pids-limit", "512", "--cap-drop", "ALL",
        "--security-opt", "no-new-privileges", "--read-only", "--tmpfs", "/tmp", "--user", "1000:1000", "--entrypoint", "/bin/sh",
    ];

    public static Process Start(string command, params string[] more) => Docker(["run", .. more, .. Hardened, Image, "-c", command]);

    public static Process Docker(params string[] arguments) =>
        Process.Start(new ProcessStartInfo("docker", arguments) { RedirectStandardOutput = true })!;
}
