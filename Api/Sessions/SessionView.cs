using Squad.Cluster;
using Squad.Sessions;

namespace Squad.Api.Sessions;

/// <summary>A session as the API shows it.</summary>
public sealed record SessionView(
    string Id,
    string Title,
    string Repo,
    string? BaseBranch,
    string Branch,
    SessionState State,
    SessionReason? Reason,
    string Owner,
    string? Node,
    SandboxInfo? Sandbox,
    string Profile,
    string Command,
    EngineMode Mode,
    DateTimeOffset CreatedAt,
    DateTimeOffset? StartedAt,
    DateTimeOffset? EndedAt,
    int? ExitCode,
    long LastSeq,
    DiffStat Diff)
{
    public static SessionView Of(SessionInfo s) => new(
        s.Id, s.Title, s.Repo, s.BaseBranch, s.Branch, s.State, s.Reason, s.Owner, s.Node, s.Sandbox, s.Profile, s.Command, s.Mode,
        s.CreatedAt, s.StartedAt, s.EndedAt, s.ExitCode, s.LastSeq, s.Diff);
}
