using System.Diagnostics;

namespace Squad.Platform.Sandboxes.Processes;

/// <summary>
/// Starts Keeper under a wrapper that outlives this process and notes how Keeper ended. The wrapper is a shell in a session of its own; it
/// writes down who it is before it starts anything, so that nothing is lost however suddenly this process dies.
/// </summary>
internal static class ProcessLauncher
{
    /// <summary>
    /// Arguments: state directory, output file, error file, program and its arguments. A trap with a handler, unlike an ignored signal, is not
    /// inherited: a signal to the whole group ends Keeper, and the wrapper stays to tell. The pipe is opened both ways, so that it never ends.
    /// </summary>
    private const string Wrapper = """
        state=$1; output=$2; errors=$3; shift 3
        exec 0<>"$state/stdin" >>"$output" 2>>"$errors"
        trap : TERM INT HUP
        ulimit -c 0
        cd "$state/workspace"
        read -r boot </proc/sys/kernel/random/boot_id
        read -r self </proc/$$/stat
        printf '%s\n%s\n' "$boot" "$self" >"$state/started"
        /bin/sh -c 'read -r self </proc/$$/stat; printf "%s\n" "$self" >"$0/keeper"; exec "$@"' "$state" "$@"
        code=$?
        printf '%s\n' "$code" >"$state/exit"
        """;

    /// <summary>Starts it and gives the wrapper's process id.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">There is no setsid program.</exception>
    public static int Start(ProcessFiles files, ProcessRecord record, string[] program)
    {
        var start = new ProcessStartInfo("setsid")
        {
            UseShellExecute = false,
            WorkingDirectory = "/",
        };
        string[] arguments =
        [
            "/bin/sh", "-c", Wrapper, "squad-sandbox", files.State,
            ProcessFiles.Output(record.Directory), ProcessFiles.Errors(record.Directory), .. program,
        ];
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        // Only what a program cannot do without: the server's own environment holds its secrets.
        start.Environment.Clear();
        start.Environment["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "/usr/local/bin:/usr/bin:/bin";
        start.Environment["LANG"] = Environment.GetEnvironmentVariable("LANG") ?? "C.UTF-8";
        start.Environment["TERM"] = "xterm-256color";
        start.Environment["HOME"] = files.Home;
        foreach (var (key, value) in record.Environment)
            start.Environment[key] = value;
        start.Environment[ProcessTree.Variable] = record.Id;
        using var process = Process.Start(start) ?? throw new InvalidOperationException("The wrapper was not started.");
        return process.Id;
    }
}
