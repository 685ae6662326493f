using System.Buffers.Binary;

namespace Squad.Platform.Sandboxes.Docker;

/// <summary>
/// Standard output out of an attached container's stream, in which both output streams come as frames: one byte that names the stream
/// (1 output, 2 error), three zero bytes, the payload's length as 32 bits big-endian, the payload. "hi\n" on standard output is
/// <code>01 00 00 00  00 00 00 03  68 69 0a</code>
/// Standard error is skipped. Frames may be torn anywhere by the transport. For one reader at a time.
/// </summary>
internal sealed class DockerFrames(Stream source) : Stream
{
    private const byte StandardOutput = 1;
    private readonly byte[] header = new byte[8];
    private readonly byte[] skipped = new byte[8 * 1024];
    // Where the reader is, kept over calls so that a cancelled read loses nothing.
    private int headerFilled;
    private uint left;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>The end of the connection, in the middle of a frame too, is the end of the stream: the container or the daemon is gone.</summary>
    /// <exception cref="InvalidDataException">The stream is not framed: the container has a terminal, or something else answers.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.Length == 0)
            return 0;
        while (left == 0 || header[0] != StandardOutput)
        {
            if (left == 0 ? !await ReadHeaderAsync(cancellationToken) : !await SkipAsync(cancellationToken))
                return 0;
        }
        var read = await source.ReadAsync(buffer[..(int)Math.Min((uint)buffer.Length, left)], cancellationToken);
        left -= (uint)read;
        return read;
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

    private async ValueTask<bool> ReadHeaderAsync(CancellationToken cancellation)
    {
        while (headerFilled < header.Length)
        {
            var read = await source.ReadAsync(header.AsMemory(headerFilled), cancellation);
            if (read == 0)
                return false;
            headerFilled += read;
        }
        headerFilled = 0;
        if (header[0] > 2 || header[1] != 0 || header[2] != 0 || header[3] != 0)
            throw new InvalidDataException($"Expected a frame of an attached container, found the bytes {Convert.ToHexString(header)}.");
        left = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(4));
        return true;
    }

    private async ValueTask<bool> SkipAsync(CancellationToken cancellation)
    {
        var read = await source.ReadAsync(skipped.AsMemory(0, (int)Math.Min((uint)skipped.Length, left)), cancellation);
        left -= (uint)read;
        return read > 0;
    }
}
