using System.Buffers.Binary;
using System.Text;
using Squad.Platform.Sandboxes.Docker;

namespace Squad.Platform.Tests.Sandboxes;

public sealed class DockerFramesTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(1000)]
    public async Task Output_is_put_together_wherever_the_transport_tears_it(int piece)
    {
        byte[] source = [.. Frame(1, "one "), .. Frame(2, "error"), .. Frame(1, ""), .. Frame(1, "two"), .. Frame(0, "input"), .. Frame(2, ""), .. Frame(1, "!")];
        Assert.Equal("one two!", await ReadAsync(new Torn(source, piece)));
    }

    [Fact]
    public async Task A_frame_cut_off_by_the_end_gives_what_has_come()
    {
        Assert.Equal("on", await ReadAsync(new MemoryStream([.. Frame(1, "one")[..10]])));
        Assert.Equal("", await ReadAsync(new MemoryStream([.. Frame(1, "one")[..5]])));
        Assert.Equal("", await ReadAsync(new MemoryStream([.. Frame(2, "error")[..9]])));
    }

    [Fact]
    public async Task A_stream_without_frames_is_refused() =>
        await Assert.ThrowsAsync<InvalidDataException>(() => ReadAsync(new MemoryStream("plain text"u8.ToArray())));

    [Fact]
    public async Task A_cancelled_read_loses_nothing()
    {
        var source = new Torn([.. Frame(2, "error"), .. Frame(1, "one")], 3) { CancelEverySecondRead = true };
        using var frames = new DockerFrames(source);
        var text = new StringBuilder();
        var buffer = new byte[2];
        while (true)
        {
            try
            {
                var read = await frames.ReadAsync(buffer);
                if (read == 0)
                    break;
                text.Append(Encoding.UTF8.GetString(buffer, 0, read));
            }
            catch (OperationCanceledException)
            {
                // And again.
            }
        }
        Assert.Equal("one", text.ToString());
    }

    private static byte[] Frame(byte stream, string text)
    {
        var frame = new byte[8 + text.Length];
        frame[0] = stream;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(4), text.Length);
        Encoding.ASCII.GetBytes(text, frame.AsSpan(8));
        return frame;
    }

    private static async Task<string> ReadAsync(Stream source)
    {
        using var reader = new StreamReader(new DockerFrames(source));
        return await reader.ReadToEndAsync();
    }

    /// <summary>Gives at most so many bytes a read.</summary>
    private sealed class Torn(byte[] bytes, int piece) : MemoryStream(bytes)
    {
        private int reads;

        public bool CancelEverySecondRead { get; init; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (CancelEverySecondRead && reads++ % 2 == 0)
                return ValueTask.FromCanceled<int>(new CancellationToken(true));
            return base.ReadAsync(buffer[..Math.Min(piece, buffer.Length)], cancellationToken);
        }
    }
}
