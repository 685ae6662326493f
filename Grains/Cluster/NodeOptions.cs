namespace Squad.Grains.Cluster;

/// <summary>Section <c>Squad:Node</c>: this machine as a runner of sandboxes.</summary>
public sealed class NodeOptions
{
    /// <summary>Name of this node; sandboxes carry it as a label, so it must stay the same over restarts. Default: <c>local</c>.</summary>
    public string Name { get; set; } = "local";

    /// <summary>Where the directories are that sandboxes share with this node. Default: <c>run</c> in the data directory.</summary>
    public string RunDirectory { get; set; } = "";

    /// <summary>Sandboxes at a time. Default: 0, as many as fit into four fifths of the machine's memory at the default memory limit, at least 2.</summary>
    public int SandboxesMax { get; set; }

    /// <summary>How often a sandbox's use of CPU and memory is sampled into its log. Default: 15 seconds; zero turns it off.</summary>
    public TimeSpan UsageEvery { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// How long, after the start of the server, sessions wait for an engine that does not answer (a Docker daemon that starts later). After that new sessions fail
    /// and say why, until it answers. Default: 30 seconds.
    /// </summary>
    public TimeSpan EnginePatience { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long sessions wait for a node that left the cluster with their sandbox. When it is back before, they go on; after that they are lost. Default: 10 minutes.
    /// </summary>
    public TimeSpan LostAfter { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a started sandbox has until its Keeper listens. Default: 30 seconds.</summary>
    public TimeSpan KeeperPatience { get; set; } = TimeSpan.FromSeconds(30);
}
