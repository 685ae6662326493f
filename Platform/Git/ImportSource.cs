using System.Text.RegularExpressions;

namespace Squad.Platform.Git;

/// <summary>Where an import comes from: a URL of an allowed protocol, or a directory of this machine. Made only by <see cref="Parse"/>.</summary>
public sealed partial record ImportSource
{
    private ImportSource(string address, string protocols)
    {
        Address = address;
        Protocols = protocols;
    }

    /// <summary>What git is given.</summary>
    public string Address { get; }

    /// <summary>The value of GIT_ALLOW_PROTOCOL: what git may speak, whatever it is redirected to.</summary>
    public string Protocols { get; }

    /// <summary>
    /// Reads <paramref name="text"/>: <c>https://host/x.git</c>, <c>ssh://…</c>, <c>git@host:x.git</c>, <c>git://…</c>, <c>file:///srv/x.git</c>, <c>/srv/x.git</c>.
    /// </summary>
    /// <param name="text">The address as given.</param>
    /// <param name="admin">Whether paths outside <see cref="GitOptions.ImportRoots"/> are allowed.</param>
    /// <param name="options">Protocols, roots and the data directory, which is never a source.</param>
    public static Result<ImportSource> Parse(string? text, bool admin, GitOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        text = text?.Trim() ?? "";
        if (text.Length is 0 or > 2000 || text.Any(char.IsControl))
            return GitErrors.ImportSource("An import needs the URL of a repository, or an absolute path.");
        if (text.StartsWith('/'))
            return FromPath(text, admin, options);
        if (text.StartsWith("file://", StringComparison.OrdinalIgnoreCase))
            return Uri.TryCreate(text, UriKind.Absolute, out var file) && file.Host.Length == 0
                ? FromPath(file.LocalPath, admin, options)
                : GitErrors.ImportSource("A file URL looks like file:///path/to/repository.git.");
        var protocol = Uri.TryCreate(text, UriKind.Absolute, out var url) && text.Contains("://", StringComparison.Ordinal) ? url.Scheme
            : ScpLike().IsMatch(text) ? "ssh" : null;
        if (protocol is null)
            return GitErrors.ImportSource("An import needs a URL such as https://host/owner/name.git, or an absolute path.");
        if (!options.Protocols.Contains(protocol))
            return GitErrors.ImportSource($"'{protocol}' URLs cannot be imported; allowed are {string.Join(", ", options.Protocols)}.");
        if (url is not null && text.Contains("://", StringComparison.Ordinal) && (url.Host.Length == 0 || url.Host.StartsWith('-')))
            return GitErrors.ImportSource("The URL names no host.");
        return new ImportSource(text, string.Join(':', protocol is "http" or "https" ? options.Protocols.Where(p => p is "http" or "https") : [protocol]));
    }

    private static Result<ImportSource> FromPath(string path, bool admin, GitOptions options)
    {
        // The same answer for a path that is not allowed and one that does not exist: it tells nobody what is on the disk.
        var refused = GitErrors.ImportSource(
            $"'{path}' cannot be imported: there is no repository, or it is not under one of the directories in {GitOptions.Section}:{nameof(GitOptions.ImportRoots)}.");
        if (RealPath(path) is not { } real || !Directory.Exists(real))
            return refused;
        if (IsUnder(real, RealPath(options.DataDirectory)) || IsUnder(real, RealPath(options.Directory)))
            return refused;
        return admin || options.ImportRoots.Any(root => IsUnder(real, RealPath(root))) ? new ImportSource(real, "file") : refused;
    }

    private static bool IsUnder(string path, string? root) =>
        root is not null && (path == root || path.StartsWith(root.TrimEnd('/') + "/", StringComparison.Ordinal));

    /// <summary>The path without <c>..</c> and without symbolic links in any of its parts; null if it does not exist.</summary>
    private static string? RealPath(string path)
    {
        if (path.Length == 0)
            return null;
        var real = "/";
        var left = new Stack<string>(Path.GetFullPath(path).Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse());
        for (var links = 0; left.TryPop(out var part);)
        {
            var next = Path.Combine(real, part);
            var entry = new DirectoryInfo(next);
            if (entry.LinkTarget is not { } target)
            {
                if (!entry.Exists)
                    return null;
                real = next;
                continue;
            }
            if (++links > 40)
                return null;
            var resolved = Path.GetFullPath(target, real);
            real = "/";
            foreach (var piece in resolved.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse())
                left.Push(piece);
        }
        return real;
    }

    [GeneratedRegex(@"\A([A-Za-z0-9_][A-Za-z0-9._-]*@)?[A-Za-z0-9][A-Za-z0-9.-]*:(?!//|:)[^\s]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex ScpLike();
}
