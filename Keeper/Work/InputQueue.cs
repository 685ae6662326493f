using Squad.Keeper.Loop;
using Squad.Keeper.Native;

namespace Squad.Keeper.Work;

/// <summary>
/// What is typed into the engine, in order, as fast as it reads. Bounded: an engine that does not read gets no more after <see cref="BytesMax"/>.
/// </summary>
internal sealed class InputQueue
{
    public const int BytesMax = 1 << 20;

    private readonly Queue<Piece> _pieces = new();
    private readonly EventLoop _loop;
    private readonly Watch _watch;
    private readonly int _fd;
    private readonly bool _owned;
    private int _sent;
    private int _waiting;
    private bool _pausing;
    private bool _closed;

    /// <param name="owned">Whether the descriptor is closed at the end (a pipe), or is somebody else's (a terminal).</param>
    public InputQueue(EventLoop loop, int fd, bool owned)
    {
        (_loop, _fd, _owned) = (loop, fd, owned);
        Libc.SetNonBlocking(fd);
        _watch = loop.Add(fd, 0, _ => Send());
    }

    /// <summary>No more input is taken: the engine closed its standard input, or it was ended here.</summary>
    public bool IsClosed => _closed;

    /// <summary>Queues bytes, which are written <paramref name="pauseMs"/> after those before. False when they do not fit.</summary>
    public bool Add(byte[] bytes, int pauseMs = 0)
    {
        if (_closed || _waiting + bytes.Length > BytesMax)
            return false;
        _waiting += bytes.Length;
        _pieces.Enqueue(new Piece(bytes, pauseMs));
        Send();
        return true;
    }

    /// <summary>Closes the engine's standard input once all before is written.</summary>
    public void End()
    {
        _pieces.Enqueue(new Piece(null, 0));
        Send();
    }

    public void Close()
    {
        if (_closed)
            return;
        _closed = true;
        _loop.Remove(_watch);
        _pieces.Clear();
        if (_owned)
            _ = Libc.Close(_fd);
    }

    private void Send()
    {
        while (!_closed && !_pausing && _pieces.TryPeek(out var piece))
        {
            if (piece.Bytes is null)
            {
                Close();
                return;
            }
            if (piece.PauseMs > 0 && _sent == 0 && !piece.Paused)
            {
                piece.Paused = _pausing = true;
                _loop.After(piece.PauseMs, () => { _pausing = false; Send(); });
                break;
            }
            var put = Libc.Write(_fd, piece.Bytes.AsSpan(_sent));
            if (put < 0 && Libc.LastError == Libc.Again)
            {
                _watch.Interest = Libc.PollOut;
                return;
            }
            if (put < 0)
            {
                Close();
                return;
            }
            _sent += put;
            _waiting -= put;
            if (_sent < piece.Bytes.Length)
                continue;
            _pieces.Dequeue();
            _sent = 0;
        }
        _watch.Interest = 0;
    }

    private sealed class Piece(byte[]? bytes, int pauseMs)
    {
        public byte[]? Bytes { get; } = bytes;

        public int PauseMs { get; } = pauseMs;

        public bool Paused { get; set; }
    }
}
