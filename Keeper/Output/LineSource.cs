using Squad.Keeper.Events;
using Squad.Keeper.Loop;
using Squad.Keeper.Native;

namespace Squad.Keeper.Output;

/// <summary>
/// Turns a pipe into events, line by line. Holds one buffer however long a line is: beyond <see cref="LineBytesMax"/> it is sent in pieces, never within a
/// character. While the journal takes nothing the pipe is not read, so that the program blocks in its write.
/// </summary>
internal sealed class LineSource : IOutputSource
{
    private const int LineBytesMax = 64 * 1024;
    private const int QuietMs = 100;

    // A line that begins like a JSON object is rather a line in two writes than a prompt, and so is one that was cut at the end of a full block:
    // its program writes through a buffer, and was held up.
    private const int QuietUnendedMs = 1000;
    private const int BlockBytes = 4096;
    private readonly EventLoop _loop;
    private readonly EventWriter _writer;
    private readonly OutputKind _kind;
    private readonly int _fd;
    private readonly Watch _watch;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly byte[] _buffer = new byte[256 * 1024 + LineBytesMax];
    private int _start;
    private int _end;
    private int _searched;
    private bool _midLine;
    private LoopTimer? _quiet;
    private long _lastRead;
    private bool _fullBlock;

    /// <param name="fd">The pipe's read end; owned by this from now on.</param>
    public LineSource(EventLoop loop, EventWriter writer, int fd, OutputKind kind)
    {
        _loop = loop;
        _writer = writer;
        _kind = kind;
        _fd = fd;
        Libc.SetNonBlocking(fd);
        _watch = loop.Add(fd, Libc.PollIn, _ => Read());
    }

    public Task Ended => _ended.Task;

    public long LastRead => _lastRead;

    public void Update() => _watch.Interest = _writer.TakesOutput ? Libc.PollIn : (short)0;

    public bool Read()
    {
        if (_watch.Removed)
            return false;
        if (!_writer.TakesOutput)
        {
            Update();
            return false;
        }
        return ReadAnyway();
    }

    public bool ReadAnyway()
    {
        if (_watch.Removed)
            return false;
        var got = Libc.Read(_fd, _buffer.AsSpan(_end));
        if (got < 0 && Libc.LastError == Libc.Again)
            return false;
        if (got <= 0)
        {
            Finish();
            return false;
        }
        _end += got;
        _fullBlock = got % BlockBytes == 0;
        _lastRead = EventLoop.Now;
        _writer.BeginBatch();
        TakeLines();
        _writer.EndBatch();
        if (_start < _end)
            _quiet ??= _loop.After(QuietMs, FlushQuiet);
        return true;
    }

    public void Finish()
    {
        if (_watch.Removed)
            return;
        if (_start < _end)
        {
            _writer.BeginBatch();
            TakeLine(_buffer.AsSpan(_start, _end - _start));
            _writer.EndBatch();
        }
        _quiet?.Cancel();
        _loop.Remove(_watch);
        _ = Libc.Close(_fd);
        _ended.TrySetResult();
    }

    private void TakeLines()
    {
        while (_start < _end)
        {
            var held = _buffer.AsSpan(_start, _end - _start);
            var at = held[_searched..].IndexOf((byte)'\n');
            at = at < 0 ? -1 : at + _searched;
            if (at >= 0 && at <= LineBytesMax)
            {
                TakeLine(held[..at]);
                Skip(at + 1);
                _midLine = false;
            }
            else if (held.Length > LineBytesMax)
            {
                TakePiece(JsonText.WholeCharacters(held[..LineBytesMax]));
            }
            else
            {
                _searched = held.Length;
                break;
            }
        }
        // What is left is less than a line; moved to the front it leaves room for a full read.
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }
    }

    private void TakeLine(ReadOnlySpan<byte> line)
    {
        if (!_midLine && line.Length > 1 && line[0] == (byte)'{' && _kind == OutputKind.Stdout && line.TrimEnd(" \t\r"u8) is var trimmed
            && trimmed[^1] == (byte)'}' && JsonText.IsObject(trimmed))
            _writer.AddObject(trimmed);
        else
            _writer.AddOutput(_kind, line, partial: false);
    }

    private void TakePiece(int length)
    {
        _writer.AddOutput(_kind, _buffer.AsSpan(_start, length), partial: true);
        _midLine = true;
        Skip(length);
    }

    private void Skip(int bytes)
    {
        _start += bytes;
        _searched = 0;
    }

    /// <summary>A prompt has no newline: after a while what is there is shown.</summary>
    private void FlushQuiet()
    {
        _quiet = null;
        if (_watch.Removed || _start == _end)
            return;
        var looksLikeObject = !_midLine && _buffer[_start] == (byte)'{' && _kind == OutputKind.Stdout;
        var wait = looksLikeObject || _fullBlock ? QuietUnendedMs : QuietMs;
        var quiet = EventLoop.Now - _lastRead;
        if (quiet < wait || !_writer.TakesOutput)
        {
            _quiet = _loop.After(Math.Max(wait - quiet, QuietMs / 10), FlushQuiet);
            return;
        }
        var whole = JsonText.WholeCharacters(_buffer.AsSpan(_start, _end - _start));
        if (whole == 0)
            return;
        _writer.BeginBatch();
        TakePiece(whole);
        _writer.EndBatch();
    }
}
