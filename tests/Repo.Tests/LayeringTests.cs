using System.Xml.Linq;

namespace Squad.Repo.Tests;

/// <summary>Imports point down: Silo -> Api, Grains -> Platform -> Grains.Abstractions -> Orleans.</summary>
public sealed class LayeringTests
{
    /// <summary>What each project may reference.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Orleans.Embedded"] = [],
        ["Keeper"] = [],
        ["Grains.Abstractions"] = ["Orleans.Embedded"],
        ["Platform"] = ["Grains.Abstractions", "Orleans.Embedded"],
        ["Grains"] = ["Platform", "Grains.Abstractions", "Orleans.Embedded"],
        ["Api"] = ["Platform", "Grains.Abstractions", "Orleans.Embedded"],
        ["Client"] = ["Grains.Abstractions", "Orleans.Embedded"],
        ["Cli"] = ["Client", "Grains.Abstractions", "Orleans.Embedded"],
        ["Silo"] = ["Api", "Client", "Grains", "Platform", "Grains.Abstractions", "Orleans.Embedded", "Keeper"],
    };

    [Fact]
    public void Projects_reference_only_what_lies_below_them()
    {
        var wrong =
            from project in Allowed
            from file in Repository.Files(".csproj", project.Key)
            from reference in XDocument.Parse(Repository.Read(file)).Descendants("ProjectReference")
            let target = reference.Attribute("Include")!.Value.Split('/')[1]
            where !project.Value.Contains(target)
            select $"{project.Key} -> {target}";
        Assert.True(!wrong.Any(), $"These references point up or sideways: {string.Join(", ", wrong)}");
    }

    [Fact]
    public void Every_product_project_has_its_place_in_the_layers()
    {
        var unknown = Repository.Files(".csproj").Where(path => !path.StartsWith("tests/", StringComparison.Ordinal)).Select(path => path.Split('/')[0]).Where(folder => !Allowed.ContainsKey(folder));
        Assert.True(!unknown.Any(), $"Say in LayeringTests what may be referenced from: {string.Join(", ", unknown)}");
    }

    [Fact]
    public void Only_the_silo_s_cluster_folder_knows_which_Orleans_it_is()
    {
        var found = Repository.Files(".cs").Where(path => !path.StartsWith("Silo/Cluster/", StringComparison.Ordinal) && !path.EndsWith("LayeringTests.cs", StringComparison.Ordinal)
            && Repository.Read(path).Contains("ORLEANS_PACKAGES", StringComparison.Ordinal));
        Assert.True(!found.Any(), $"Move what differs to Silo/Cluster/: {string.Join(", ", found)}");
    }
}
