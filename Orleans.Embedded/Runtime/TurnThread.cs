namespace Orleans.Runtime;

/// <summary>
/// What a thread is at: the queue whose turn it runs, and how many turns it has begun. Written by that thread alone and read by
/// <see cref="TurnWatchdog"/> at its leisure, so that turns pay for an increment.
/// </summary>
internal sealed class TurnThread
{
    private static readonly List<TurnThread> Known = [];

    [ThreadStatic]
    private static TurnThread? t_current;

    private readonly Thread _thread = Thread.CurrentThread;

    private TurnThread()
    {
    }

    public static TurnQueue? CurrentQueue => t_current?.Queue;

    public TurnQueue? Queue;
    public int Turns;

    /// <summary>This thread's, made at its first turn.</summary>
    public static TurnThread Current => t_current ?? Register();

    /// <summary>Those of all threads that live.</summary>
    public static TurnThread[] All()
    {
        lock (Known)
        {
            Known.RemoveAll(known => !known._thread.IsAlive);
            return [.. Known];
        }
    }

    private static TurnThread Register()
    {
        t_current = new TurnThread();
        lock (Known) Known.Add(t_current);
        return t_current;
    }
}
