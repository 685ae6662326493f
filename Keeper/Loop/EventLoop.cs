using System.Collections.Concurrent;
using Squad.Keeper.Native;

namespace Squad.Keeper.Loop;

/// <summary>
/// One thread that waits for descriptors, timers and posted work with poll(2) and does everything Keeper does; so nothing in Keeper needs a lock.
/// It is the synchronization context of that thread: code after an await goes on here.
/// </summary>
internal sealed class EventLoop : SynchronizationContext, IDisposable
{
    private readonly List<Watch> _watches = [];
    private readonly PriorityQueue<LoopTimer, long> _timers = new();
    private readonly ConcurrentQueue<(SendOrPostCallback Callback, object? State)> _posted = new();
    private readonly int _wake = Libc.MakeEvent(0, Libc.NonBlocking | Libc.CloseOnExec);
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private Libc.PollEntry[] _entries = new Libc.PollEntry[16];

    public EventLoop()
    {
        if (_wake < 0)
            throw new IOException("The event loop's descriptor could not be made: " + Libc.LastErrorMessage);
        Add(_wake, Libc.PollIn, _ => Libc.Read(_wake, new byte[8]));
    }

    /// <summary>Milliseconds on a clock that never jumps.</summary>
    public static long Now => Environment.TickCount64;

    /// <summary>Calls <paramref name="ready"/> whenever the descriptor has one of the events; the interest can be changed on the result.</summary>
    public Watch Add(int fd, short interest, Action<short> ready)
    {
        var watch = new Watch(fd, ready) { Interest = interest };
        _watches.Add(watch);
        return watch;
    }

    /// <summary>Stops watching; the descriptor is the caller's to close. Idempotent.</summary>
    public void Remove(Watch? watch)
    {
        if (watch is null)
            return;
        watch.Removed = true;
        _watches.Remove(watch);
    }

    /// <summary>Calls once, after a time.</summary>
    public LoopTimer After(long milliseconds, Action due)
    {
        var timer = new LoopTimer(due);
        _timers.Enqueue(timer, Now + milliseconds);
        return timer;
    }

    public Task Delay(long milliseconds)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        After(milliseconds, () => done.TrySetResult());
        return done.Task;
    }

    public override void Post(SendOrPostCallback d, object? state)
    {
        _posted.Enqueue((d, state));
        if (Environment.CurrentManagedThreadId != _thread)
            Libc.Write(_wake, [1, 0, 0, 0, 0, 0, 0, 0]);
    }

    public void Post(Action work) => Post(static state => ((Action)state!)(), work);

    /// <summary>Runs until the task has completed, and returns its result.</summary>
    public T Run<T>(Func<Task<T>> main)
    {
        SetSynchronizationContext(this);
        var task = main();
        while (true)
        {
            RunPosted();
            RunTimers();
            if (task.IsCompleted)
                break;
            Poll(_posted.IsEmpty ? UntilNextTimer() : 0);
        }
        return task.GetAwaiter().GetResult();
    }

    public void Dispose() => _ = Libc.Close(_wake);

    private void RunPosted()
    {
        // Only what is there now: work that posts more work must not keep the descriptors waiting.
        for (var left = _posted.Count; left > 0 && _posted.TryDequeue(out var work); left--)
            work.Callback(work.State);
    }

    private void RunTimers()
    {
        while (_timers.TryPeek(out var timer, out var due) && (timer.Cancelled || due <= Now))
        {
            _timers.Dequeue();
            if (!timer.Cancelled)
                timer.Due();
        }
    }

    private int UntilNextTimer()
    {
        while (_timers.TryPeek(out var timer, out var due))
        {
            if (!timer.Cancelled)
                return (int)Math.Clamp(due - Now, 0, int.MaxValue);
            _timers.Dequeue();
        }
        return -1;
    }

    private unsafe void Poll(int timeout)
    {
        var watches = _watches.ToArray();
        if (_entries.Length < watches.Length)
            _entries = new Libc.PollEntry[watches.Length * 2];
        for (var i = 0; i < watches.Length; i++)
            _entries[i] = new Libc.PollEntry { Fd = watches[i].Interest == 0 ? -1 : watches[i].Fd, Events = watches[i].Interest };
        int ready;
        fixed (Libc.PollEntry* entries = _entries)
            ready = Libc.Poll(entries, (nuint)watches.Length, timeout);
        for (var i = 0; i < watches.Length && ready > 0; i++)
        {
            var returned = _entries[i].Returned;
            if (returned == 0)
                continue;
            ready--;
            if (!watches[i].Removed && watches[i].Interest != 0)
                watches[i].Ready(returned);
        }
    }
}

/// <summary>A watched descriptor. An interest of 0 leaves it out altogether, also its hang-up.</summary>
internal sealed class Watch(int fd, Action<short> ready)
{
    public int Fd { get; } = fd;

    public Action<short> Ready { get; } = ready;

    public short Interest { get; set; }

    public bool Removed { get; set; }
}

internal sealed class LoopTimer(Action due)
{
    public Action Due { get; } = due;

    public bool Cancelled { get; private set; }

    public void Cancel() => Cancelled = true;
}
