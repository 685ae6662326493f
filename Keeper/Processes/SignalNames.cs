namespace Squad.Keeper.Processes;

/// <summary>Signals by name, without SIG, as Linux numbers them on x86-64 and arm64.</summary>
internal static class SignalNames
{
    private static readonly string[] Names =
    [
        "", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM", "STKFLT", "CHLD",
        "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
    ];

    public static string NameOf(int signal) => signal > 0 && signal < Names.Length ? Names[signal] : $"RT{signal}";

    /// <summary>The number of a name, with or without SIG; 0 when there is no such signal.</summary>
    public static int NumberOf(string name)
    {
        var plain = name.StartsWith("SIG", StringComparison.Ordinal) ? name[3..] : name;
        return Math.Max(0, Array.IndexOf(Names, plain, 1));
    }
}
