namespace Squad.Keeper.Output;

/// <summary>A descriptor whose bytes become events. Everything happens on the loop's thread.</summary>
internal interface IOutputSource
{
    /// <summary>Completes when the last byte has become an event.</summary>
    Task Ended { get; }

    /// <summary>When something was last read, by the loop's clock.</summary>
    long LastRead { get; }

    /// <summary>Begins or ceases to read, as the journal takes output or not.</summary>
    void Update();

    /// <summary>Reads once if there is something and the journal takes it. False when there was nothing to do.</summary>
    bool Read();

    /// <summary>Reads once whether or not the journal is full: for the bounded rest that a program that has ended left in the pipe.</summary>
    bool ReadAnyway();

    /// <summary>Writes what is held back and closes the descriptor. Idempotent.</summary>
    void Finish();
}
