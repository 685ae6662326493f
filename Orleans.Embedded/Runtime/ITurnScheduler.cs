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

/// <summary>Runs queues on the thread pool, preferring the thread that asks: its caches are warm.</summary>
internal sealed class ThreadPoolTurnScheduler : ITurnScheduler
{
    public void Schedule(TurnQueue queue) => ThreadPool.UnsafeQueueUserWorkItem(queue, preferLocal: true);
    public void ScheduleFairly(TurnQueue queue) => ThreadPool.UnsafeQueueUserWorkItem(queue, preferLocal: false);
    public void Schedule(Call answered) => ThreadPool.UnsafeQueueUserWorkItem(answered, preferLocal: true);
}
