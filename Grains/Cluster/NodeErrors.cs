namespace Squad.Grains.Cluster;

/// <summary>What a node refuses.</summary>
internal static class NodeErrors
{
    public const string EngineGoneCode = "engine.gone";

    public static SquadError Closed(string node) =>
        SquadError.Unavailable("node.closed", $"The node '{node}' has just started and does not know yet what runs on it. Ask again.");

    public static SquadError EngineGone { get; } = SquadError.Conflict(EngineGoneCode, "The session's engine is not running.");

    public static SquadError EngineUnreachable { get; } = SquadError.Conflict(EngineGoneCode, "The session's engine cannot be reached now.");

    public static SquadError SandboxGone { get; } = SquadError.Conflict(EngineGoneCode, "The session's sandbox is not there.");
}
