namespace Squad.Platform.Sandboxes.Processes;

/// <summary>A file that another process appends to, read to its end and then followed until that process has ended. For one reader at a time.</summary>
/// <param name="ended">Whether nothing more will be written. Asked before each look for more, so that the last bytes are not missed.</param>
internal sealed class FollowedFile(string path, long position, Func<bool> ended, TimeProvider time) : Stream
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(25);
    private FileStream? file;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.Length == 0)
            return 0;
        while (true)
        {
            var last = ended();
            if (Open() is { } open)
            {
                var read = await open.ReadAsync(buffer, cancellationToken);
                if (read > 0)
                    return read;
            }
            if (last)
                return 0;
            await Task.Delay(Interval, time, cancellationToken);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Read asynchronously.");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            file?.Dispose();
        base.Dispose(disposing);
    }

    private FileStream? Open()
    {
        if (file is null && File.Exists(path))
        {
            // Unbuffered: a buffer would remember the end of the file.
            file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            file.Seek(position, SeekOrigin.Begin);
        }
        return file;
    }
}
