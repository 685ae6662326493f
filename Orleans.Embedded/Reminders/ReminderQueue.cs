using Orleans.Runtime;

namespace Orleans.Reminders;

/// <summary>The single thread of a reminder service.</summary>
internal sealed class ReminderQueue(SiloRuntime runtime) : TurnQueue(runtime)
{
    public override object GetTarget() => this;

    /// <summary>Begins work in a turn to come. The work must not throw: what it does throw ends in the unobserved exceptions.</summary>
    public void Post(Func<Task> work)
    {
        using (ExecutionContext.IsFlowSuppressed() ? default : ExecutionContext.SuppressFlow())
            new Task(static state => _ = ((Func<Task>)state!)(), work).Start(this);
    }
}
