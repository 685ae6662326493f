using System.Globalization;
using System.Text;

namespace Squad.Platform.Sandboxes.Processes;

/// <summary>One process as /proc shows it. <paramref name="Start"/> (ticks since boot) and the pid together name a process for as long as the machine runs.</summary>
/// <param name="State">R, S, D, T (stopped), Z (zombie), ...</param>
/// <param name="CpuTicks">User and system time in hundredths of a second.</param>
internal sealed record ProcessInfo(int Pid, char State, int Parent, int Session, long CpuTicks, int Threads, ulong Start, long ResidentPages)
{
    /// <summary>A zombie has ended; only its parent has not asked yet.</summary>
    public bool IsAlive => State is not ('Z' or 'X');
}

/// <summary>Reads /proc. A process that ends meanwhile reads as absent.</summary>
internal static class ProcFs
{
    /// <summary>The clock ticks that /proc counts in. A constant of the Linux ABI.</summary>
    public const double TicksPerSecond = 100;

    private static readonly Lazy<string> Boot = new(() => File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim());

    /// <summary>Names this run of the machine: pids and start times mean something within one only.</summary>
    public static string BootId => Boot.Value;

    public static ProcessInfo? Find(int pid)
    {
        try
        {
            return Parse(File.ReadAllText($"/proc/{pid}/stat"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public static IEnumerable<ProcessInfo> All()
    {
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
            if (int.TryParse(Path.GetFileName(directory.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
                && Find(pid) is { IsAlive: true } found)
                yield return found;
    }

    /// <summary>Does the process carry this variable (<c>NAME=value</c>) in the environment it was started with? False also when that may not be read.</summary>
    public static bool HasVariable(int pid, string variable)
    {
        byte[] environment;
        try
        {
            environment = File.ReadAllBytes($"/proc/{pid}/environ");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
        // NUL-separated: PATH=/bin\0HOME=/root\0
        var wanted = Encoding.UTF8.GetBytes(variable);
        foreach (var range in environment.AsSpan().Split((byte)0))
            if (environment.AsSpan(range).SequenceEqual(wanted))
                return true;
        return false;
    }

    /// <summary>
    /// Parses a line of /proc/PID/stat: <code>42 (a) b) S 1 42 42 0 -1 4194560 118 0 0 0 3 1 0 0 20 0 1 0 81234 2568192 200 …</code>
    /// The program's name may hold anything, also parentheses and spaces, so fields are counted from the last ')'. Null for anything else.
    /// </summary>
    public static ProcessInfo? Parse(string stat)
    {
        var open = stat.IndexOf('(', StringComparison.Ordinal);
        var close = stat.LastIndexOf(')');
        if (open < 1 || close < open || !int.TryParse(stat.AsSpan(0, open).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var pid))
            return null;
        // rest[0] is field 3 of proc(5).
        var rest = stat[(close + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (rest.Length < 22
            || !int.TryParse(rest[1], CultureInfo.InvariantCulture, out var parent)
            || !int.TryParse(rest[3], CultureInfo.InvariantCulture, out var session)
            || !long.TryParse(rest[11], CultureInfo.InvariantCulture, out var user)
            || !long.TryParse(rest[12], CultureInfo.InvariantCulture, out var system)
            || !int.TryParse(rest[17], CultureInfo.InvariantCulture, out var threads)
            || !ulong.TryParse(rest[19], CultureInfo.InvariantCulture, out var start)
            || !long.TryParse(rest[21], CultureInfo.InvariantCulture, out var resident))
            return null;
        return new ProcessInfo(pid, rest[0][0], parent, session, user + system, threads, start, resident);
    }
}
