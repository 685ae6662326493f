using System.Diagnostics.CodeAnalysis;

namespace Squad.Platform.Events;

/// <summary>
/// The newest batches of the streams that this process appends to. Per stream one run without a gap that ends at the newest batch, cut at its
/// head to a byte limit; over all streams a byte limit too, above which the stream longest unused goes as a whole. Thread safe.
/// </summary>
internal sealed class TailCache(long streamBytesMax, long bytesMax)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, LinkedListNode<Tail>> _tails = [];
    private readonly LinkedList<Tail> _byUse = new();

    /// <summary>Bytes of bodies held.</summary>
    public long Bytes { get; private set; }

    /// <summary>Adds the batch that was just appended to its stream.</summary>
    public void Add(EventBatch batch)
    {
        lock (_lock)
        {
            if (!_tails.TryGetValue(batch.Stream, out var node))
                _tails.Add(batch.Stream, node = _byUse.AddLast(new Tail(batch.Stream)));
            var tail = node.Value;
            if (tail.Batches.Count > 0 && tail.Last + 1 != batch.First)
                Clear(tail);
            tail.Batches.Enqueue(batch);
            tail.Last = batch.Last;
            tail.Bytes += batch.Body.Length;
            Bytes += batch.Body.Length;
            while (tail.Bytes > streamBytesMax)
                DropOldest(tail);
            Touch(node);
            if (tail.Batches.Count == 0)
                Remove(node);
            while (Bytes > bytesMax)
                Remove(_byUse.First!);
        }
    }

    /// <summary>
    /// The batches after the cursor, if the cache holds the event right after it. False says nothing about the stream: another process may
    /// have appended, so only the database knows that there is no more.
    /// </summary>
    public bool TryRead(string stream, long after, int bytesMax, [NotNullWhen(true)] out IReadOnlyList<EventBatch>? batches)
    {
        batches = null;
        lock (_lock)
        {
            if (!_tails.TryGetValue(stream, out var node) || after >= node.Value.Last || after + 1 < node.Value.Batches.Peek().First)
                return false;
            List<EventBatch> found = [];
            var bytes = 0L;
            foreach (var batch in node.Value.Batches)
            {
                if (batch.Last <= after)
                    continue;
                if (bytes >= bytesMax && found.Count > 0)
                    break;
                found.Add(batch);
                bytes += batch.Body.Length;
            }
            Touch(node);
            batches = found;
            return true;
        }
    }

    public void Remove(string stream)
    {
        lock (_lock)
        {
            if (_tails.TryGetValue(stream, out var node))
                Remove(node);
        }
    }

    private void Touch(LinkedListNode<Tail> node)
    {
        _byUse.Remove(node);
        _byUse.AddLast(node);
    }

    private void Remove(LinkedListNode<Tail> node)
    {
        Clear(node.Value);
        _byUse.Remove(node);
        _tails.Remove(node.Value.Stream);
    }

    private void Clear(Tail tail)
    {
        Bytes -= tail.Bytes;
        tail.Bytes = 0;
        tail.Batches.Clear();
    }

    private void DropOldest(Tail tail)
    {
        var bytes = tail.Batches.Dequeue().Body.Length;
        tail.Bytes -= bytes;
        Bytes -= bytes;
    }

    private sealed class Tail(string stream)
    {
        public string Stream { get; } = stream;

        public Queue<EventBatch> Batches { get; } = new();

        public long Last { get; set; }

        public long Bytes { get; set; }
    }
}
