using Squad.Keeper.Loop;
using Squad.Keeper.Native;

namespace Squad.Keeper.Events;

/// <summary>What Keeper prints: the setting <c>SQUAD_STDOUT</c>.</summary>
internal enum PrintedEvents
{
    None,
    Lifecycle,
    All,
}

/// <summary>
/// Keeper's standard output, for <c>docker logs</c> and people. It never makes anything wait: what a reader does not take in time is left out, whole lines.
/// </summary>
internal sealed class Printer(EventLoop loop, PrintedEvents printed)
{
    private const int QueueBytesMax = 256 * 1024;

    // A pipe that is ready takes at least this much without blocking; its flags are shared with others and so are left alone.
    private const int PieceBytes = 4096;
    private readonly List<byte> _queue = [];
    private Watch? _watch;
    private bool _closed = printed == PrintedEvents.None;

    /// <summary>Whether output is printed too, and not only what changes the session.</summary>
    public bool PrintsOutput => printed == PrintedEvents.All && !_closed;

    /// <summary>Takes a line; <see cref="Send"/> follows.</summary>
    public void Print(ReadOnlySpan<byte> line)
    {
        if (!_closed && _queue.Count + line.Length <= QueueBytesMax)
            _queue.AddRange(line);
    }

    public void Send()
    {
        while (_queue.Count > 0 && !_closed && IsReady())
        {
            var piece = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_queue)[..Math.Min(PieceBytes, _queue.Count)];
            var put = Libc.Write(1, piece);
            if (put <= 0)
                Close();
            else
                _queue.RemoveRange(0, put);
        }
        if (_queue.Count > 0 && !_closed)
            _watch ??= loop.Add(1, Libc.PollOut, _ => Send());
        else
        {
            loop.Remove(_watch);
            _watch = null;
        }
    }

    private void Close()
    {
        _closed = true;
        _queue.Clear();
    }

    private static unsafe bool IsReady()
    {
        var entry = new Libc.PollEntry { Fd = 1, Events = Libc.PollOut };
        return Libc.Poll(&entry, 1, 0) > 0;
    }
}
