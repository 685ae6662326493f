namespace Squad.Simulation;

/// <summary>Tasks as steps of one simulated process: where its node does what belongs to no grain's turn.</summary>
internal sealed class ProcessTasks(SynchronizationContext process) : TaskScheduler
{
    protected override void QueueTask(Task task) => process.Post(state => TryExecuteTask((Task)state!), task);

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    protected override IEnumerable<Task> GetScheduledTasks() => [];
}
