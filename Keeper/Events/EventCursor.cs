using Squad.Keeper.Native;

namespace Squad.Keeper.Events;

/// <summary>
/// A reader's place in the journal. What is sent comes from the file (that is, from the page cache) and not from memory, so a reader however slow
/// costs Keeper one descriptor.
/// </summary>
internal sealed class EventCursor : IDisposable
{
    private readonly Journal _journal;
    private readonly long _next;
    private Segment? _segment;
    private int _file = -1;
    private long _offset;

    /// <param name="next">The first event that is wanted; it, or the one before it, exists.</param>
    public EventCursor(Journal journal, long next)
    {
        _journal = journal;
        _next = next;
    }

    /// <summary>Reads as many complete lines as there are and as fit; 0 when the reader is up to date.</summary>
    public int Read(Span<byte> into)
    {
        while (true)
        {
            if (_file < 0 && !Open())
                return 0;
            var wanted = (int)Math.Min(into.Length, _segment!.Length - _offset);
            var got = wanted > 0 ? Libc.ReadAt(_file, into[..wanted], _offset) : 0;
            var complete = got > 0 ? into[..got].LastIndexOf((byte)'\n') + 1 : 0;
            _offset += complete;
            if (complete > 0)
                return complete;
            if (_journal.After(_segment) is not { } after)
                return 0;
            Move(after);
        }
    }

    public void Dispose()
    {
        if (_file >= 0)
            _ = Libc.Close(_file);
        _file = -1;
    }

    private bool Open()
    {
        if (_journal.SegmentOf(_next) is not { } segment)
            return false;
        Move(segment);
        if (_file < 0)
            return false;
        Skip(_next - segment.First);
        return true;
    }

    private void Move(Segment segment)
    {
        Dispose();
        _segment = segment;
        _offset = 0;
        _file = Libc.Open(segment.Path, Libc.CloseOnExec, 0);
    }

    private void Skip(long lines)
    {
        var buffer = new byte[64 * 1024];
        while (lines > 0)
        {
            var got = Libc.ReadAt(_file, buffer.AsSpan(0, (int)Math.Min(buffer.Length, _segment!.Length - _offset)), _offset);
            if (got <= 0)
                return;
            var taken = 0;
            while (lines > 0 && buffer.AsSpan(taken, got - taken).IndexOf((byte)'\n') is >= 0 and var at)
            {
                taken += at + 1;
                lines--;
            }
            // Within the last line skipped the rest of the block belongs to it.
            _offset += lines > 0 ? got : taken;
        }
    }
}
