namespace Squad.Cli;

/// <summary>What the program ends with, for scripts.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>The silo has refused, or the command line is wrong; the error output says why.</summary>
    public const int Refused = 1;

    /// <summary>No silo could be reached.</summary>
    public const int NoSilo = 3;
}
