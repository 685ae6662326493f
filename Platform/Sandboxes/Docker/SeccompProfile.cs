using System.Text.Json;

namespace Squad.Platform.Sandboxes.Docker;

/// <summary>The system calls a sandbox may make: images/session/seccomp.json, which allows by list and answers EPERM to the rest.</summary>
internal static class SeccompProfile
{
    private static readonly Lazy<string> Loaded = new(Load);

    /// <summary>The profile as the daemon takes it, without white space: it travels with every create.</summary>
    public static string Json => Loaded.Value;

    private static string Load()
    {
        using var stream = typeof(SeccompProfile).Assembly.GetManifestResourceStream("squad.seccomp.json")
            ?? throw new InvalidOperationException("The seccomp profile is not embedded in this build.");
        using var document = JsonDocument.Parse(stream);
        return JsonSerializer.Serialize(document.RootElement, DockerJson.Default.JsonElement);
    }
}
