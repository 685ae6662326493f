namespace Orleans.Runtime;

/// <summary>
/// Decides when and where queues run: the one place that knows threads. Another implementation may run all on one thread in a
/// seeded order.
/// </summary>
internal interface ITurnScheduler
{
    /// <summary>Calls <see cref="TurnQueue.Run"/> soon, not on this stack.</summary>
    void Schedule(TurnQueue queue);

    /// <summary>The same, after what was scheduled before.</summary>
    void ScheduleFairly(TurnQueue queue);

    /// <summary>Gives a call's answer soon, not on this stack.</summary>
    void Schedule(Call answered);
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

    public void Schedule(TurnQueue queue) => ThreadPool.UnsafeQueueUserWorkItem(queue, PreferLocal());
    public void ScheduleFairly(TurnQueue queue) => ThreadPool.UnsafeQueueUserWorkItem(queue, preferLocal: false);
    public void Schedule(Call answered) => ThreadPool.UnsafeQueueUserWorkItem(answered, PreferLocal());

    private static bool PreferLocal()
    {
        if (++t_local < LocalInARow) return true;
        t_local = 0;
        return false;
    }
}
