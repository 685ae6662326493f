using System.Runtime.InteropServices;

namespace Squad.Platform.Sandboxes.Processes;

internal enum UnixSignal
{
    Kill = 9,
    Term = 15,
    Continue = 18,
    Stop = 19,
}

/// <summary>
/// Signals to one certain process. Between looking at a pid and signalling it the process may end and its pid go to a stranger; a pidfd
/// taken before the look pins the process, so that a stranger is never hit.
/// </summary>
internal static partial class ProcessSignals
{
    // The same on every architecture that .NET runs on.
    private const int PidfdSendSignal = 424;
    private const int PidfdOpen = 434;
    private const int NoSuchCall = 38;

    /// <summary>False when the process has ended.</summary>
    public static bool Send(ProcessInfo process, UnixSignal signal)
    {
        // 0 and below, and 1, would address groups, everybody, or init.
        if (process.Pid <= 1)
            return false;
        var handle = (int)Call(PidfdOpen, process.Pid, 0, 0, 0);
        var error = Marshal.GetLastPInvokeError();
        if (handle < 0 && error != NoSuchCall)
            return false;
        try
        {
            if (ProcFs.Find(process.Pid) is not { } now || now.Start != process.Start)
                return false;
            // Kernels before 5.3 have no pidfd; there the gap between the look and the signal is a few microseconds.
            return handle >= 0
                ? Call(PidfdSendSignal, handle, (int)signal, 0, 0) == 0
                : Kill(process.Pid, (int)signal) == 0;
        }
        finally
        {
            if (handle >= 0)
                _ = Close(handle);
        }
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint Call(nint number, nint first, nint second, nint third, nint fourth);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
