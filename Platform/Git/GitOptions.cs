using Microsoft.Extensions.Options;

namespace Squad.Platform.Git;

/// <summary>How repositories are kept and served. Section <c>Squad:Git</c>.</summary>
public sealed class GitOptions
{
    public const string Section = "Squad:Git";

    /// <summary>Where repositories live, as <c>owner/name.git</c> below it. Default: <c>repositories</c> in the data directory.</summary>
    public string Directory { get; set; } = "";

    /// <summary>The data directory; nothing in it can be imported. Default: that of <c>Squad:Storage</c>.</summary>
    public string DataDirectory { get; set; } = "";

    /// <summary>The git program: a name looked up on PATH, or a path. Default: <c>git</c>.</summary>
    public string Executable { get; set; } = "git";

    /// <summary>How long a short command (create, list branches) may take. Default: 1 minute.</summary>
    public TimeSpan CommandTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long one clone, fetch or push of a client may take. Default: 1 hour.</summary>
    public TimeSpan TransferTimeout { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long an import may take. Default: 1 hour.</summary>
    public TimeSpan ImportTimeout { get; set; } = TimeSpan.FromHours(1);

    /// <summary>The largest repository that is imported, in bytes on disk. 0 is no limit. Default: 10 GiB.</summary>
    public long ImportBytesMax { get; set; } = 10L << 30;

    /// <summary>The largest pack that one push may send, in bytes. 0 is no limit. Default: 4 GiB.</summary>
    public long PushBytesMax { get; set; } = 4L << 30;

    /// <summary>Where an import by URL may go. Default: http, https, ssh, git.</summary>
    public IList<string> ImportProtocols { get; } = [];

    /// <summary>Directories under which anybody may import by path; an administrator may import from anywhere outside the data directory. Default: none.</summary>
    public IList<string> ImportRoots { get; } = [];

    /// <summary>Packs and loose objects are brought together once this many packs are there. Default: 8.</summary>
    public int MaintenancePacks { get; set; } = 8;

    /// <summary>A pack of at least this many bytes without a reachability bitmap is given one. Default: 4 MiB.</summary>
    public long MaintenanceBytes { get; set; } = 4L << 20;

    /// <summary>How many clones, fetches and pushes run git at the same time; further ones wait. Default: 64.</summary>
    public int TransfersMax { get; set; } = 64;

    internal IEnumerable<string> Protocols => ImportProtocols.Count == 0 ? ["http", "https", "ssh", "git"] : ImportProtocols;
}

/// <summary>Names every wrong key at once, at start.</summary>
internal sealed class GitOptionsValidator : IValidateOptions<GitOptions>
{
    private static readonly string[] s_protocols = ["http", "https", "ssh", "git"];

    public ValidateOptionsResult Validate(string? name, GitOptions options)
    {
        var problems = new List<string>();
        Check(options.Executable.Length > 0, nameof(GitOptions.Executable), "must name the git program");
        Check(options.CommandTimeout > TimeSpan.Zero, nameof(GitOptions.CommandTimeout), "must be positive");
        Check(options.TransferTimeout > TimeSpan.Zero, nameof(GitOptions.TransferTimeout), "must be positive");
        Check(options.ImportTimeout > TimeSpan.Zero, nameof(GitOptions.ImportTimeout), "must be positive");
        Check(options.ImportBytesMax >= 0, nameof(GitOptions.ImportBytesMax), "must be 0 (no limit) or a number of bytes");
        Check(options.PushBytesMax >= 0, nameof(GitOptions.PushBytesMax), "must be 0 (no limit) or a number of bytes");
        Check(options.MaintenancePacks >= 2, nameof(GitOptions.MaintenancePacks), "must be at least 2");
        Check(options.MaintenanceBytes >= 0, nameof(GitOptions.MaintenanceBytes), "must not be negative");
        Check(options.TransfersMax >= 1, nameof(GitOptions.TransfersMax), "must be at least 1");
        foreach (var protocol in options.ImportProtocols)
            Check(s_protocols.Contains(protocol), nameof(GitOptions.ImportProtocols), $"knows http, https, ssh and git, not '{protocol}'");
        foreach (var root in options.ImportRoots)
            Check(Path.IsPathFullyQualified(root), nameof(GitOptions.ImportRoots), $"holds absolute paths; '{root}' is not one");
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);

        void Check(bool good, string key, string what)
        {
            if (!good)
                problems.Add($"{GitOptions.Section}:{key} {what}.");
        }
    }
}
