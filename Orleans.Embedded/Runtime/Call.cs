using System.Runtime.CompilerServices;
using Orleans.Serialization;
using Orleans.Serialization.Invocation;

namespace Orleans.Runtime;

/// <summary>
/// A call and its answer in one object. Per method a subclass is emitted that holds the arguments in fields (see ProxyEmitter).
/// Algorithm: the answer is settled by whoever takes the call out of its <see cref="CallTracker"/>: the callee's end, the
/// timeout, the cancelled caller or the stopping silo. Only the callee's end gives the object back to its pool, because
/// only then nobody else refers to it. Between silos the same object travels, there and back (see <see cref="Delivery"/>).
/// </summary>
internal abstract class Call : Message, IThreadPoolWorkItem
{
    // The tracker's links, guarded by its lock.
    public Call? TrackedBefore;
    public Call? TrackedAfter;
    public CallTracker.Stripe? TrackedIn;
    public long SentAt;

    private volatile bool _abandoned;
    private CallTracker? _tracker;
    private CancellationTokenSource? _cancellation;
    private CancellationTokenRegistration _callerCancels;

    public GrainReference? Target { get; private set; }

    /// <summary>The silo of the caller.</summary>
    public SiloRuntime? From { get; private set; }

    /// <summary>The other silo that the call was last sent to; null: it has not left its own.</summary>
    public SiloRuntime? SentTo { get; set; }

    /// <summary>How often it was sent.</summary>
    public int Forwards { get; set; }
    protected TurnQueue? Queue { get; set; }
    protected TurnQueue? Caller { get; private set; }
    public abstract CallInfo Info { get; }
    public override bool AlwaysInterleave => Info.AlwaysInterleave;
    public override bool ReadOnly => Info.ReadOnly;
    public override bool IsAbandoned => _abandoned;

    /// <summary>Emitted for methods with a CancellationToken: its value, to be read and to be replaced.</summary>
    protected virtual bool TakesToken => false;
    protected virtual CancellationToken Token
    {
        get => default;
        set { }
    }

    /// <summary>Clears what the emitted subclass holds.</summary>
    protected virtual void ClearArguments()
    {
    }

    /// <summary>The call whose fields are <see cref="CallInfo.Arguments"/>.</summary>
    public virtual Call ArgumentHolder => this;

    protected abstract void SettleError(Exception error);
    protected abstract void SettleOutcome();
    protected abstract void Recycle();

    protected void Dispatch(GrainReference target)
    {
        Target = target;
        Caller = TurnQueue.Current;
        Context = RequestContext.Current;
        Chain = RequestContext.ReentrancyId;
        // A reference may have come from another silo, as an argument.
        var runtime = Caller is null ? target.Runtime : Caller.Runtime;
        From = runtime;
        if (!Info.OneWay)
        {
            _tracker = runtime.Calls.For(Info.Timeout, fromGrain: Caller is not null);
            if (TakesToken) LinkToken();
            _tracker.Track(this);
        }
        if (target.Cached is not { } queue || queue.Runtime != runtime || !queue.TryEnqueue(this)) runtime.Dispatch(target, this);
    }

    /// <summary>The callee's end, in its turn: frees the turn, and answers unless somebody else has.</summary>
    protected void End(Exception? error)
    {
        var queue = Queue!;
        if (error is not null) queue.OnError(this, error);
        queue.Finished(this);
        if (Info.OneWay)
        {
            if (error is not null) RuntimeLog.OneWayCallFailed(queue.Runtime.Logger, Info, Target!.GrainId, error);
            Clear();
        }
        else if (queue.Runtime != From)
        {
            queue.Runtime.Router!.Answer(this);
        }
        else if (CallTracker.Release(this))
        {
            // A grain's continuation is queued by its scheduler, so it may be released here. Other callers' continuations would
            // run on this stack: they wait until the activation is free.
            if (Caller is not null) Execute();
            else queue.AnswerAfterTurn(this);
        }
    }

    /// <summary>Gives the answer to the caller. The call has left its tracker.</summary>
    public void Execute()
    {
        var linked = _cancellation is not null;
        SettleOutcome();
        if (!linked) Clear();
        else ReleaseToken();
    }

    /// <summary>The answer of another silo's activation is here, unless somebody else has answered.</summary>
    public void AnswerArrived()
    {
        if (!CallTracker.Release(this)) return;
        if (Caller is not null) Execute();
        else From!.Scheduler.Schedule(this);
    }

    /// <summary>Reads the answer of another process into the call; <see cref="Execute"/> gives it, when the call has left its tracker.</summary>
    public abstract void TakeAnswer(Codec? codec, WireReader answer);
    public abstract void TakeFailure(Exception error);

    /// <summary>Replaces the answer, which is about to leave the callee's silo, by a copy.</summary>
    public abstract void CopyOutcome(SiloRuntime callee);

    /// <summary>The callee's token, if the method has one: cancelled when the caller gives up.</summary>
    public CancellationToken CalleeToken => _cancellation?.Token ?? default;

    public override void Fail(Exception error)
    {
        if (_tracker is null) RuntimeLog.OneWayCallFailed(Target!.Runtime.Logger, Info, Target.GrainId, error);
        else if (CallTracker.Release(this)) Abandon(error, cancelCallee: false);
    }

    /// <summary>Answers in place of the callee. The call has left its tracker; the object is not used again.</summary>
    public void Abandon(Exception error, bool cancelCallee)
    {
        _abandoned = true;
        // A continuation of the caller must run neither in the callee's turn nor under the sweeper's hands.
        From!.Scheduler.Schedule(this, error);
        if (!cancelCallee) ReleaseToken();
        else if (From.IsDead) return; // a crash tells nobody
        else if (SentTo is null) CancelCallee();
        else if (_cancellation is not null) From.Router!.Cancel(this, SentTo);
    }

    /// <summary>Cancels the token that the callee was given.</summary>
    public void CancelCallee() => _cancellation?.Cancel();

    /// <summary>Gives a failure to the caller. The call has left its tracker.</summary>
    public void SettleFailure(Exception error) => SettleError(error);

    /// <summary>The calling grain; null when the caller is not one.</summary>
    public GrainId? SentBy => (Caller as Activation)?.GrainId;

    public Exception TimedOut(TimeSpan timeout, bool explain) => From?.Outside?.Unreachable
        ?? new TimeoutException($"Response did not arrive on time in {timeout} for message: {SentBy?.ToString() ?? "client"}->{Target!.GrainId} {Info}."
            + (explain ? WaitChain.Describe(this) : ""));

    public override string ToString() => Info.ToString();

    public override void Redirect(TurnQueue closed)
    {
        if (Target!.Cached == closed) Target.Cached = null;
        closed.Runtime.Dispatch(Target, this);
    }

    private void LinkToken()
    {
        var given = Token;
        _cancellation = new CancellationTokenSource();
        Token = _cancellation.Token;
        if (given.CanBeCanceled)
        {
            _callerCancels = given.UnsafeRegister(static (state, token) =>
            {
                var call = (Call)state!;
                if (CallTracker.Release(call)) call.Abandon(new OperationCanceledException(token), cancelCallee: true);
            }, this);
        }
    }

    private void ReleaseToken() => _callerCancels.Unregister();

    private void Clear()
    {
        ClearArguments();
        Target = null;
        From = null;
        SentTo = null;
        Forwards = 0;
        Queue = null;
        Caller = null;
        Context = null;
        Chain = default;
        _tracker = null;
        Recycle();
    }
}

/// <summary>A call whose answer is a <typeparamref name="TResult"/>.</summary>
internal abstract class Call<TResult> : Call
{
    private AsyncTaskMethodBuilder<TResult> _answer;
    private Task? _running;
    private Exception? _error;
    private Action? _resume;

    protected TResult? Result { get; set; }

    protected Task<TResult> Send(GrainReference target)
    {
        if (target.Runtime.Filters.Outgoing is { } filters && Info.Declaration is not null) return SendFiltered(target, filters);
        var answer = _answer.Task;
        Dispatch(target);
        return answer;
    }

    /// <summary>Sends without waiting for an answer: there is none. The task is complete but for filters.</summary>
    protected Task Post(GrainReference target)
    {
        if (target.Runtime.Filters.Outgoing is { } filters && Info.Declaration is not null) return SendFiltered(target, filters);
        Dispatch(target);
        return Task.CompletedTask;
    }

    /// <summary>Calls the method. Null: it is done and <see cref="Result"/> is set; else the task to wait for.</summary>
    protected abstract Task? Invoke(object target);

    public override void Start(TurnQueue queue)
    {
        Queue = queue;
        Task? running;
        try
        {
            var target = Info.IsExtension ? queue.GetExtension(Info.Interface) : queue.GetTarget();
            running = queue.IsFiltered && Info.Declaration is not null ? InvokeFiltered((Activation)queue, target) : Invoke(target);
        }
        catch (Exception error)
        {
            _error = error;
            End(error);
            return;
        }
        if (running is null) End(null);
        else if (running.IsCompleted) EndWith(running);
        else
        {
            _running = running;
            // Captures the activation's scheduler: the end is a turn of its own.
            running.GetAwaiter().UnsafeOnCompleted(_resume ??= Resume);
        }
    }

    // A filter may send more than once, and each sending ends in a pool: this object stays behind as the pattern.
    private Task<TResult> SendFiltered(GrainReference target, IOutgoingGrainCallFilter[] filters) =>
        new OutgoingCallContext(this, target, filters, async () =>
        {
            var copy = (Call<TResult>)MemberwiseClone();
            copy._resume = null;
            var answer = copy._answer.Task;
            copy.Dispatch(target);
            return Info.OneWay ? Response.Completed : ResponseOf(await answer);
        }).Run<TResult>();

    private async Task InvokeFiltered(Activation activation, object target)
    {
        var source = (Caller as Activation)?.GrainId;
        Result = await new IncomingCallContext(this, activation, target, source, async inside =>
        {
            var running = Invoke(inside);
            if (running is null) return ResponseOf(Result!);
            await running;
            return running is Task<TResult> typed ? ResponseOf(typed.Result) : ResponseOf(Result!);
        }).Run<TResult>();
    }

    private static Response ResponseOf(TResult result) =>
        typeof(TResult) == typeof(Nothing) ? Response.Completed : Response.FromResult(result);

    private void Resume()
    {
        var running = _running!;
        _running = null;
        EndWith(running);
    }

    private void EndWith(Task done)
    {
        if (done.IsCompletedSuccessfully)
        {
            if (done is Task<TResult> typed) Result = typed.Result;
        }
        else if (done.IsFaulted) _error = done.Exception!.InnerExceptions[0];
        else _error = new TaskCanceledException(done);
        End(_error);
    }

    protected override void SettleOutcome()
    {
        if (_error is null) _answer.SetResult(Result!);
        else _answer.SetException(_error);
        _answer = default;
        _error = null;
        Result = default;
    }

    public override void TakeAnswer(Codec? codec, WireReader answer) =>
        Result = codec is Codec<TResult> typed ? typed.Read(answer, answer.Kind()) : default;

    public override void TakeFailure(Exception error) => _error = error;

    public override void CopyOutcome(SiloRuntime callee)
    {
        if (_error is not null) _error = MessageCopies.Copy(callee, _error);
        else if (Info.Declaration is null || Info.OneWay || typeof(TResult) == typeof(Nothing)) return;
        else
        {
            try
            {
                Result = MessageCopies.Copy(callee, Result);
            }
            catch (CodecNotFoundException unknown)
            {
                _error = new CodecNotFoundException($"{Info}, what it returns: {unknown.Message}");
            }
        }
    }

    protected override void SettleError(Exception error) => _answer.SetException(error);
}
