namespace Squad.Repo.Tests;

/// <summary>The checkout that this test was built from.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    /// <summary>Files under version control's eye with this ending, relative to the root; nothing that a build made.</summary>
    public static IEnumerable<string> Files(string ending, params string[] folders) =>
        (folders.Length == 0 ? [""] : folders)
        .Where(folder => Directory.Exists(Path.Combine(Root, folder)))
        .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Root, folder), "*" + ending, SearchOption.AllDirectories))
        .Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/'))
        .Where(path => !path.Split('/').Any(part => part is "bin" or "obj" or "node_modules" or "dist" or "artifacts" or "data" or ".git"));

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Squad.Orleans.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException("No Squad.Orleans.sln above the test's own folder.");
    }
}
