namespace Orleans.Runtime;

/// <summary>
/// Runs messages and continuations one at a time: the single thread of an activation. It is a TaskScheduler, so what a grain
/// awaits resumes here.
/// Algorithm: one lock-guarded queue of waiting messages and one of ready continuations (these first); the queue is handed to the
/// pool when it has something that may start, and drains until it has nothing.
/// Invariants: at most one thread is in <see cref="Run"/>; what <see cref="Admission"/> counts changes only there; _scheduled is
/// true from the hand-over until the drain found nothing under the lock.
/// </summary>
internal abstract class TurnQueue : TaskScheduler, IThreadPoolWorkItem
{
    private static readonly Action<object?> RunFromTask = static queue => ((TurnQueue)queue!).RunInTask();

    private Message? _first;
    private Message? _last;
    private Task[]? _ready;
    private int _readyHead;
    private int _readyCount;
    private int _waiting;
    private int _waitingInterleavable;
    private bool _scheduled;
    private bool _closed;
    private Message? _next;
    private Call? _answerAfterTurn;
    private int _turnsLeft;
    private TurnThread? _thread;

    // Not readonly: a struct that changes.
    private Admission _admission;

    protected TurnQueue(SiloRuntime runtime) => Runtime = runtime;

    /// <summary>The queue whose turn this thread runs, or null.</summary>
    public static new TurnQueue? Current => TurnThread.CurrentQueue;

    public SiloRuntime Runtime { get; }
    public abstract object GetTarget();

    /// <summary>The same in each replay of a simulation.</summary>
    public virtual uint Label => 0;

    /// <summary>The component that answers the calls of an extension interface.</summary>
    public virtual object GetExtension(Type interfaceType) =>
        throw new GrainExtensionNotInstalledException($"Only a grain has extensions: {interfaceType} cannot be called here.");

    /// <summary>Calls pass <see cref="CallFilters.Incoming"/> or the grain's own filter.</summary>
    public bool IsFiltered { get; protected init; }
    public override int MaximumConcurrencyLevel => 1;
    protected int Running => _admission.Running;

    /// <summary>The message whose first turn has begun and not ended; null in turns that follow an await. A hint, for messages.</summary>
    public Message? StartingNow => _next;

    /// <summary>Nothing runs or waits here. A hint: it may change at once.</summary>
    public bool IsFree => _admission.Running == 0 && _waiting == 0;
    protected virtual bool Reentrant => false;

    /// <summary>Whether messages may start; control steps and continuations always may. Called under the lock.</summary>
    protected virtual bool IsOpen => true;

    /// <summary>Whether <see cref="RunControlStep"/> wants a turn now. Called under the lock.</summary>
    protected virtual bool HasControlStep => false;

    /// <summary>A step of the queue's own life, run as a turn; it may set off asynchronous work on this scheduler.</summary>
    protected virtual void RunControlStep()
    {
    }

    /// <summary>A message failed with an exception of the application.</summary>
    public virtual void OnError(Message message, Exception error)
    {
    }

    protected virtual void OnUsed()
    {
    }

    /// <summary>Adds a message. False: the queue is closed and did not take it.</summary>
    public bool TryEnqueue(Message message)
    {
        lock (this)
        {
            if (_closed) return false;
            var limit = Runtime.MaxWaiting;
            if (limit > 0 && _waiting >= limit) return Refuse(message, limit);
            message.Next = null;
            if (_last is null) _first = message;
            else _last.Next = message;
            _last = message;
            _waiting++;
            if (Admission.MayOvertake(message)) _waitingInterleavable++;
            if (_scheduled || !(HasControlStep || (IsOpen && _admission.Admits(message, Reentrant)))) return true;
            _scheduled = true;
        }
        Runtime.Scheduler.Schedule(this);
        return true;
    }

    /// <summary>Asks for a drain because something that IsOpen or HasControlStep looks at has changed.</summary>
    protected void Wake()
    {
        lock (this)
        {
            if (_scheduled) return;
            _scheduled = true;
        }
        Runtime.Scheduler.Schedule(this);
    }

    /// <summary>Takes no more messages, and sends those that wait elsewhere.</summary>
    protected void CloseAndRedirect()
    {
        foreach (var message in Close()) message.Redirect(this);
    }

    /// <summary>Takes no more messages and fails those that wait.</summary>
    protected void CloseAndFail(Exception error)
    {
        foreach (var message in Close()) message.Fail(error);
    }

    private IEnumerable<Message> Close()
    {
        Message? waiting;
        lock (this)
        {
            _closed = true;
            waiting = _first;
            _first = _last = null;
            _waiting = _waitingInterleavable = 0;
        }
        while (waiting is { } message)
        {
            waiting = message.Next;
            message.Next = null;
            yield return message;
        }
    }

    /// <summary>The message's turn is over. In a turn of this queue.</summary>
    public void Finished(Message message)
    {
        _admission.End(message);
        if (message.CountsAsUse) OnUsed();
    }

    /// <inheritdoc cref="Admission.AllowChain"/>
    public void AllowChain(Guid chain) => _admission.AllowChain(chain);

    public void DisallowChain(Guid chain) => _admission.DisallowChain(chain);

    /// <summary>Answers a caller outside of grains once the activation is free; its continuation may then run on this thread.</summary>
    public void AnswerAfterTurn(Call call)
    {
        if (_answerAfterTurn is { } earlier) Runtime.Scheduler.Schedule(earlier);
        _answerAfterTurn = call;
    }

    void IThreadPoolWorkItem.Execute() => Run();

    /// <summary>Drains the queue. Called by the scheduler, once for each hand-over.</summary>
    public void Run()
    {
        if (Runtime.IsDead) return;
        var thread = TurnThread.Current;
        var outer = thread.Queue;
        thread.Queue = this;
        _thread = thread;
        _turnsLeft = Runtime.TurnsPerSlice;
        Call? answer;
        try
        {
            while (Take(inTask: false, out var task, out answer))
            {
                thread.Turns++;
                if (task is not null) TryExecuteTask(task);
                else new Task(RunFromTask, this).RunSynchronously(this); // makes TaskScheduler.Current this queue
            }
        }
        finally
        {
            thread.Queue = outer;
        }
        answer?.Execute();
    }

    /// <summary>Runs the message taken, and others while there are any, inside one Task of this scheduler.</summary>
    private void RunInTask()
    {
        var context = ExecutionContext.Capture();
        var thread = _thread!;
        do
        {
            thread.Turns++;
            if (_next is { } message)
            {
                if (message.Context is not null) RequestContext.Current = message.Context;
                if (message.Chain != Guid.Empty) RequestContext.ReentrancyId = message.Chain;
                message.Start(this);
                _next = null;
            }
            else
            {
                RunControlStep();
            }
            if (context is not null) ExecutionContext.Restore(context);
        }
        while (Take(inTask: true, out _, out _));
    }

    /// <summary>
    /// Finds the next turn: a task, or a message in _next, or neither of both for a control step. False: there is none, and the queue
    /// is no longer scheduled (in a task: the caller goes back to the outer loop, which asks again).
    /// </summary>
    private bool Take(bool inTask, out Task? task, out Call? answer)
    {
        task = null;
        answer = null;
        lock (this)
        {
            if (_turnsLeft-- > 0 && _readyCount > 0)
            {
                if (inTask) return false;
                task = _ready![_readyHead];
                _ready[_readyHead] = null!;
                _readyHead = (_readyHead + 1) & (_ready.Length - 1);
                _readyCount--;
                return FlushAnswer();
            }
            if (_turnsLeft >= 0)
            {
                if (HasControlStep) return FlushAnswer();
                if (IsOpen && (_next = TakeStartable()) is not null)
                {
                    _admission.Begin(_next);
                    return FlushAnswer();
                }
            }
            if (inTask) return false;
            answer = _answerAfterTurn;
            _answerAfterTurn = null;
            // Out of turns with work left: go to the end of the line. The queue stays scheduled.
            if (_turnsLeft >= 0 || (_readyCount == 0 && _first is null && !HasControlStep))
            {
                _scheduled = false;
                return false;
            }
        }
        Runtime.Scheduler.ScheduleFairly(this);
        return false;
    }

    // There is more to do here, so whoever waits for an answer should not wait for that too.
    private bool FlushAnswer()
    {
        if (_answerAfterTurn is { } answer)
        {
            _answerAfterTurn = null;
            Runtime.Scheduler.Schedule(answer);
        }
        return true;
    }

    private Message? TakeStartable()
    {
        Message? before = null;
        var message = _first;
        while (message is not null)
        {
            var next = message.Next;
            if (message.IsAbandoned)
            {
                Unlink(before, message);
                message = next;
                continue;
            }
            if (_admission.Admits(message, Reentrant))
            {
                Unlink(before, message);
                return message;
            }
            // Nothing behind it could overtake: do not look.
            if (_waitingInterleavable == 0) return null;
            before = message;
            message = next;
        }
        return null;
    }

    private void Unlink(Message? before, Message message)
    {
        if (before is null) _first = message.Next;
        else before.Next = message.Next;
        if (_last == message) _last = before;
        message.Next = null;
        _waiting--;
        if (Admission.MayOvertake(message)) _waitingInterleavable--;
    }

    private static bool Refuse(Message message, int limit)
    {
        message.Fail(new LimitExceededException($"{limit} calls wait at this activation already."));
        return true;
    }

    protected override void QueueTask(Task task)
    {
        lock (this)
        {
            if (_ready is null || _readyCount == _ready.Length) GrowReady();
            _ready![(_readyHead + _readyCount++) & (_ready.Length - 1)] = task;
            if (_scheduled) return;
            _scheduled = true;
        }
        Runtime.Scheduler.Schedule(this);
    }

    private void GrowReady()
    {
        var grown = new Task[_ready is null ? 4 : _ready.Length * 2];
        for (var i = 0; i < _readyCount; i++) grown[i] = _ready![(_readyHead + i) & (_ready.Length - 1)];
        _ready = grown;
        _readyHead = 0;
    }

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        !taskWasPreviouslyQueued && Current == this && TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks()
    {
        lock (this)
        {
            var tasks = new Task[_readyCount];
            for (var i = 0; i < tasks.Length; i++) tasks[i] = _ready![(_readyHead + i) & (_ready.Length - 1)];
            return tasks;
        }
    }
}
