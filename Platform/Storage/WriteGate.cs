namespace Squad.Platform.Storage;

/// <summary>
/// Lets one writer of this process at a time into a database that takes only one. Waiting here is fair and costs nothing, where SQLite's own
/// waiting is a poll that may lose again and again.
/// </summary>
internal sealed class WriteGate : IDisposable
{
    private readonly SemaphoreSlim _semaphore = new(1, 1);

    public async ValueTask<Pass> EnterAsync(CancellationToken cancellation)
    {
        await _semaphore.WaitAsync(cancellation);
        return new Pass(_semaphore);
    }

    public Pass Enter()
    {
        _semaphore.Wait();
        return new Pass(_semaphore);
    }

    public void Dispose() => _semaphore.Dispose();

    /// <summary>Dispose exactly once.</summary>
    internal readonly struct Pass(SemaphoreSlim? semaphore) : IDisposable
    {
        public void Dispose() => semaphore?.Release();
    }
}
