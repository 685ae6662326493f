using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Squad.Cluster;
using Squad.Sessions;

namespace Squad.Grains.Sessions;

/// <summary>The persisted state of a session grain; a row of the table <c>sessions</c>.</summary>
public sealed class SessionRecord
{
    public string Id { get; set; } = "";
    public string OwnerId { get; set; } = "";
    public string Owner { get; set; } = "";
    public string Repo { get; set; } = "";
    public string Title { get; set; } = "";
    public string? BaseBranch { get; set; }
    public string Branch { get; set; } = "";
    public string Profile { get; set; } = "";
    public string Command { get; set; } = "";
    public EngineMode Mode { get; set; }
    public string? Prompt { get; set; }
    public string? Image { get; set; }
    public SessionLimits? Limits { get; set; }

    /// <summary>What tells a repeated request from another one under the same key; null where the request had no key.</summary>
    public string? RequestDigest { get; set; }

    /// <summary>The engine's environment, encrypted until the sandbox has it, then dropped.</summary>
    public string? ProtectedEnvironment { get; set; }

    public SessionState State { get; set; }
    public SessionReason? Reason { get; set; }
    public string? Node { get; set; }

    /// <summary>Number of the attempt that was placed last. It stands when the session lines up again, and then is nobody's, because <see cref="Node"/> is null.</summary>
    public long Attempt { get; set; }

    /// <summary>
    /// The log's mark when that attempt was placed: its Keeper's event 1 has the mark after it. Not 0 where the Keeper of an attempt before has got something into the log, through
    /// an activation that did not know yet that the attempt was over.
    /// </summary>
    public long MarkBefore { get; set; }

    public SandboxInfo? Sandbox { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset? StartedAt { get; set; }
    public DateTimeOffset? EndedAt { get; set; }
    public int? ExitCode { get; set; }
    public DiffStat Diff { get; set; } = DiffStat.None;

    /// <summary>End of the log when this row was last written: what lists show.</summary>
    public long LastSeq { get; set; }

    /// <summary>The log's mark of the last event of Keeper whose meaning for the session is in this row. The log may hold later ones: they are to be read again.</summary>
    public long TakenMark { get; set; }

    /// <summary>It has ended, and all who are to know have been told, and its places are given back: nothing is left to do.</summary>
    public bool Settled { get; set; }

    /// <summary>It is to be deleted: to everybody else it is gone, and what is left of it is removed until nothing is.</summary>
    public bool Deleting { get; set; }

    /// <summary>The step that led to <see cref="State"/>. In the log it can only be the event after <see cref="LastSeq"/>, because it is written before any other.</summary>
    public SessionStep? Untold { get; set; }

    [JsonIgnore]
    public bool Exists => Id.Length > 0 && !Deleting;

    /// <summary>It has ended or is being deleted, and somebody must see to it that the rest is done.</summary>
    [JsonIgnore]
    public bool Owes => Deleting || (Id.Length > 0 && SessionLifecycle.IsFinal(State) && !Settled);

    public SessionInfo ToInfo(long lastSeq) => new(
        Id, Title, Repo, BaseBranch, Branch, State, Reason, OwnerId, Owner, Node, Sandbox, Profile, Command, Mode, CreatedAt, StartedAt, EndedAt, ExitCode, lastSeq, Diff);
}

/// <summary>A step of the session's life that its log is to tell.</summary>
public sealed record SessionStep(SessionState? From, SessionState To, SessionReason? Reason);
