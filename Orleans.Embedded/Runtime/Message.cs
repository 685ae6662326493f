using System.Reflection;

namespace Orleans.Runtime;

/// <summary>What a method's calls have in common.</summary>
internal sealed class CallInfo
{
    public required Type Interface { get; init; }
    public required string Method { get; init; }

    /// <summary>The interface's method; null for the runtime's own calls, which no filter sees.</summary>
    public MethodInfo? Declaration { get; init; }

    /// <summary>Where the emitted class of the calls keeps the arguments.</summary>
    public FieldInfo[] Arguments { get; set; } = [];
    public FieldInfo? TokenArgument => Array.Find(Arguments, argument => argument.FieldType == typeof(CancellationToken));

    /// <summary>The method is a grain extension's: the target is a component of the activation, not the grain.</summary>
    public bool IsExtension { get; init; }
    public bool AlwaysInterleave { get; init; }
    public bool ReadOnly { get; init; }
    public bool OneWay { get; init; }

    /// <summary>From the method's ResponseTimeout attribute; null for the caller's default.</summary>
    public TimeSpan? Timeout { get; init; }

    public override string ToString() => $"{Interface.Name}.{Method}";
}

/// <summary>
/// Something that takes a turn of a <see cref="TurnQueue"/>: a call, a timer's tick, a stream's delivery. It is its own node in the queue.
/// Invariant: once taken from a queue, exactly one <see cref="TurnQueue.Finished"/> follows.
/// </summary>
internal abstract class Message
{
    /// <summary>The next one waiting in the same queue. Guarded by the queue's lock.</summary>
    public Message? Next;

    public Dictionary<string, object>? Context;
    public Guid Chain;

    public abstract bool AlwaysInterleave { get; }
    public virtual bool ReadOnly => false;

    /// <summary>Whether taking it counts as using the activation.</summary>
    public virtual bool CountsAsUse => true;

    /// <summary>Nobody waits for it any more: it is dropped instead of started.</summary>
    public virtual bool IsAbandoned => false;

    /// <summary>Runs in the queue's turn and must not throw; arranges for Finished.</summary>
    public abstract void Start(TurnQueue queue);

    /// <summary>The queue closed before this was started: find another one, or give up.</summary>
    public abstract void Redirect(TurnQueue closed);

    /// <summary>It will never start.</summary>
    public abstract void Fail(Exception error);
}
