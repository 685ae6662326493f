using System.Collections.Immutable;
using Orleans;
using Squad.Sessions;

namespace Squad.Cluster;

/// <summary>A session's sandbox as clients see it.</summary>
/// <param name="Engine"><c>docker</c> or <c>process</c>.</param>
/// <param name="Isolated">False when nothing separates it from the machine.</param>
[GenerateSerializer, Immutable, Alias("squad.sandbox-info")]
public sealed record SandboxInfo(
    [property: Id(0)] string Engine,
    [property: Id(1)] string Id,
    [property: Id(2)] string Image,
    [property: Id(3)] bool Isolated);

[GenerateSerializer, Immutable, Alias("squad.run-sandbox")]
public sealed record RunSandbox(
    [property: Id(0)] string SessionId,
    [property: Id(1)] string Repo,
    [property: Id(2)] string? Base,
    [property: Id(3)] string Branch,
    [property: Id(4)] string AuthorName,
    [property: Id(5)] string Command,
    [property: Id(6)] EngineMode Mode,
    [property: Id(7)] string? Prompt,
    [property: Id(8)] ImmutableDictionary<string, string> Environment,
    [property: Id(9)] string? Image,
    [property: Id(10)] SessionLimits? Limits,
    [property: Id(11)] long Attempt);

/// <summary>
/// One attempt to run a session in a sandbox. Whatever its node says of the session carries it, so that the session knows its own sandbox from one that it has given up, on
/// whichever node that still is.
/// </summary>
/// <param name="Node">Where the attempt was placed.</param>
/// <param name="Number">Greater than that of every attempt before. 0: begun before attempts had numbers.</param>
[GenerateSerializer, Immutable, Alias("squad.sandbox-attempt")]
public sealed record SandboxAttempt([property: Id(0)] string Node, [property: Id(1)] long Number);

/// <param name="CpuPercent">100 is one CPU in full.</param>
/// <param name="DiskBytes">What the workspace takes; null where nobody can tell.</param>
[GenerateSerializer, Immutable, Alias("squad.sandbox-usage")]
public sealed record SandboxUsage(
    [property: Id(0)] double CpuPercent,
    [property: Id(1)] long MemoryBytes,
    [property: Id(2)] int Pids,
    [property: Id(3)] long? DiskBytes);

/// <param name="Code">Exit code of the sandbox; null when nobody can tell.</param>
[GenerateSerializer, Immutable, Alias("squad.sandbox-end")]
public sealed record SandboxEnd([property: Id(0)] int? Code, [property: Id(1)] bool OutOfMemory);

/// <param name="Waiting">Ids of the sessions that wait, in order of arrival.</param>
[GenerateSerializer, Immutable, Alias("squad.scheduler-snapshot")]
public sealed record SchedulerSnapshot([property: Id(0)] ImmutableArray<NodeStatus> Nodes, [property: Id(1)] ImmutableArray<string> Waiting);

/// <param name="Up">Whether sessions are placed there.</param>
/// <param name="Capacity">Sandboxes at a time.</param>
/// <param name="Running">Ids of the sessions that are placed there.</param>
[GenerateSerializer, Immutable, Alias("squad.node-status")]
public sealed record NodeStatus(
    [property: Id(0)] string Name,
    [property: Id(1)] bool Up,
    [property: Id(2)] int Capacity,
    [property: Id(3)] ImmutableArray<string> Running);
