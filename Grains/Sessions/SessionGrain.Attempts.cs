using Orleans;
using Orleans.Runtime;
using Orleans.Storage;
using Squad.Cluster;
using Squad.Platform.Events;
using Squad.Sessions;

namespace Squad.Grains.Sessions;

/// <summary>
/// Which sandbox is the session's. A silo that was taken for dead may be alive for a while, and with it a sandbox that was given up, and a second activation of this grain that knows
/// of no other. Invariant: an attempt begins when the row has its number; the step before it, which ended the one before, is in the log by then. So an activation with an older row
/// finds the log longer than its row explains, and ends; and what it got into the log of an older Keeper lies before <see cref="SessionRecord.MarkBefore"/>.
/// </summary>
public sealed partial class SessionGrain
{
    /// <summary>A silo that is taken for dead has heard of it and ended by then.</summary>
    private static readonly TimeSpan OthersLiveOn = TimeSpan.FromSeconds(90);

    /// <summary>Why nothing is taken of what a node says of this attempt; null where it is the session's own.</summary>
    private async Task<SquadError?> RefuseAsync(SandboxAttempt attempt)
    {
        if (!IsOwn(attempt))
            await EndIfBehindAsync(); // it may be this activation that is wrong
        if (!IsOwn(attempt))
            return SessionErrors.AttemptOver(Id, attempt);
        return Session.Settled ? SessionErrors.Settled(Id) : null;
    }

    private bool IsOwn(SandboxAttempt attempt) => Session.Id.Length > 0 && Session.Node == attempt.Node && Session.Attempt == attempt.Number;

    /// <summary>Writes down the next attempt. The log's end is known.</summary>
    private void BeginAttempt(string node)
    {
        Session.Node = node;
        // Not from 1: a session that was deleted and started anew under its id may have a sandbox left on a node that was away.
        Session.Attempt = Math.Max(Session.Attempt + 1, time.GetUtcNow().ToUnixTimeMilliseconds());
        Session.MarkBefore = Session.TakenMark = events.Mark;
    }

    /// <summary>The log's end was read again. Where it is not where the row left it, another activation may have been there.</summary>
    private Task LogReadAsync(StreamEnd end) => end.Last == Session.LastSeq ? Task.CompletedTask : EndIfBehindAsync();

    /// <summary>
    /// Once others cannot live on any more: what one of them did after this activation had read the row is seen then at the latest, also where this one never writes.
    /// </summary>
    private void LookAgainLater() => this.RegisterGrainTimer(
        async () =>
        {
            try
            {
                await EndIfBehindAsync();
            }
            catch (Exception e)
            {
                LogLater(e, Id);
            }
        },
        new GrainTimerCreationOptions(OthersLiveOn, Timeout.InfiniteTimeSpan));

    /// <summary>Ends this activation if another one has written the row; otherwise what is in memory stays as it is.</summary>
    /// <exception cref="InconsistentStateException">It has.</exception>
    private async Task EndIfBehindAsync()
    {
        var (mine, version) = (record.State, record.Etag);
        await record.ReadStateAsync();
        if (record.Etag == version)
        {
            record.State = mine;
            return;
        }

        DeactivateOnIdle();
        throw new InconsistentStateException($"Session {Id} went on in another activation.", record.Etag ?? "", version ?? "");
    }
}
