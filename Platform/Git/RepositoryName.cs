using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace Squad.Platform.Git;

/// <summary>
/// The name of a repository, <c>owner/name</c>. Made only by <see cref="Parse(string?, string?)"/>, so that whoever holds one may use it in a path.
/// Two names that differ only in case are the same repository.
/// </summary>
public sealed partial class RepositoryName : IEquatable<RepositoryName>
{
    /// <summary>Longest owner, longest name.</summary>
    public const int LengthMax = 64;

    private static readonly FrozenSet<string> s_reservedOwners = new[]
    {
        "v1", "v2", "api", "ws", "hubs", "health", "metrics", "docs", "assets", "static", "git", "auth", "login", "logout", "setup",
        "settings", "sessions", "repos", "repositories", "builds", "nodes", "users", "new", "explore", "openapi.json", "asyncapi.yaml",
        "swagger", "favicon.ico", "favicon.svg", "robots.txt", "index.html", "manifest.webmanifest", "sw.js", "well-known", "con", "nul",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenSet<string> s_reservedNames =
        new[] { "new", "settings", "branches", "con", "nul" }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private RepositoryName(string owner, string name)
    {
        Owner = owner;
        Name = name;
    }

    public string Owner { get; }

    public string Name { get; }

    /// <summary>The grain key and the path: <c>owner/name</c> in lower case.</summary>
    public string Key => $"{Owner}/{Name}".ToLowerInvariant();

    /// <summary>The name, or one <see cref="FieldError"/> for each wrong part (<c>owner</c>, <c>name</c>).</summary>
    public static Result<RepositoryName> Parse(string? owner, string? name)
    {
        var problems = new List<FieldError>(2);
        if (Problem("owner", "An owner", owner, s_reservedOwners) is { } wrongOwner)
            problems.Add(wrongOwner);
        if (Problem("name", "A repository name", name, s_reservedNames) is { } wrongName)
            problems.Add(wrongName);
        return problems.Count == 0 ? new RepositoryName(owner!, name!) : SquadError.Invalid([.. problems]);
    }

    /// <summary>The name in <c>owner/name</c>.</summary>
    public static Result<RepositoryName> Parse(string? fullName)
    {
        var parts = (fullName ?? "").Split('/');
        return parts.Length == 2
            ? Parse(parts[0], parts[1])
            : SquadError.Invalid(new FieldError("repo", "format", "A repository is named owner/name."));
    }

    public static bool TryParse(string? owner, string? name, [NotNullWhen(true)] out RepositoryName? parsed) =>
        (parsed = Parse(owner, name).Value) is not null;

    /// <summary>Whether <paramref name="owner"/> can own repositories: the rule for user names.</summary>
    public static FieldError? OwnerProblem(string field, string? owner) => Problem(field, "A name", owner, s_reservedOwners);

    public override string ToString() => $"{Owner}/{Name}";

    public bool Equals(RepositoryName? other) => other is not null && string.Equals(Key, other.Key, StringComparison.Ordinal);

    public override bool Equals(object? obj) => Equals(obj as RepositoryName);

    public override int GetHashCode() => Key.GetHashCode(StringComparison.Ordinal);

    private static FieldError? Problem(string field, string what, string? text, FrozenSet<string> reserved)
    {
        if (string.IsNullOrEmpty(text))
            return new(field, "required", $"{what} is required.");
        if (text.Length > LengthMax)
            return new(field, "tooLong", $"{what} has at most {LengthMax} characters; this one has {text.Length}.");
        if (!Allowed().IsMatch(text))
            return new(field, "characters", $"{what} starts with a letter or digit and continues with letters, digits, '.', '_' and '-'.");
        if (text.Contains("..", StringComparison.Ordinal))
            return new(field, "dots", $"{what} does not contain '..'.");
        if (s_endings.FirstOrDefault(ending => text.EndsWith(ending, StringComparison.OrdinalIgnoreCase)) is { } found)
            return new(field, "ending", $"{what} does not end in '{found}'.");
        return reserved.Contains(text) ? new(field, "reserved", $"'{text}' is reserved; choose another name.") : null;
    }

    private static readonly string[] s_endings = [".git", ".lock", ".wiki", "."];

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Allowed();
}
