using System.Buffers.Binary;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Orleans.Serialization;

namespace Orleans.Gateway;

/// <summary>
/// Frames over a socket. Reading is a loop that owns its buffer; writing appends to a buffer that one flush at a time sends, so that what comes while
/// a flush is under way leaves with the next.
/// Algorithm against hops: who sends while little is under way flushes on its own stack, else the flush is queued and gathers what others send. The
/// last answer of what was read is given on the reading thread, after the next read has been posted, so that whatever its receiver does holds up nobody.
/// </summary>
internal abstract class Connection : IThreadPoolWorkItem
{
    private readonly Socket _socket;
    private readonly Lock _sending = new();
    private readonly Action _received;
    private readonly WireReader _reader = new();
    private byte[] _read = new byte[16 * 1024];
    private int _readStart;
    private int _readEnd;
    private ValueTaskAwaiter<int> _receiving;
    private byte[] _filling = new byte[16 * 1024];
    private int _filled;
    private byte[] _spare = new byte[16 * 1024];
    private bool _flushing;
    private string? _closed;
    private IThreadPoolWorkItem? _last;
    private bool _paused;

    protected Connection(Socket socket, IWireSession session, int frameBytesMax)
    {
        _socket = socket;
        Session = session;
        _received = OnReceived;
        _reader.Session = session;
        FrameBytesMax = frameBytesMax;
    }

    public int FrameBytesMax { get; }
    protected IWireSession Session { get; }

    /// <summary>Why it was closed; null while it is open.</summary>
    public string? Closed => Volatile.Read(ref _closed);

    /// <summary>Bytes that wait to be sent.</summary>
    public int Unsent => Volatile.Read(ref _filled);

    /// <summary>Requests under way in either direction: few are sent at once, many in batches.</summary>
    protected abstract bool IsBusy { get; }

    /// <summary>Whether more must not be read now. <see cref="ResumeReading"/> is called when that has changed.</summary>
    protected virtual bool IsOverloaded => false;

    /// <summary>The most bytes that the next frame may have.</summary>
    protected virtual int FrameBytesMaxNow => FrameBytesMax;

    /// <summary>One frame, in the order they came. What it throws closes the connection.</summary>
    protected abstract void OnFrame(FrameKind kind, WireReader reader);

    /// <summary>Once. May be called on any thread, from within <see cref="Send"/> too.</summary>
    protected abstract void OnClosed(string reason, bool expected);

    /// <summary>All that waited has been sent.</summary>
    protected virtual void OnDrained()
    {
    }

    public void StartReading() => ThreadPool.UnsafeQueueUserWorkItem(static self => self.Receive(), this, preferLocal: false);

    /// <summary>Sends a frame that <see cref="Protocol.Begin"/> began, and gives its writer back. False: the connection is closed.</summary>
    /// <exception cref="SerializerException">The frame is larger than the peer takes; nothing was sent.</exception>
    public bool Send(WireWriter writer)
    {
        var length = writer.Length - Protocol.HeaderBytes;
        if (length > FrameBytesMax)
        {
            writer.Clear();
            Protocol.GiveBack(writer);
            throw new SerializerException($"A message of {length} bytes is larger than the {FrameBytesMax} that the gateway takes.");
        }
        writer.Patch(0, (uint)length);
        bool flush;
        lock (_sending)
        {
            if (_closed is not null) return false;
            Append(writer.Written);
            flush = !_flushing;
            _flushing = true;
        }
        Protocol.GiveBack(writer);
        if (flush)
        {
            if (IsBusy) ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
            else Flush();
        }
        return true;
    }

    /// <summary>Closes it, if it is open. What was not sent is lost.</summary>
    public void Close(string reason, bool expected = false)
    {
        lock (_sending)
        {
            if (_closed is not null) return;
            _closed = reason;
        }
        OnClosed(reason, expected);
        _socket.Dispose();
    }

    void IThreadPoolWorkItem.Execute() => Flush();

    protected void ResumeReading()
    {
        lock (_sending)
        {
            if (!_paused) return;
            _paused = false;
        }
        StartReading();
    }

    /// <summary>Runs work that an answer brings: soon, and not on this stack.</summary>
    protected void RunSoon(IThreadPoolWorkItem work)
    {
        if (_last is { } before) ThreadPool.UnsafeQueueUserWorkItem(before, preferLocal: true);
        _last = work;
    }

    private void Append(ReadOnlySpan<byte> frame)
    {
        if (_filling.Length - _filled < frame.Length) Array.Resize(ref _filling, Math.Max(_filling.Length * 2, _filled + frame.Length));
        frame.CopyTo(_filling.AsSpan(_filled));
        _filled += frame.Length;
    }

    private async void Flush()
    {
        try
        {
            while (true)
            {
                byte[] sending;
                int count;
                lock (_sending)
                {
                    if (_filled == 0 || _closed is not null)
                    {
                        _flushing = false;
                        break;
                    }
                    (sending, count) = (_filling, _filled);
                    (_filling, _filled) = (_spare, 0);
                }
                for (var sent = 0; sent < count;) sent += await _socket.SendAsync(sending.AsMemory(sent, count - sent));
                // A burst's buffer does not stay.
                _spare = sending.Length > 1 << 20 ? new byte[16 * 1024] : sending;
            }
            OnDrained();
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            Close($"it cannot be written to ({error.Message})", expected: true);
        }
    }

    private void OnReceived()
    {
        if (Received(ref _receiving)) Receive();
    }

    private void Receive()
    {
        while (true)
        {
            lock (_sending)
            {
                if (_closed is not null) return;
                _paused = IsOverloaded;
                if (_paused) break;
            }
            MakeRoom();
            ValueTaskAwaiter<int> receiving;
            try
            {
#pragma warning disable CA2012 // Its one awaiter is kept until it has been asked for the result, once.
                receiving = _socket.ReceiveAsync(_read.AsMemory(_readEnd)).GetAwaiter();
#pragma warning restore CA2012
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                Close($"it cannot be read from ({error.Message})", expected: true);
                return;
            }
            if (!receiving.IsCompleted)
            {
                var last = _last;
                _last = null;
                _receiving = receiving;
                // From here on another thread may be reading.
                receiving.UnsafeOnCompleted(_received);
                last?.Execute();
                return;
            }
            if (!Received(ref receiving)) return;
        }
        RunLast();
    }

    /// <summary>Takes what came. False: that was the end.</summary>
    private bool Received(ref ValueTaskAwaiter<int> receiving)
    {
        try
        {
            var count = receiving.GetResult();
            if (count == 0)
            {
                Close("the other end has closed it", expected: true);
                return false;
            }
            _readEnd += count;
            ReadFrames();
            return true;
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            Close($"it cannot be read from ({error.Message})", expected: true);
        }
        catch (Exception error)
        {
            Close($"what came is no valid frame ({error.Message})");
        }
        RunLast();
        return false;
    }

    private void RunLast()
    {
        var last = _last;
        _last = null;
        if (last is not null) ThreadPool.UnsafeQueueUserWorkItem(last, preferLocal: true);
    }

    private void ReadFrames()
    {
        while (_readEnd - _readStart >= Protocol.HeaderBytes)
        {
            var length = FrameLength();
            if (_readEnd - _readStart < Protocol.HeaderBytes + length) return;
            _reader.Begin(_read, _readStart + Protocol.HeaderBytes, length);
            _readStart += Protocol.HeaderBytes + length;
            OnFrame((FrameKind)_reader.Byte(), _reader);
        }
    }

    private int FrameLength()
    {
        var length = BinaryPrimitives.ReadUInt32LittleEndian(_read.AsSpan(_readStart));
        return length is not 0 && length <= FrameBytesMaxNow ? (int)length
            : throw new WireFormatException($"A frame of {length} bytes is not within 1 and {FrameBytesMaxNow}.");
    }

    // The buffer holds the frame that has begun, whole, and then some.
    private void MakeRoom()
    {
        var held = _readEnd - _readStart;
        var need = held >= Protocol.HeaderBytes ? Protocol.HeaderBytes + FrameLength() : 0;
        var size = need > _read.Length ? need : held == 0 && _read.Length > 1 << 20 ? 16 * 1024 : _read.Length;
        if (size == _read.Length && _readStart == 0 && _readEnd < _read.Length) return;
        if (size == _read.Length && held < size && _read.Length - _readEnd >= size / 2) return;
        var target = size == _read.Length ? _read : new byte[size];
        Buffer.BlockCopy(_read, _readStart, target, 0, held);
        (_read, _readStart, _readEnd) = (target, 0, held);
    }
}
