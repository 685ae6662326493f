using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace Squad.Platform.Storage;

/// <summary>One step of the schema: the embedded file <c>Migrations/{provider}/{version}_{name}.sql</c>, which never changes once released.</summary>
internal sealed record Migration(int Version, string Name, string Sql)
{
    /// <summary>SHA-256 of the text, hexadecimal.</summary>
    public string Checksum => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql)));

    public override string ToString() => $"{Version:0000}_{Name}";

    /// <summary>The migrations of this build, in order.</summary>
    public static IReadOnlyList<Migration> All(StorageProvider provider)
    {
        var assembly = typeof(Migration).Assembly;
        var prefix = $"{typeof(Migration).Namespace}.Migrations.{provider.ToString().ToLowerInvariant()}.";
        return
        [
            .. assembly.GetManifestResourceNames()
                .Where(name => name.StartsWith(prefix, StringComparison.Ordinal) && name.EndsWith(".sql", StringComparison.Ordinal))
                .Select(name => Read(assembly, name, name[prefix.Length..^".sql".Length]))
                .OrderBy(migration => migration.Version),
        ];
    }

    private static Migration Read(Assembly assembly, string resource, string name)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
        var parts = name.Split('_', 2);
        // A checkout with other line ends is the same migration.
        return new Migration(int.Parse(parts[0], CultureInfo.InvariantCulture), parts[1], reader.ReadToEnd().ReplaceLineEndings("\n"));
    }
}
