namespace Squad.Platform.Storage.Sqlite;

/// <summary>An advisory lock between processes; the system frees it when its holder dies.</summary>
internal sealed class MigrationLockFile(FileStream file) : IAsyncDisposable
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    public static async ValueTask<MigrationLockFile> TakeAsync(string path, TimeSpan timeout, TimeProvider time, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            try
            {
                return new MigrationLockFile(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1));
            }
            catch (IOException error) when (error is not (DirectoryNotFoundException or FileNotFoundException or PathTooLongException))
            {
                if (time.GetElapsedTime(started) >= timeout)
                {
                    throw new TimeoutException(
                        $"Another process has held the migration lock {path} for {timeout}. Is an upgrade still running? ({StorageOptions.Section}:LockTimeout)", error);
                }
            }
            await Task.Delay(Poll, time, cancellation);
        }
    }

    public ValueTask DisposeAsync() => file.DisposeAsync();
}
