using System.Text;

namespace Squad.Grains.Sessions;

/// <summary>Names of session branches: <c>squad/fix-the-login-a1b2c3d4</c>.</summary>
public static class SessionBranch
{
    private const int SlugCharsMax = 40;

    /// <summary>Letters and digits of the title in lower case, anything else a single hyphen; then the session id, so that no two are the same.</summary>
    public static string NameOf(string title, string id)
    {
        var slug = new StringBuilder();
        foreach (var c in title)
        {
            if (slug.Length == SlugCharsMax)
                break;
            if (char.IsAsciiLetterOrDigit(c))
                slug.Append(char.ToLowerInvariant(c));
            else if (slug.Length > 0 && slug[^1] != '-')
                slug.Append('-');
        }

        var name = slug.ToString().Trim('-');
        return name.Length == 0 ? $"squad/{id}" : $"squad/{name}-{id}";
    }
}
