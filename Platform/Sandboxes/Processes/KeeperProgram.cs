namespace Squad.Platform.Sandboxes.Processes;

/// <summary>Finds the Keeper program on this machine.</summary>
internal static class KeeperProgram
{
    private static readonly string[] BuiltNames = ["squad-keeper", "Squad.Keeper", "keeper"];

    /// <summary>A path as it is; a bare name next to the server's own program, under the names that builds give it.</summary>
    public static string Resolve(string configured)
    {
        if (configured.Contains('/', StringComparison.Ordinal))
            return Path.GetFullPath(configured);
        var candidates = BuiltNames.Prepend(configured).Select(name => Path.Combine(AppContext.BaseDirectory, name)).ToList();
        return candidates.FirstOrDefault(File.Exists) ?? candidates[0];
    }
}
