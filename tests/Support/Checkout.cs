namespace Squad.Tests.Support;

/// <summary>Where this test was built.</summary>
public static class Checkout
{
    public static string Root { get; } = FindRoot();

    /// <summary>Debug or Release, as this test itself.</summary>
    public static string Configuration { get; } = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;

    /// <summary>Where the build that this test belongs to puts a project's output, below the project's folder: <c>bin/Release/net10.0</c>, or another configuration or runtime.</summary>
    public static string Output { get; } = AppContext.BaseDirectory[(AppContext.BaseDirectory.LastIndexOf("/bin/", StringComparison.Ordinal) + 1)..];

    /// <summary>Built on Microsoft Orleans, and not on the embedded runtime.</summary>
    public static bool IsOnOrleansPackages => Output.Contains("/packages/", StringComparison.Ordinal);

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Squad.Orleans.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException("No Squad.Orleans.sln above the test's own folder.");
    }
}
