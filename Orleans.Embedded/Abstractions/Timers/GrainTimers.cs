namespace Orleans.Runtime;

/// <summary>A grain's timer. Dispose ends it; a running tick's token is cancelled. Both are idempotent and need no turn.</summary>
public interface IGrainTimer : IDisposable
{
    void Change(TimeSpan dueTime, TimeSpan period);
}

public readonly struct GrainTimerCreationOptions
{
    public GrainTimerCreationOptions()
    {
    }

    [System.Diagnostics.CodeAnalysis.SetsRequiredMembers]
    public GrainTimerCreationOptions(TimeSpan dueTime, TimeSpan period)
    {
        DueTime = dueTime;
        Period = period;
    }

    public required TimeSpan DueTime { get; init; }

    /// <summary>From a tick's end to the next; infinite for one tick only.</summary>
    public required TimeSpan Period { get; init; }

    /// <summary>Ticks may run while calls await. Default: false.</summary>
    public bool Interleave { get; init; }

    /// <summary>Ticks count as use and keep the activation from idle collection. Default: false.</summary>
    public bool KeepAlive { get; init; }
}
