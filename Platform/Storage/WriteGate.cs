namespace Squad.Platform.Storage;

/// <summary>
/// Lets one writer of this process at a time into a database that takes only one. Waiting here is fair and costs nothing, where SQLite's own
/// waiting is a poll that may lose again and again.
/// </summary>
/// <param name="left">Called when a writer has left, by the writer.</param>
internal sealed class WriteGate(Action left) : IDisposable
{
    private readonly SemaphoreSlim _semaphore = new(1, 1);

    public async ValueTask<Pass> EnterAsync(CancellationToken cancellation)
    {
        await _semaphore.WaitAsync(cancellation);
        return new Pass(this);
    }

    public Pass Enter()
    {
        _semaphore.Wait();
        return new Pass(this);
    }

    public void Dispose() => _semaphore.Dispose();

    private void Leave()
    {
        _semaphore.Release();
        left();
    }

    /// <summary>Dispose exactly once.</summary>
    internal readonly struct Pass(WriteGate? gate) : IDisposable
    {
        public void Dispose() => gate?.Leave();
    }
}
