using Orleans.Simulation;

namespace Squad.Simulation;

/// <summary>The world outside of silos, which never dies: people, sandboxes, the database. Its code runs in the process of the cluster's client.</summary>
internal sealed class Outside(SimulatedCluster cluster, Action<Exception> onError)
{
    /// <summary>Begins something; what it throws is heard. From code outside only.</summary>
    public async void Begin(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception e)
        {
            onError(e);
        }
    }

    /// <summary>Does something at a later time.</summary>
    public void After(TimeSpan delay, Action act) => cluster.Time.CreateTimer(static state => ((Action)state!)(), act, delay, Timeout.InfiniteTimeSpan);

    /// <summary>Completes after a while.</summary>
    public Task PauseAsync(TimeSpan duration) => cluster.Time.PauseAsync(duration);
}

internal static class Pauses
{
    /// <summary>Completes after a while of this clock's time.</summary>
    public static Task PauseAsync(this TimeProvider time, TimeSpan duration)
    {
        var over = new TaskCompletionSource();
        time.CreateTimer(static state => ((TaskCompletionSource)state!).SetResult(), over, duration, Timeout.InfiniteTimeSpan);
        return over.Task;
    }
}
