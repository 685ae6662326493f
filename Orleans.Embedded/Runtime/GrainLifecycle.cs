namespace Orleans.Runtime;

/// <summary>
/// Runs observers by stage: ascending on start, and on stop descending from the highest stage that was reached. Observers of a stage run
/// together. Used by one starter at a time; subscribing is safe from any thread until the start.
/// </summary>
internal class Lifecycle : ILifecycleObservable
{
    private readonly List<Entry> _entries = [];
    private int? _reached;

    public int HighestCompletedStage { get; private set; } = int.MinValue;
    public int LowestStoppedStage { get; private set; } = int.MaxValue;

    public IDisposable Subscribe(string observerName, int stage, ILifecycleObserver observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        var entry = new Entry(this, observerName, stage, observer);
        lock (_entries) _entries.Add(entry);
        return entry;
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var stage in Stages().OrderBy(stage => stage.Key))
        {
            cancellationToken.ThrowIfCancellationRequested();
            _reached = stage.Key;
            await Task.WhenAll(stage.Select(entry => entry.Observer.OnStart(cancellationToken)));
            HighestCompletedStage = stage.Key;
        }
    }

    /// <summary>Stops every stage that was begun, also after a failure; the first failure is thrown at the end.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_reached is not { } reached) return;
        _reached = null;
        Exception? first = null;
        foreach (var stage in Stages().Where(stage => stage.Key <= reached).OrderByDescending(stage => stage.Key))
        {
            try
            {
                await Task.WhenAll(stage.Select(entry => entry.Observer.OnStop(cancellationToken)));
            }
            catch (Exception error)
            {
                first ??= error;
            }
            LowestStoppedStage = stage.Key;
        }
        if (first is not null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(first);
    }

    private List<IGrouping<int, Entry>> Stages()
    {
        lock (_entries) return [.. _entries.GroupBy(entry => entry.Stage)];
    }

    private sealed class Entry(Lifecycle owner, string name, int stage, ILifecycleObserver observer) : IDisposable
    {
        public int Stage => stage;
        public ILifecycleObserver Observer => observer;
        public override string ToString() => $"{name} at {stage}";

        public void Dispose()
        {
            lock (owner._entries) owner._entries.Remove(this);
        }
    }
}

internal sealed class GrainLifecycle : Lifecycle, IGrainLifecycle;

internal sealed class SiloLifecycle : Lifecycle, ISiloLifecycle;
