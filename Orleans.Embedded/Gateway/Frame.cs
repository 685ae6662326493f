using Orleans.Serialization;

namespace Orleans.Gateway;

/// <summary>
/// A frame: 4 bytes of length (little endian, of what follows), a byte of kind, and what the kind says. Numbers are varints, texts and values as the
/// codec writes them.
/// </summary>
internal enum FrameKind : byte
{
    /// <summary>First, from the client: magic, protocol version, cluster id, service id.</summary>
    Hello = 1,

    /// <summary>Its answer: silo name, and interface name and grain type of each grain interface that is served.</summary>
    Welcome = 2,

    /// <summary>Its other answer: why not.</summary>
    Refused = 3,

    /// <summary>Before the first call of an interface: number, interface name, and name and signature of each method.</summary>
    Bind = 4,

    /// <summary>Request id (0: no answer is wanted), operation, and what the operation says.</summary>
    Request = 5,

    /// <summary>Request id and the value.</summary>
    Answer = 6,

    /// <summary>Request id and the exception.</summary>
    Failure = 7,

    /// <summary>Request id of a request whose caller has given up.</summary>
    Cancel = 8,
}

/// <summary>What a request asks for.</summary>
internal enum Operation : byte
{
    /// <summary>Interface number, method number, grain id, request context, arguments.</summary>
    Call = 1,

    /// <summary>As a call, of a method that gives a sequence: answered with a number for it. Nothing runs before the first step.</summary>
    Open = 2,

    /// <summary>Number of a sequence: answered with whether there is an item, and the item.</summary>
    Next = 3,

    /// <summary>Number of a sequence that is not wanted any more.</summary>
    Close = 4,

    /// <summary>Provider, stream id, item type, the client's number for the subscription, and the token to begin at.</summary>
    Subscribe = 5,

    /// <summary>Number of the subscription.</summary>
    Unsubscribe = 6,

    /// <summary>Provider, stream id, item type, and items, an end or an error.</summary>
    Publish = 7,

    /// <summary>To the client: number of the subscription, token, and items, an end or an error. Answered when the observer has taken them.</summary>
    Deliver = 8,

    /// <summary>From the client, after it has connected again: the ids of the observers that grains may still know.</summary>
    Announce = 9,
}

/// <summary>What both ends must agree on.</summary>
internal static class Protocol
{
    public const uint Magic = 0x57474553;
    public const int Version = 1;
    public const int HeaderBytes = 4;

    /// <summary>Frames of a connection that has not introduced itself are small.</summary>
    public const int HelloBytesMax = 64 * 1024;

    [ThreadStatic]
    private static WireWriter? t_writer;

    /// <summary>This thread's writer, with a frame begun. It is the thread's until <see cref="Connection.Send"/>.</summary>
    public static WireWriter Begin(FrameKind kind, IWireSession session)
    {
        var writer = t_writer ?? new WireWriter();
        t_writer = null; // whoever writes another frame within takes another writer
        writer.Clear();
        writer.Session = session;
        writer.Reserve();
        writer.Byte((byte)kind);
        return writer;
    }

    public static void GiveBack(WireWriter writer)
    {
        writer.Session = null;
        t_writer = writer;
    }
}
