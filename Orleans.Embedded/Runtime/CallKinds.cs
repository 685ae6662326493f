namespace Orleans.Runtime;

/// <summary>Nothing, as a result.</summary>
internal readonly struct Nothing;

/// <summary>Calls of methods that return Task&lt;T&gt;.</summary>
internal abstract class TaskCall<TResult> : Call<TResult>
{
    public Task<TResult> SendTask(GrainReference target) => Send(target);
    protected abstract Task<TResult> InvokeTask(object target);

    protected override Task? Invoke(object target) => InvokeTask(target) ?? throw NullTask(Info);

    internal static InvalidOperationException NullTask(CallInfo info) => new($"{info} returned null instead of a task.");
}

/// <summary>Calls of methods that return Task.</summary>
internal abstract class TaskCall : Call<Nothing>
{
    public Task SendTask(GrainReference target) => Info.OneWay ? Post(target) : Send(target);

    protected abstract Task InvokeTask(object target);

    protected override Task? Invoke(object target) => InvokeTask(target) ?? throw TaskCall<Nothing>.NullTask(Info);
}

/// <summary>Calls of methods that return ValueTask&lt;T&gt;.</summary>
internal abstract class ValueTaskCall<TResult> : Call<TResult>
{
    public ValueTask<TResult> SendTask(GrainReference target) => new(Send(target));
    protected abstract ValueTask<TResult> InvokeTask(object target);

    protected override Task? Invoke(object target)
    {
        var running = InvokeTask(target);
        if (!running.IsCompletedSuccessfully) return running.AsTask();
        Result = running.Result;
        return null;
    }
}

/// <summary>Calls of methods that return ValueTask.</summary>
internal abstract class ValueTaskCall : Call<Nothing>
{
    public ValueTask SendTask(GrainReference target) => new(Info.OneWay ? Post(target) : Send(target));

    protected abstract ValueTask InvokeTask(object target);

    protected override Task? Invoke(object target)
    {
        var running = InvokeTask(target);
        return running.IsCompletedSuccessfully ? null : running.AsTask();
    }
}

/// <summary>Calls of methods that return nothing, as observers have: always one-way.</summary>
internal abstract class VoidCall : Call<Nothing>
{
    public void SendTask(GrainReference target)
    {
        var posted = Post(target);
        if (!posted.IsCompletedSuccessfully) _ = LogFailure(posted, target);
    }

    protected abstract void InvokeTask(object target);

    // A filter failed, and a method without a task has no other way to say so.
    private async Task LogFailure(Task posted, GrainReference target)
    {
        try
        {
            await posted;
        }
        catch (Exception error)
        {
            RuntimeLog.OneWayCallFailed(target.Runtime.Logger, Info, target.GrainId, error);
        }
    }

    protected override Task? Invoke(object target)
    {
        InvokeTask(target);
        return null;
    }
}

/// <summary>A small per-thread stack of used calls of one method. Bounded, so that a burst does not stay in memory.</summary>
internal static class CallPool<TCall> where TCall : Call, new()
{
    private const int Kept = 32;

    [ThreadStatic]
    private static TCall? t_top;
    [ThreadStatic]
    private static int t_count;

    public static TCall Rent()
    {
        var top = t_top;
        if (top is null) return new TCall();
        t_top = (TCall?)top.Next;
        t_count--;
        top.Next = null;
        return top;
    }

    public static void Return(TCall call)
    {
        if (t_count >= Kept) return;
        call.Next = t_top;
        t_top = call;
        t_count++;
    }
}
