using Orleans.Runtime;

namespace Orleans.Simulation;

/// <summary>
/// What one operating system process would be: a silo, or the clients outside. All its code runs in steps of the simulation, and none
/// once it is dead.
/// </summary>
internal sealed class SimulatedProcess : ITurnScheduler
{
    private readonly Simulation _simulation;
    private readonly List<TaskCompletionSource> _working = [];

    public SimulatedProcess(Simulation simulation, string name, int number)
    {
        _simulation = simulation;
        Name = name;
        Number = number;
        Context = new PostingContext(simulation, this);
        Time = new ProcessTime(simulation, this);
    }

    public string Name { get; }
    public int Number { get; }
    public bool IsAlive { get; private set; } = true;
    public SynchronizationContext Context { get; }
    public TimeProvider Time { get; }

    // One turn a step: another silo's may come between any two.
    public int TurnsPerSlice => 1;
    public bool IsSimulated => true;

    /// <summary>Runs asynchronous work in this process.</summary>
    /// <returns>Completes with the work; fails if the process dies before.</returns>
    public Task RunAsync(Func<Task> work)
    {
        var done = new TaskCompletionSource();
        if (!IsAlive) return Task.FromException(Dead());
        _working.Add(done);
        Context.Post(async _ =>
        {
            try
            {
                await work();
                done.TrySetResult();
            }
            catch (Exception error)
            {
                done.TrySetException(error);
            }
            _working.Remove(done);
        }, null);
        return done.Task;
    }

    /// <summary>From now on nothing of this process happens.</summary>
    public void Kill()
    {
        IsAlive = false;
        foreach (var work in _working.ToArray()) work.TrySetException(Dead());
        _working.Clear();
    }

    public void Schedule(TurnQueue queue) => _simulation.Add(new Step(StepKind.Turn, this, queue, null, queue.Label));
    public void ScheduleFairly(TurnQueue queue) => Schedule(queue);
    public void Schedule(Call answered) => _simulation.Add(new Step(StepKind.Answer, this, answered, null, 1));
    public void Schedule(Call failed, Exception error) => _simulation.Add(new Step(StepKind.Failure, this, failed, error, 2));

    private SiloUnavailableException Dead() => new($"{Name} has crashed.");

    /// <summary>What code outside of grains awaits comes back here.</summary>
    private sealed class PostingContext(Simulation simulation, SimulatedProcess process) : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state) => simulation.Add(new Step(StepKind.Post, process, d, state, 3));

        public override void Send(SendOrPostCallback d, object? state)
        {
            if (!simulation.IsEscape("Send")) d(state);
        }

        public override SynchronizationContext CreateCopy() => this;
    }
}
