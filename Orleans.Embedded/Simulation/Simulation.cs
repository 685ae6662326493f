using System.Diagnostics;
using Orleans.Runtime;

namespace Orleans.Simulation;

internal enum StepKind : byte
{
    Turn,
    Post,
    Answer,
    Failure,
    Timer,
    Message,
}

/// <summary>Something that may happen next: it has a process, which must be alive then, and a label that is the same in each replay.</summary>
internal readonly record struct Step(StepKind Kind, SimulatedProcess Process, object What, object? State, uint Label);

/// <summary>
/// One thread that runs everything: turns, messages, timers and the continuations of other code, of all processes. Algorithm: a seeded
/// choice among the steps that are ready; when none is, time jumps to the next that are due.
/// Invariant: what happens depends on the seed alone. Whatever runs on another thread is an escape, and ends the run: it is noticed when it
/// begins there, because the execution context that it takes along carries a mark, and when it comes back.
/// </summary>
internal sealed class Simulation
{
    private static readonly AsyncLocal<Simulation?> Mark = new(static change => change.CurrentValue?.Marked());

    private readonly List<Step> _ready = [];
    private readonly List<string> _escapes = [];
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private readonly ExecutionContext _context;
    private string _current = "";
    private bool _running;

    public Simulation(int seed)
    {
        Seed = seed;
        Random = new Random(seed);
        Clock = new VirtualClock(this);
        Mark.Value = this;
        _context = ExecutionContext.Capture()!;
        Mark.Value = null;
    }

    public int Seed { get; }

    /// <summary>The only source of chance: everything that draws from it belongs to the run.</summary>
    public Random Random { get; }
    public VirtualClock Clock { get; }
    public Trace Trace { get; } = new();

    /// <summary>Called after each step, between two of them: the place for invariants and for crashes.</summary>
    public Action? Stepped { get; set; }

    /// <summary>
    /// Makes a step ready. From the simulation's thread; from any other it is an escape. What belongs to a dead process is dropped: the garbage collector finds its
    /// timers and lets their waiters go, from the finalizer's thread.
    /// </summary>
    public void Add(Step step)
    {
        if (!step.Process.IsAlive) return;
        if (Environment.CurrentManagedThreadId != _thread) Escape(step.ToString());
        else _ready.Add(step);
    }

    /// <summary>Notes that something happens on another thread than this one.</summary>
    public bool IsEscape(string what)
    {
        if (Environment.CurrentManagedThreadId == _thread) return false;
        Escape(what);
        return true;
    }

    /// <summary>Steps until the condition holds.</summary>
    /// <exception cref="SimulationException">It does not hold after the limit of virtual time, or never will; something escaped; or a step threw.</exception>
    public void Run(Func<bool> until, TimeSpan limit, string goal)
    {
        if (_running || IsEscape("Run")) throw new InvalidOperationException("A simulation is run by the thread that made it, once at a time.");
        var outer = SynchronizationContext.Current;
        var outerContext = ExecutionContext.Capture()!;
        var deadline = Clock.Now + limit.Ticks;
        _running = true;
        try
        {
            ExecutionContext.Restore(_context);
            while (!until())
            {
                Clock.ReleaseDue();
                if (_ready.Count > 0) Take();
                else if (!Clock.Advance(deadline)) throw Fail(NotReached(goal, limit));
                if (_escapes.Count > 0) ThrowIfEscaped();
            }
        }
        finally
        {
            _running = false;
            SynchronizationContext.SetSynchronizationContext(outer);
            ExecutionContext.Restore(outerContext);
        }
    }

    /// <summary>For a run that failed: what escaped is the likely cause, and may still wait for a thread to be noticed on.</summary>
    public void ThrowIfEscaped()
    {
        bool none;
        lock (_escapes) none = _escapes.Count == 0;
        if (none) WaitForThreadPool();
        lock (_escapes)
        {
            if (_escapes.Count == 0) return;
        }
        throw Fail("Something ran outside of the simulation.");
    }

    public SimulationException Fail(string problem, Exception? error = null)
    {
        lock (_escapes) return new SimulationException(Seed, Trace, Clock.GetUtcNow(), problem, [.. _escapes], error);
    }

    private void Take()
    {
        var chosen = _ready.Count == 1 ? 0 : Random.Next(_ready.Count);
        var step = _ready[chosen];
        _ready[chosen] = _ready[^1];
        _ready.RemoveAt(_ready.Count - 1);
        if (!step.Process.IsAlive) return;
        Trace.Add(step, Clock.Now, _ready.Count);
        _current = step.Process.Name;
        try
        {
            // Turns have a task scheduler of their own, which a synchronisation context would hide.
            SynchronizationContext.SetSynchronizationContext(step.Kind == StepKind.Turn ? null : step.Process.Context);
            Do(step);
        }
        catch (Exception error) when (error is not SimulationException)
        {
            throw Fail($"A step of {step.Process.Name} threw: {error.Message}", error);
        }
        SynchronizationContext.SetSynchronizationContext(null);
        ExecutionContext.Restore(_context);
        Stepped?.Invoke();
    }

    private static void Do(in Step step)
    {
        switch (step.Kind)
        {
            case StepKind.Turn:
                ((TurnQueue)step.What).Run();
                break;
            case StepKind.Post:
                ((SendOrPostCallback)step.What)(step.State);
                break;
            case StepKind.Answer:
                ((Call)step.What).Execute();
                break;
            case StepKind.Failure:
                ((Call)step.What).SettleFailure((Exception)step.State!);
                break;
            case StepKind.Timer:
                ((VirtualTimer)step.What).Fire((long)step.State!);
                break;
            case StepKind.Message:
                ((Delivery)step.What).Arrive();
                break;
        }
    }

    // What was queued before, in the pool's common line or in this thread's own, has begun when these have.
    private void WaitForThreadPool()
    {
        var passed = new CountdownEvent(2);
        ThreadPool.UnsafeQueueUserWorkItem(static count => count.Signal(), passed, preferLocal: true);
        ThreadPool.UnsafeQueueUserWorkItem(static count => count.Signal(), passed, preferLocal: false);
        passed.Wait(TimeSpan.FromSeconds(5));
        lock (_escapes)
        {
            if (_escapes.Count == 0) Monitor.Wait(_escapes, 20);
        }
    }

    private string NotReached(string goal, TimeSpan limit)
    {
        ThrowIfEscaped();
        return Clock.IsEmpty ? $"Nothing is left to happen, and not reached: {goal}." : $"Not reached within {limit}: {goal}.";
    }

    private void Marked()
    {
        if (Environment.CurrentManagedThreadId != _thread) Escape("Something");
    }

    private void Escape(string what)
    {
        var stack = new StackTrace(2, fNeedFileInfo: true);
        lock (_escapes)
        {
            _escapes.Add($"{what} of {_current} on thread {Environment.CurrentManagedThreadId}\n{stack}");
            Monitor.Pulse(_escapes);
        }
    }
}

/// <summary>A run that failed: the seed that repeats it, and its last steps.</summary>
internal sealed class SimulationException(
    int seed, Trace trace, DateTimeOffset at, string problem, IReadOnlyList<string> escapes, Exception? inner)
    : Exception($"Seed {seed}, step {trace.Steps}, {at:HH:mm:ss.fff}: {problem}"
        + string.Concat(escapes.Select(escape => $"\nEscaped: {escape}"))
        + (trace.Recent.Any() ? $"\nLast steps:\n{string.Join('\n', trace.Recent)}" : ""), inner)
{
    public int Seed => seed;
    public IReadOnlyList<string> Escapes => escapes;
}
