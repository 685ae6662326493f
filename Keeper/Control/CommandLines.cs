namespace Squad.Keeper.Control;

/// <summary>Cuts what a client sends into lines. A line that is too long is told once and skipped to its end.</summary>
internal sealed class CommandLines
{
    public const int LineBytesMax = 1 << 20;

    private byte[] _buffer = new byte[4096];
    private int _start;
    private int _end;
    private bool _skipping;

    /// <summary>Where the next bytes are to be read into; never empty.</summary>
    public Span<byte> Room
    {
        get
        {
            if (_start > 0)
            {
                Buffer.BlockCopy(_buffer, _start, _buffer, 0, _end - _start);
                (_start, _end) = (0, _end - _start);
            }
            if (_end == _buffer.Length)
                Array.Resize(ref _buffer, _buffer.Length * 2);
            return _buffer.AsSpan(_end);
        }
    }

    public void Added(int bytes) => _end += bytes;

    /// <summary>The next line without its newline. <paramref name="tooLong"/> is true, once, for a line that is not taken.</summary>
    public bool TryTake(out ReadOnlyMemory<byte> line, out bool tooLong)
    {
        line = default;
        tooLong = false;
        while (true)
        {
            var at = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            if (at < 0)
                return DropLong(out tooLong);
            var whole = _buffer.AsMemory(_start, at);
            _start += at + 1;
            if (_skipping)
            {
                _skipping = false;
                continue;
            }
            line = whole;
            tooLong = at > LineBytesMax;
            return true;
        }
    }

    private bool DropLong(out bool tooLong)
    {
        tooLong = false;
        if (!_skipping && _end - _start <= LineBytesMax)
            return false;
        tooLong = !_skipping;
        _skipping = true;
        (_start, _end) = (0, 0);
        return tooLong;
    }
}
