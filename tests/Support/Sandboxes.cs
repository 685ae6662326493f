using System.Globalization;

namespace Squad.Tests.Support;

/// <summary>What a server's sandboxes leave on the machine, found without asking the server.</summary>
public static class Sandboxes
{
    /// <summary>Processes whose command line names the directory.</summary>
    public static IReadOnlyList<int> ProcessesUnder(string directory)
    {
        var found = new List<int>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var pid) || pid == Environment.ProcessId)
                continue;
            try
            {
                if (File.ReadAllText(Path.Combine(folder, "cmdline")).Contains(directory, StringComparison.Ordinal))
                    found.Add(pid);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It ended while we looked.
            }
        }

        return found;
    }

    public static async Task<string[]> ContainersOfAsync(string node)
    {
        if (!Docker.IsThere)
            return [];
        var listed = await Shell.RunAsync("docker", "ps", "--all", "--quiet", "--filter", $"label=squad.node={node}");
        return listed.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>Removes the containers and volumes of a server that is gone.</summary>
    public static async Task RemoveContainersAsync(string node)
    {
        foreach (var id in await ContainersOfAsync(node))
            await Shell.RunAsync("docker", "rm", "--force", id);
        var volumes = Docker.IsThere ? (await Shell.RunAsync("docker", "volume", "ls", "--quiet", "--filter", $"label=squad.node={node}")).Output : "";
        foreach (var name in volumes.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            await Shell.RunAsync("docker", "volume", "rm", name);
    }
}

public static class Docker
{
    private static readonly Lazy<bool> There = new(() =>
        Shell.RunAsync("docker", "image", "inspect", "squad-session:latest").GetAwaiter().GetResult().Code == 0);

    /// <summary>A daemon answers and has the session image.</summary>
    public static bool IsThere => There.Value;
}

