namespace Orleans.Runtime;

/// <summary>
/// Decides when and where queues run: the one place that knows threads. Another implementation may run all on one thread in a
/// seeded order.
/// </summary>
internal interface ITurnScheduler
{
    /// <summary>After this many turns in a row a queue gives the thread to another.</summary>
    int TurnsPerSlice { get; }

    /// <summary>One thread runs everything: what completes may continue in place, and nothing may depend on the garbage collector's moments.</summary>
    bool IsSimulated { get; }

    /// <summary>Calls <see cref="TurnQueue.Run"/> soon, not on this stack.</summary>
    void Schedule(TurnQueue queue);

    /// <summary>The same, after what was scheduled before.</summary>
    void ScheduleFairly(TurnQueue queue);

    /// <summary>Gives a call's answer soon, not on this stack.</summary>
    void Schedule(Call answered);

    /// <summary>Gives a call's failure soon, not on this stack.</summary>
    void Schedule(Call failed, Exception error);

    /// <summary>
    /// How tasks that complete by hand are made. Outside of a simulation their continuations must not run under the completer's
    /// locks; inside they are posted anyway, and a hop over the thread pool would be an escape.
    /// </summary>
    TaskCreationOptions Completion => IsSimulated ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously;
}

/// <summary>
/// Runs queues on the thread pool, preferring the thread that asks: its caches are warm. Now and then what is asked for goes to the end of the pool's common line
/// instead: a thread looks into its own line first, so two that keep calling each other would never let it come to the others.
/// </summary>
internal sealed class ThreadPoolTurnScheduler : ITurnScheduler
{
    private const int LocalInARow = 32;

    [ThreadStatic]
    private static int t_local;

    public int TurnsPerSlice => 256;
    public bool IsSimulated => false;

    public void Schedule(TurnQueue queue) => ThreadPool.UnsafeQueueUserWorkItem(queue, PreferLocal());
    public void ScheduleFairly(TurnQueue queue) => ThreadPool.UnsafeQueueUserWorkItem(queue, preferLocal: false);
    public void Schedule(Call answered) => ThreadPool.UnsafeQueueUserWorkItem(answered, PreferLocal());
    public void Schedule(Call failed, Exception error) => ThreadPool.UnsafeQueueUserWorkItem(
        static s => s.failed.SettleFailure(s.error), (failed, error), preferLocal: false);

    private static bool PreferLocal()
    {
        if (++t_local < LocalInARow) return true;
        t_local = 0;
        return false;
    }
}
