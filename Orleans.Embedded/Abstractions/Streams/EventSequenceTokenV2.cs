using System.Diagnostics.CodeAnalysis;
using Orleans.Streams;

namespace Orleans.Providers.Streams.Common;

/// <summary>A numbered place: the batch's number in the stream and the item's place in the batch.</summary>
public class EventSequenceTokenV2 : StreamSequenceToken
{
    public EventSequenceTokenV2()
    {
    }

    public EventSequenceTokenV2(long seqNumber) : this(seqNumber, 0)
    {
    }

    public EventSequenceTokenV2(long seqNumber, int eventInd)
    {
        SequenceNumber = seqNumber;
        EventIndex = eventInd;
    }

    public override long SequenceNumber { get; protected set; }
    public override int EventIndex { get; protected set; }

    public virtual EventSequenceTokenV2 CreateSequenceTokenForEvent(int eventInd) => new(SequenceNumber, eventInd);

    public override bool Equals([NotNullWhen(true)] object? obj) => Equals(obj as StreamSequenceToken);

    public override bool Equals(StreamSequenceToken? other) => other is EventSequenceTokenV2
        && other.SequenceNumber == SequenceNumber && other.EventIndex == EventIndex;

    public override int CompareTo(StreamSequenceToken? other)
    {
        if (other is null) return 1;
        var byNumber = SequenceNumber.CompareTo(other.SequenceNumber);
        return byNumber != 0 ? byNumber : EventIndex.CompareTo(other.EventIndex);
    }

    public override int GetHashCode() => HashCode.Combine(SequenceNumber, EventIndex);
    public override string ToString() => $"[EventSequenceTokenV2: SeqNum={SequenceNumber}, EventIndex={EventIndex}]";
}
