namespace Squad.Keeper.Events;

/// <summary>One file of the journal.</summary>
internal sealed class Segment(string path, long first)
{
    public string Path { get; } = path;

    /// <summary>Number of its first event, which is also its name.</summary>
    public long First { get; } = first;

    /// <summary>Number of its last complete event; First - 1 while it has none.</summary>
    public long Last { get; set; } = first - 1;

    /// <summary>Bytes written to it; may end within an event while the disk is full.</summary>
    public long Length { get; set; }
}
