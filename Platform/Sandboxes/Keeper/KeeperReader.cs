namespace Squad.Platform.Sandboxes.Keeper;

/// <summary>
/// Cuts a stream of Keeper's lines into batches. Holds one buffer; a batch is whatever complete lines are in it, so that a reader that falls
/// behind gets larger batches and one that keeps up gets each line at once. One caller at a time.
/// </summary>
/// <param name="read">Reads more into the memory; 0 at the end. Returns as soon as there is anything, and takes all there is at once.</param>
/// <param name="onReply">Called with each line that is an answer to a command and not an event.</param>
internal sealed class KeeperReader(Func<Memory<byte>, CancellationToken, ValueTask<int>> read, Action<ReadOnlySpan<byte>> onReply)
{
    private const int BufferBytes = 256 * 1024;

    private byte[] _buffer = new byte[BufferBytes];
    private int _start;
    private int _end;
    private int _searched;

    /// <summary>Number that the next event must have; 0 while that is not known.</summary>
    public long Expected { get; set; }

    /// <summary>The next complete lines; null at the end of the stream (an incomplete last line is not an event). A cancelled call loses nothing.</summary>
    public async ValueTask<KeeperBatch?> NextAsync(CancellationToken cancellation)
    {
        while (true)
        {
            if (TakeBatch() is { } batch)
                return batch;
            if (!await FillAsync(cancellation))
                return null;
        }
    }

    /// <summary>Reads on until a reply makes <paramref name="done"/> true, throwing away events of an earlier attach. False at the end of the stream.</summary>
    public async ValueTask<bool> UntilAsync(Func<bool> done, CancellationToken cancellation)
    {
        while (true)
        {
            while (NextLine() is { } length)
            {
                var line = _buffer.AsSpan(_start, length);
                Skip(length + 1);
                if (KeeperLines.IsReply(line))
                    onReply(line);
                if (done())
                    return true;
            }
            if (!await FillAsync(cancellation))
                return false;
        }
    }

    private KeeperBatch? TakeBatch()
    {
        List<KeeperSignal>? signals = null;
        var begin = _start;
        var first = Expected;
        var count = 0;
        while (NextLine() is { } length)
        {
            var line = _buffer.AsSpan(_start, length);
            if (KeeperLines.IsReply(line))
            {
                if (count > 0)
                    break;
                Skip(length + 1);
                begin = _start;
                onReply(line);
                continue;
            }
            if (Expected == 0)
                first = Expected = KeeperLines.NumberOf(line);
            if (KeeperLines.Check(line, Expected) is { } signal)
                (signals ??= []).Add(signal);
            Expected++;
            count++;
            Skip(length + 1);
        }
        return count == 0 ? null : new KeeperBatch(first, count, _buffer.AsMemory(begin, _start - begin), signals ?? (IReadOnlyList<KeeperSignal>)[]);
    }

    private int? NextLine()
    {
        var at = _buffer.AsSpan(_start + _searched, _end - _start - _searched).IndexOf((byte)'\n');
        if (at >= 0)
            return _searched + at;
        _searched = _end - _start;
        return null;
    }

    private void Skip(int bytes)
    {
        _start += bytes;
        _searched = 0;
    }

    private async ValueTask<bool> FillAsync(CancellationToken cancellation)
    {
        var kept = _end - _start;
        if (kept > KeeperLines.LineBytesMax)
            throw new KeeperProtocolException($"Expected a line of at most {KeeperLines.LineBytesMax} bytes{(Expected > 0 ? $" with event {Expected}" : "")}, got a longer one.");
        if (_start > 0)
        {
            _buffer.AsSpan(_start, kept).CopyTo(_buffer);
            (_start, _end) = (0, kept);
        }
        if (_buffer.Length - _end < BufferBytes / 4)
            Array.Resize(ref _buffer, _buffer.Length * 2);
        var got = await read(_buffer.AsMemory(_end), cancellation);
        _end += got;
        return got > 0;
    }
}
