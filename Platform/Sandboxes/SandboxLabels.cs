namespace Squad.Platform.Sandboxes;

/// <summary>Labels that a sandbox carries; they are how sandboxes are found again after a restart.</summary>
public static class SandboxLabels
{
    /// <summary>Id of the session it belongs to. Given by the node.</summary>
    public const string Session = "squad.session";

    /// <summary>Name of the node that made it. Given by the node.</summary>
    public const string Node = "squad.node";

    /// <summary>Number of the session's attempt that it was made for. Given by the node; none on sandboxes from before attempts had numbers.</summary>
    public const string Attempt = "squad.attempt";

    /// <summary>Host path of the shared directory. Set by the engine.</summary>
    public const string Directory = "squad.directory";

    /// <summary>Name of the sandbox; what makes a container or a volume one of ours. Set by the engine.</summary>
    public const string Sandbox = "squad.sandbox";
}
