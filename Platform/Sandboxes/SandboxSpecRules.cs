using System.Text.RegularExpressions;

namespace Squad.Platform.Sandboxes;

/// <summary>What a spec must satisfy before any engine acts on it. Pure; reports every problem at once.</summary>
public static partial class SandboxSpecRules
{
    public static Result Check(SandboxSpec spec)
    {
        var problems = new List<FieldError>();

        void Must(bool holds, string field, string code, string message)
        {
            if (!holds)
                problems.Add(new FieldError(field, code, message));
        }

        Must(NamePattern().IsMatch(spec.Name), "name", "format", "A sandbox name is 1 to 40 of a-z, 0-9 and '-', and does not begin or end with '-'.");
        Must(!string.IsNullOrWhiteSpace(spec.Image), "image", "required", "Name the image to run.");
        Must(IsPlainPath(spec.Directory), "directory", "format", "The directory must be an absolute path without '..' or line breaks.");
        Must(spec.Repository is null || IsPlainPath(spec.Repository), "repository", "format", "The repository must be an absolute path without '..' or line breaks.");
        Must(spec.Limits.MemoryBytes >= 16 << 20, "limits.memoryBytes", "range", "A sandbox needs at least 16 MiB of memory.");
        Must(spec.Limits.Cpus is >= 0.01 and <= 1024, "limits.cpus", "range", "The CPU limit is between 0.01 and 1024.");
        Must(spec.Limits.Pids is >= 8 and <= 1_000_000, "limits.pids", "range", "The process limit is between 8 and 1000000.");
        Must(spec.Limits.TmpBytes >= 1 << 20, "limits.tmpBytes", "range", "/tmp needs at least 1 MiB.");
        Must(!string.IsNullOrWhiteSpace(spec.Network), "network", "required", "Name a network, or 'none'.");
        Must(spec.Network is not "host" && !spec.Network.StartsWith("container:", StringComparison.Ordinal), "network", "forbidden",
            "A sandbox may not share the network of the machine or of another container.");
        foreach (var (key, value) in spec.Environment)
        {
            Must(VariablePattern().IsMatch(key), $"environment.{key}", "format", $"'{key}' is not a name for an environment variable.");
            Must(!value.Contains('\0', StringComparison.Ordinal), $"environment.{key}", "format", "An environment variable cannot hold a NUL byte.");
        }

        return problems.Count == 0 ? Result.Ok : SquadError.Invalid([.. problems]);
    }

    private static bool IsPlainPath(string path) =>
        path.StartsWith('/') && path.AsSpan().IndexOfAny('\0', '\n', '\r') < 0 && !path.Split('/').Contains("..");

    [GeneratedRegex(@"\A[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?\z", RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex VariablePattern();
}
