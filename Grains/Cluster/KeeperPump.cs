using Microsoft.Extensions.Logging;
using Squad.Platform.Sandboxes.Keeper;
using Squad.Sessions;

namespace Squad.Grains.Cluster;

/// <summary>
/// Brings what one sandbox's Keeper tells into its session's log. Invariant: an event is acknowledged to Keeper only after the session grain has it in the log.
/// </summary>
internal sealed partial class KeeperPump(string sessionId, SessionLine session, SandboxRunnerServices services, ILogger logger)
{
    private static readonly TimeSpan RetryEvery = TimeSpan.FromMilliseconds(500);

    private volatile IKeeperConnection? keeper;

    /// <summary>The line to Keeper; null while there is none.</summary>
    public IKeeperConnection? Connection => keeper;

    /// <summary>Reads from Keeper, connecting again as often as needed, until the sandbox has ended.</summary>
    public async Task RunAsync(CancellationToken alive, CancellationToken cancellation)
    {
        while (!alive.IsCancellationRequested)
        {
            try
            {
                if (await ConnectAsync(alive) is { } connection)
                {
                    await using (connection)
                        await PumpAsync(connection, cancellation);
                }
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogPumpBroken(e, sessionId);
            }
            finally
            {
                keeper = null;
            }

            await Task.Delay(RetryEvery, services.Time, alive).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            cancellation.ThrowIfCancellationRequested();
        }
    }

    private async Task PumpAsync(IKeeperConnection connection, CancellationToken cancellation)
    {
        var attached = await connection.AttachAsync(await session.MarkAsync(cancellation), cancellation);
        if (!attached.IsOk)
        {
            LogUnreachable(sessionId, attached.Error.Message);
            return;
        }

        keeper = connection;
        // The next batch is read while the one before is on its way into the log; one at most is under way, so the order stays.
        Task<bool>? taking = null;
        while (true)
        {
            var reading = connection.ReadBatchAsync(cancellation);
            if (taking is not null && !reading.IsCompleted && !await taking)
                return;
            var batch = await reading;
            if (taking is not null && !await taking)
                return; // the log continues elsewhere than Keeper sends: attach anew after what it has
            if (batch is null)
                return;
            taking = TakeAsync(connection, Message(batch), cancellation);
        }
    }

    /// <summary>Gets a batch into the log and acknowledges it. False when the log did not take all of it.</summary>
    private async Task<bool> TakeAsync(IKeeperConnection connection, KeeperEvents batch, CancellationToken cancellation)
    {
        var taken = await session.AppendAsync(batch, cancellation);
        await connection.AckAsync(taken, cancellation);
        return taken >= batch.First + batch.Count - 1;
    }

    /// <summary>A connection to Keeper; null when the sandbox ends before there is one.</summary>
    private async Task<IKeeperConnection?> ConnectAsync(CancellationToken alive)
    {
        var connecting = services.Keepers.ConnectAsync(services.DirectoryOf(sessionId), services.KeeperPatience, alive);
        await ((Task)connecting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        if (!connecting.IsCompletedSuccessfully)
            return null;
        var connected = await connecting;
        if (connected.IsOk)
            return connected.Value;
        LogUnreachable(sessionId, connected.Error.Message);
        return null;
    }

    /// <summary>Takes what a dead Keeper left in its journal.</summary>
    public async Task DrainAsync(CancellationToken cancellation)
    {
        await foreach (var batch in services.Keepers.ReadJournalAsync(services.DirectoryOf(sessionId), await session.MarkAsync(cancellation), cancellation))
            await session.AppendAsync(Message(batch), cancellation);
    }

    /// <summary>A batch as the grain takes it. The lines are copied: their memory is the connection's, and is used again for the next batch.</summary>
    private static KeeperEvents Message(KeeperBatch batch) =>
        new(batch.First, batch.Count, batch.Lines.ToArray(), [.. batch.Signals.Select(s => new KeeperNews(s.N, s.Type, s.Data.GetRawText()))]);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Session {Session}: its Keeper cannot be reached: {Error}")]
    private partial void LogUnreachable(string session, string error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Session {Session}: its events cannot be taken now; trying again")]
    private partial void LogPumpBroken(Exception exception, string session);
}
