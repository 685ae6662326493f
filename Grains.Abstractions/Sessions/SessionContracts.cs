using System.Collections.Immutable;
using Orleans;
using Squad.Cluster;

namespace Squad.Sessions;

/// <summary>How Keeper runs the engine.</summary>
[GenerateSerializer, Alias("squad.engine-mode")]
public enum EngineMode
{
    /// <summary>On pipes: output line by line, JSON lines as events.</summary>
    Pipe,

    /// <summary>In a terminal: the program's raw output.</summary>
    Terminal,
}

/// <param name="Repo"><c>owner/name</c>.</param>
/// <param name="Base">Branch, tag or commit to begin from; null for the repository's default branch.</param>
/// <param name="Command">Shell command line of the engine.</param>
/// <param name="Prompt">Typed into the engine when it has started; null for nothing.</param>
/// <param name="Environment">Environment of the engine. May hold secrets: never logged, never returned.</param>
/// <param name="RequestDigest">Says that two requests with the same key ask for the same; null for a request without a key.</param>
[GenerateSerializer, Immutable, Alias("squad.start-session")]
public sealed record StartSession(
    [property: Id(0)] string OwnerId,
    [property: Id(1)] string Owner,
    [property: Id(2)] string Repo,
    [property: Id(3)] string Title,
    [property: Id(4)] string? Base,
    [property: Id(5)] string Profile,
    [property: Id(6)] string Command,
    [property: Id(7)] EngineMode Mode,
    [property: Id(8)] string? Prompt,
    [property: Id(9)] ImmutableDictionary<string, string> Environment,
    [property: Id(10)] string? Image,
    [property: Id(11)] SessionLimits? Limits,
    [property: Id(12)] string? RequestDigest = null);

/// <summary>Limits asked for; null takes the server's default.</summary>
[GenerateSerializer, Immutable, Alias("squad.session-limits")]
public sealed record SessionLimits(
    [property: Id(0)] long? MemoryBytes,
    [property: Id(1)] double? Cpus,
    [property: Id(2)] int? Pids);

/// <param name="Enter">Whether Enter is pressed after the text.</param>
[GenerateSerializer, Immutable, Alias("squad.session-input")]
public sealed record SessionInput([property: Id(0)] string By, [property: Id(1)] string Text, [property: Id(2)] bool Enter);

/// <summary>Changes against the base commit.</summary>
[GenerateSerializer, Immutable, Alias("squad.diff-stat")]
public sealed record DiffStat([property: Id(0)] int Added, [property: Id(1)] int Removed, [property: Id(2)] int Files)
{
    public static DiffStat None { get; } = new(0, 0, 0);
}

/// <summary>A session as clients see it.</summary>
/// <param name="Reason">Why it is in this state, where that needs saying.</param>
/// <param name="LastSeq">Sequence number of the last event in its log.</param>
[GenerateSerializer, Immutable, Alias("squad.session-info")]
public sealed record SessionInfo(
    [property: Id(0)] string Id,
    [property: Id(1)] string Title,
    [property: Id(2)] string Repo,
    [property: Id(3)] string? BaseBranch,
    [property: Id(4)] string Branch,
    [property: Id(5)] SessionState State,
    [property: Id(6)] SessionReason? Reason,
    [property: Id(7)] string OwnerId,
    [property: Id(8)] string Owner,
    [property: Id(9)] string? Node,
    [property: Id(10)] SandboxInfo? Sandbox,
    [property: Id(11)] string Profile,
    [property: Id(12)] string Command,
    [property: Id(13)] EngineMode Mode,
    [property: Id(14)] DateTimeOffset CreatedAt,
    [property: Id(15)] DateTimeOffset? StartedAt,
    [property: Id(16)] DateTimeOffset? EndedAt,
    [property: Id(17)] int? ExitCode,
    [property: Id(18)] long LastSeq,
    [property: Id(19)] DiffStat Diff);

/// <summary>Why a session is where it is: a code for programs, a sentence for people.</summary>
[GenerateSerializer, Immutable, Alias("squad.session-reason")]
public sealed record SessionReason([property: Id(0)] string Code, [property: Id(1)] string Message);
