using System.Text.RegularExpressions;

namespace Squad.Platform.Git;

/// <summary>Makes what git prints fit to be shown: no credentials, no control characters, no paths of the server, short.</summary>
internal static partial class GitText
{
    private const int LengthMax = 1000;

    /// <summary>
    /// The lines that say what went wrong, out of e.g.
    /// <c>Cloning into bare repository '/data/x.git'...\nfatal: unable to access 'https://me:secret@host/x/': Could not resolve host: host</c>.
    /// </summary>
    public static string Failure(string stderr, string? hide = null)
    {
        var lines = Clean(stderr, hide).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var telling = lines.Where(line => line.StartsWith("fatal:", StringComparison.Ordinal) || line.StartsWith("error:", StringComparison.Ordinal)
            || line.StartsWith("remote:", StringComparison.Ordinal)).ToArray();
        var text = string.Join(" ", telling.Length > 0 ? telling : lines.TakeLast(3));
        if (text.Length > LengthMax)
            text = text[..LengthMax] + "…";
        return text.Length > 0 ? text : "it gave no reason.";
    }

    /// <summary>Text without the credentials of URLs in it, <c>https://me:secret@host/</c> becoming <c>https://host/</c>.</summary>
    public static string Clean(string text, string? hide = null)
    {
        if (!string.IsNullOrEmpty(hide))
            text = text.Replace(hide, "the repository", StringComparison.Ordinal);
        return Control().Replace(Credentials().Replace(text.Replace('\r', '\n'), "$1"), "");
    }

    [GeneratedRegex(@"([a-z][a-z0-9+.-]*://)[^/\s'""]*@", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Credentials();

    [GeneratedRegex(@"[\p{Cc}-[\n\t]]", RegexOptions.CultureInvariant)]
    private static partial Regex Control();
}
