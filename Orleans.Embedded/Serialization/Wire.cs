namespace Orleans.Serialization;

/// <summary>
/// How a value lies in the bytes. A value is a tag and what its kind says; a tag is a varint of <c>(id + 1) &lt;&lt; 3 | kind</c> for a member, and of
/// the kind alone for an element. So a reader can pass over what it does not know.
/// </summary>
internal enum WireKind : byte
{
    /// <summary>No value; as a member's whole tag, the end of a group.</summary>
    Null = 0,

    /// <summary>A varint; signed numbers in zigzag.</summary>
    Varint = 1,

    /// <summary>8 bytes, little endian.</summary>
    Fixed64 = 2,

    /// <summary>16 bytes.</summary>
    Fixed128 = 3,

    /// <summary>A varint of the length, and so many bytes.</summary>
    Bytes = 4,

    /// <summary>Members, each with its tag, and a zero byte.</summary>
    Group = 5,

    /// <summary>A varint of the count, and so many values.</summary>
    Sequence = 6,

    /// <summary>The alias of the value's type as length and UTF-8, and the value: where the declared type does not say it.</summary>
    Typed = 7,
}

/// <summary>What references mean in this process. Safe from any thread.</summary>
internal interface IWireSession
{
    object Reference(Runtime.GrainId grainId, Type interfaceType);

    /// <summary>A reference goes out: the peer may call it.</summary>
    void Sending(Runtime.GrainReference reference);
}
