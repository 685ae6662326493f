using Squad.Cluster;
using Squad.Sessions;

namespace Squad.Grains.Cluster;

/// <summary>
/// What a node says to a session of one attempt to run it. Each word carries the attempt; from the first that the session refuses on, all of them end with
/// <see cref="OperationCanceledException"/>.
/// </summary>
internal sealed class SessionLine(ISessionGrain session, SandboxAttempt attempt)
{
    private readonly CancellationTokenSource over = new();

    public SandboxAttempt Attempt => attempt;

    /// <summary>Why the session does not listen any more; null while it does.</summary>
    public SquadError? Refusal { get; private set; }

    /// <summary>Cancelled when the session refuses.</summary>
    public CancellationToken Over => over.Token;

    public async Task StartedAsync(SandboxInfo sandbox, CancellationToken cancellation) => Heed((await session.SandboxStarted(sandbox, attempt).WaitAsync(cancellation)).Error);

    public async Task FailedAsync(SquadError error, CancellationToken cancellation) => Heed((await session.SandboxFailed(error, attempt).WaitAsync(cancellation)).Error);

    public async Task EndedAsync(SandboxEnd end, CancellationToken cancellation) => Heed((await session.SandboxEnded(end, attempt).WaitAsync(cancellation)).Error);

    public async Task UsageAsync(SandboxUsage usage, CancellationToken cancellation) => Heed((await session.Usage(usage, attempt).WaitAsync(cancellation)).Error);

    public async Task<long> MarkAsync(CancellationToken cancellation)
    {
        var mark = await session.Mark(attempt).WaitAsync(cancellation);
        Heed(mark.Error);
        return mark.Value;
    }

    public async Task<long> AppendAsync(KeeperEvents batch, CancellationToken cancellation)
    {
        var taken = await session.Append(batch, attempt).WaitAsync(cancellation);
        Heed(taken.Error);
        return taken.Value;
    }

    private void Heed(SquadError? refusal)
    {
        if (refusal is null)
            return;
        Refusal ??= refusal;
        over.Cancel();
        over.Token.ThrowIfCancellationRequested();
    }
}
