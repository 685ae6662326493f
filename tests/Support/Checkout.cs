namespace Squad.Tests.Support;

/// <summary>Where this test was built.</summary>
public static class Checkout
{
    public static string Root { get; } = FindRoot();

    /// <summary>Debug or Release, as this test itself.</summary>
    public static string Configuration { get; } = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;

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
