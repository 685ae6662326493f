using Squad.Keeper.Events;
using Squad.Keeper.Loop;
using Squad.Keeper.Native;

namespace Squad.Keeper.Output;

/// <summary>
/// Turns a terminal's bytes into events. The first bytes after a pause are sent at once, those that follow within 10 ms together, and a character is
/// never torn between two events.
/// </summary>
internal sealed class TerminalSource : IOutputSource
{
    private const int ChunkBytes = 64 * 1024;
    private const int TogetherMs = 10;

    private readonly EventLoop _loop;
    private readonly EventWriter _writer;
    private readonly int _fd;
    private readonly TmuxView? _view;
    private readonly Watch _watch;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly byte[] _buffer = new byte[ChunkBytes];
    private int _held;
    private long _lastSent;
    private LoopTimer? _later;

    /// <param name="fd">The terminal's master side, not owned: input goes there too.</param>
    /// <param name="view">Gets the same bytes; null for none.</param>
    public TerminalSource(EventLoop loop, EventWriter writer, int fd, TmuxView? view)
    {
        _loop = loop;
        _writer = writer;
        _fd = fd;
        _view = view;
        _watch = loop.Add(fd, Libc.PollIn, _ => Read());
        if (view is not null)
            view.Drained = Update;
    }

    public Task Ended => _ended.Task;

    public long LastRead { get; private set; }

    private bool MayRead => _writer.TakesOutput && _view is not { IsBehind: true };

    public void Update() => _watch.Interest = MayRead ? Libc.PollIn : (short)0;

    public bool Read()
    {
        if (_watch.Removed)
            return false;
        if (!MayRead)
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
        var got = Libc.Read(_fd, _buffer.AsSpan(_held));
        if (got < 0 && Libc.LastError == Libc.Again)
            return false;
        if (got <= 0)
        {
            // The last process has closed the terminal: Linux says EIO.
            Finish();
            return false;
        }
        _view?.Show(_buffer.AsSpan(_held, got));
        _held += got;
        LastRead = EventLoop.Now;
        if (_held >= ChunkBytes / 2 || LastRead - _lastSent >= TogetherMs)
            Send(JsonText.WholeCharacters(_buffer.AsSpan(0, _held)));
        else
            _later ??= _loop.After(TogetherMs - (LastRead - _lastSent), SendLater);
        return true;
    }

    public void Finish()
    {
        if (_watch.Removed)
            return;
        _later?.Cancel();
        Send(_held);
        _loop.Remove(_watch);
        _ended.TrySetResult();
    }

    private void SendLater()
    {
        _later = null;
        if (!_watch.Removed)
            Send(JsonText.WholeCharacters(_buffer.AsSpan(0, _held)));
    }

    private void Send(int length)
    {
        if (length == 0)
            return;
        _writer.BeginBatch();
        _writer.AddOutput(OutputKind.Terminal, _buffer.AsSpan(0, length), partial: false);
        _writer.EndBatch();
        _buffer.AsSpan(length, _held - length).CopyTo(_buffer);
        _held -= length;
        _lastSent = EventLoop.Now;
    }
}
