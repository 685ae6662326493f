using System.Runtime.InteropServices;

namespace Squad.Keeper.Native;

/// <summary>The C library's calls, as Linux on x86-64 and arm64 has them. Each returns -1 and sets the last error when it fails, unless said otherwise.</summary>
internal static unsafe partial class Libc
{
    public const int ReadWrite = 2, WriteOnly = 1, Create = 0x40, Append = 0x400, NonBlocking = 0x800, NoTerminal = 0x100, CloseOnExec = 0x80000, PathOnly = 0x200000;
    public const int Interrupted = 4, NoEntry = 2, Again = 11, IoError = 5, NoSpace = 28, QuotaExceeded = 122, BrokenPipe = 32;
    public const short PollIn = 1, PollOut = 4, PollError = 8, PollHangup = 16;

    public const int Hangup = 1, Interrupt = 2, Quit = 3, Kill = 9, User1 = 10, User2 = 12, Pipe = 13, Terminate = 15, Continue = 18, Stop = 19, WindowChanged = 28;

    public static int LastError => Marshal.GetLastPInvokeError();

    public static string LastErrorMessage => Marshal.GetPInvokeErrorMessage(LastError);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int fd);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint ReadRaw(int fd, byte* buffer, nint count);

    [LibraryImport("libc", EntryPoint = "pread", SetLastError = true)]
    private static partial nint ReadAtRaw(int fd, byte* buffer, nint count, long offset);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint WriteRaw(int fd, byte* buffer, nint count);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static partial nint SendRaw(int fd, byte* buffer, nint count, int flags);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    public static partial int Poll(PollEntry* entries, nuint count, int timeoutMs);

    [LibraryImport("libc", EntryPoint = "pipe2", SetLastError = true)]
    public static partial int MakePipe(int* ends, int flags);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    public static partial int Control(int fd, int command, nint argument);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    public static partial int IoControl(int fd, nuint request, void* argument);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    public static partial int MakeEvent(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "unlink", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Unlink(string path);

    [LibraryImport("libc", EntryPoint = "chmod", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ChangeMode(string path, int mode);

    [LibraryImport("libc", EntryPoint = "ftruncate", SetLastError = true)]
    public static partial int Truncate(int fd, long length);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int SendSignal(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    public static partial int WaitAny(int pid, int* status, int options);

    [LibraryImport("libc", EntryPoint = "waitid", SetLastError = true)]
    public static partial int WaitFor(int kind, int id, byte* information, int options);

    [LibraryImport("libc", EntryPoint = "getpid")]
    public static partial int ProcessId();

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    public static partial int ProcessControl(int option, nuint a, nuint b, nuint c, nuint d);

    [LibraryImport("libc", EntryPoint = "signal", SetLastError = true)]
    public static partial nint SetHandler(int signal, nint handler);

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    public static partial int MakeSocket(int domain, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    public static partial int Bind(int fd, byte* address, uint length);

    [LibraryImport("libc", EntryPoint = "listen", SetLastError = true)]
    public static partial int Listen(int fd, int backlog);

    [LibraryImport("libc", EntryPoint = "accept4", SetLastError = true)]
    public static partial int Accept(int fd, void* address, void* length, int flags);

    /// <summary>Bytes read, 0 at the end, -1 with <see cref="LastError"/>. Goes on when a signal interrupts.</summary>
    public static int Read(int fd, Span<byte> into)
    {
        fixed (byte* start = into)
        {
            nint got;
            do
                got = ReadRaw(fd, start, into.Length);
            while (got < 0 && LastError == Interrupted);
            return (int)got;
        }
    }

    public static int ReadAt(int fd, Span<byte> into, long offset)
    {
        fixed (byte* start = into)
        {
            nint got;
            do
                got = ReadAtRaw(fd, start, into.Length, offset);
            while (got < 0 && LastError == Interrupted);
            return (int)got;
        }
    }

    public static int Write(int fd, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            nint put;
            do
                put = WriteRaw(fd, start, bytes.Length);
            while (put < 0 && LastError == Interrupted);
            return (int)put;
        }
    }

    /// <summary>Like <see cref="Write"/>, for sockets: never waits and raises no signal.</summary>
    public static int Send(int fd, ReadOnlySpan<byte> bytes)
    {
        const int noSignalNoWait = 0x4000 | 0x40;
        fixed (byte* start = bytes)
        {
            nint put;
            do
                put = SendRaw(fd, start, bytes.Length, noSignalNoWait);
            while (put < 0 && LastError == Interrupted);
            return (int)put;
        }
    }

    public static void SetNonBlocking(int fd)
    {
        const int getFlags = 3, setFlags = 4;
        _ = Control(fd, setFlags, Control(fd, getFlags, 0) | NonBlocking);
    }

    /// <summary>The two ends of a pipe that no child inherits by accident.</summary>
    /// <exception cref="IOException">No more files may be opened.</exception>
    public static (int Read, int Write) NewPipe(bool large = false)
    {
        const int setPipeSize = 1031;
        var ends = stackalloc int[2];
        if (MakePipe(ends, CloseOnExec) < 0)
            throw new IOException("A pipe could not be made: " + LastErrorMessage);
        // A larger pipe means fewer switches between a program that prints fast and Keeper; the default stays where this is not permitted.
        if (large)
            _ = Control(ends[0], setPipeSize, 1 << 20);
        return (ends[0], ends[1]);
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct PollEntry
    {
        public int Fd;
        public short Events;
        public short Returned;
    }
}
