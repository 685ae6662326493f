using System.Globalization;
using Squad.Keeper.Native;

namespace Squad.Keeper.Events;

/// <summary>
/// Keeper's events on disk, as the lines that are sent: segments named by their first event, one writer, deleted as they are acknowledged.
/// Invariant: events are numbered from 1 without a gap over all segments, also over restarts; what could not be written yet (disk full) is in the
/// pending bytes and nowhere else. No fsync: the journal must survive Keeper and its node, not the machine.
/// </summary>
internal sealed class Journal : IDisposable
{
    private const int FlushBytes = 512 * 1024;

    private readonly string _folder;
    private readonly long _segmentBytes;
    private readonly long _bytesMax;
    private readonly List<Segment> _segments = [];
    private byte[] _pending = new byte[FlushBytes + 64 * 1024];
    private int _pendingStart;
    private int _pendingEnd;
    private int _file = -1;

    /// <param name="folder">Made when it is not there. A journal in it is continued.</param>
    /// <param name="bytesMax">Bytes of unacknowledged events at which <see cref="IsFull"/> asks the producers to wait.</param>
    public Journal(string folder, long bytesMax)
    {
        _folder = folder;
        _bytesMax = bytesMax;
        _segmentBytes = Math.Min(8 << 20, Math.Max(bytesMax / 4, 4096));
        Directory.CreateDirectory(folder);
        Recover();
    }

    /// <summary>Raised when the journal takes events again after it was full or stuck.</summary>
    public event Action? Freed;

    /// <summary>Raised with the lines that were just written.</summary>
    public event Action? Written;

    /// <summary>Number of the last event, written or pending.</summary>
    public long Last { get; private set; }

    public long Acknowledged { get; private set; }

    /// <summary>The first event that can still be read; Last + 1 when there is none.</summary>
    public long FirstKept => _segments.Count > 0 ? _segments[0].First : Last + 1;

    public bool IsFull => _segments.Sum(segment => segment.Length) >= _bytesMax;

    /// <summary>The disk refused the last write; <see cref="Flush"/> is to be tried again.</summary>
    public bool IsStuck { get; private set; }

    /// <summary>Whether producers may go on. Single lifecycle events may always be added.</summary>
    public bool TakesOutput => !IsStuck && !IsFull;

    /// <summary>Room for one event of up to this size. Followed by <see cref="Commit"/>.</summary>
    public Span<byte> Reserve(int bytes)
    {
        if (_pendingEnd - _pendingStart > FlushBytes && !IsStuck)
            Flush();
        if (_pending.Length - _pendingEnd < bytes)
        {
            var kept = _pendingEnd - _pendingStart;
            var target = _pending.Length - kept >= bytes + FlushBytes ? _pending : new byte[Math.Max(_pending.Length * 2, kept + bytes)];
            Buffer.BlockCopy(_pending, _pendingStart, target, 0, kept);
            (_pending, _pendingStart, _pendingEnd) = (target, 0, kept);
        }
        return _pending.AsSpan(_pendingEnd);
    }

    /// <summary>The reserved bytes hold the next event's complete line.</summary>
    public void Commit(int bytes)
    {
        _pendingEnd += bytes;
        Last++;
    }

    /// <summary>Writes what is pending, in one call for a batch. False while the disk does not take it.</summary>
    public bool Flush()
    {
        var was = IsStuck;
        IsStuck = !TryWrite();
        Written?.Invoke();
        if (was && TakesOutput)
            Freed?.Invoke();
        return !IsStuck;
    }

    /// <summary>The node has kept the events up to this number: segments that hold no later one are deleted.</summary>
    public void Acknowledge(long n)
    {
        Acknowledged = Math.Max(Acknowledged, Math.Min(n, Last));
        var was = TakesOutput;
        while (_segments.Count > 1 && _segments[0].Last <= Acknowledged)
        {
            _ = Libc.Unlink(_segments[0].Path);
            _segments.RemoveAt(0);
        }
        if (!was && TakesOutput)
            Freed?.Invoke();
    }

    /// <summary>The segment that holds, or will hold, an event; null when that is not there yet.</summary>
    public Segment? SegmentOf(long n)
    {
        for (var i = _segments.Count - 1; i >= 0; i--)
            if (_segments[i].First <= n)
                return _segments[i];
        return _segments.Count > 0 ? _segments[0] : null;
    }

    /// <summary>The segment after this one; null while this one is written to.</summary>
    public Segment? After(Segment segment)
    {
        foreach (var candidate in _segments)
            if (candidate.First > segment.First)
                return candidate;
        return null;
    }

    public void Dispose()
    {
        if (_file >= 0)
            _ = Libc.Close(_file);
        _file = -1;
    }

    private bool TryWrite()
    {
        while (_pendingStart < _pendingEnd)
        {
            if (_file < 0 && !OpenSegment())
                return false;
            var put = Libc.Write(_file, _pending.AsSpan(_pendingStart, _pendingEnd - _pendingStart));
            if (put <= 0)
                return false;
            _pendingStart += put;
            _segments[^1].Length += put;
        }
        if (_segments.Count == 0)
            return true;
        (_pendingStart, _pendingEnd) = (0, 0);
        _segments[^1].Last = Last;
        if (_segments[^1].Length >= _segmentBytes)
            Dispose();
        return true;
    }

    private bool OpenSegment()
    {
        // The pending bytes begin with the event after the last complete one of the segment before.
        var first = _segments.Count > 0 ? _segments[^1].Last + 1 : FirstPending();
        var path = Path.Combine(_folder, first.ToString("D20", CultureInfo.InvariantCulture) + ".jsonl");
        _file = Libc.Open(path, Libc.WriteOnly | Libc.Create | Libc.Append | Libc.CloseOnExec, 0x1A4);
        if (_file < 0)
            return false;
        _segments.Add(new Segment(path, first));
        return true;
    }

    private long FirstPending() => Last + 1 - _pending.AsSpan(_pendingStart, _pendingEnd - _pendingStart).Count((byte)'\n');

    /// <summary>Takes over what an earlier Keeper left, without the line that it was writing when it died.</summary>
    private void Recover()
    {
        foreach (var path in Directory.EnumerateFiles(_folder, "*.jsonl").Order(StringComparer.Ordinal))
        {
            if (!long.TryParse(Path.GetFileNameWithoutExtension(path.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var first))
                continue;
            var bytes = File.ReadAllBytes(path);
            var complete = bytes.AsSpan().LastIndexOf((byte)'\n') + 1;
            _segments.Add(new Segment(path, first) { Last = first - 1 + bytes.AsSpan(0, complete).Count((byte)'\n'), Length = complete });
            if (complete == bytes.Length)
                continue;
            var file = Libc.Open(path, Libc.WriteOnly | Libc.CloseOnExec, 0);
            _ = Libc.Truncate(file, complete);
            _ = Libc.Close(file);
        }
        Last = _segments.Count > 0 ? _segments[^1].Last : 0;
        if (_segments.Count > 0 && _segments[^1].Length < _segmentBytes)
            _file = Libc.Open(_segments[^1].Path, Libc.WriteOnly | Libc.Append | Libc.CloseOnExec, 0);
    }
}
