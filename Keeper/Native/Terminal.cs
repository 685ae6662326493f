using System.Runtime.InteropServices;
using System.Text;

namespace Squad.Keeper.Native;

/// <summary>Pseudo-terminals.</summary>
internal static unsafe partial class Terminal
{
    private const nuint GetForegroundGroup = 0x540F;
    private const nuint SetWindowSize = 0x5414;

    /// <summary>Opens a new pseudo-terminal: the master's descriptor, non-blocking, and the path that the program in it opens.</summary>
    /// <exception cref="IOException">The system has none left or offers none.</exception>
    public static (int Master, string Path) Open(int columns, int rows)
    {
        var master = OpenMaster(Libc.ReadWrite | Libc.NoTerminal | Libc.CloseOnExec);
        var name = stackalloc byte[128];
        if (master < 0 || Grant(master) < 0 || Unlock(master) < 0 || NameOf(master, name, 128) != 0)
            throw new IOException("A terminal could not be opened: " + Libc.LastErrorMessage);
        Libc.SetNonBlocking(master);
        Resize(master, columns, rows);
        return (master, Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name)));
    }

    /// <summary>Sets the size; the program in it is told by SIGWINCH.</summary>
    public static void Resize(int fd, int columns, int rows)
    {
        var size = stackalloc ushort[] { (ushort)rows, (ushort)columns, 0, 0 };
        _ = Libc.IoControl(fd, SetWindowSize, size);
    }

    /// <summary>The process group that has the terminal, 0 when none has.</summary>
    public static int ForegroundGroup(int master)
    {
        var group = 0;
        return Libc.IoControl(master, GetForegroundGroup, &group) < 0 ? 0 : group;
    }

    /// <summary>Lets every byte through as it is, both ways, without echo.</summary>
    public static bool MakeRaw(int fd)
    {
        // Larger than any libc's struct termios.
        var settings = stackalloc byte[256];
        if (GetSettings(fd, settings) < 0)
            return false;
        MakeSettingsRaw(settings);
        return SetSettings(fd, 0, settings) == 0;
    }

    [LibraryImport("libc", EntryPoint = "posix_openpt", SetLastError = true)]
    private static partial int OpenMaster(int flags);

    [LibraryImport("libc", EntryPoint = "grantpt", SetLastError = true)]
    private static partial int Grant(int fd);

    [LibraryImport("libc", EntryPoint = "unlockpt", SetLastError = true)]
    private static partial int Unlock(int fd);

    [LibraryImport("libc", EntryPoint = "ptsname_r", SetLastError = true)]
    private static partial int NameOf(int fd, byte* name, nuint length);

    [LibraryImport("libc", EntryPoint = "tcgetattr", SetLastError = true)]
    private static partial int GetSettings(int fd, byte* settings);

    [LibraryImport("libc", EntryPoint = "cfmakeraw")]
    private static partial void MakeSettingsRaw(byte* settings);

    [LibraryImport("libc", EntryPoint = "tcsetattr", SetLastError = true)]
    private static partial int SetSettings(int fd, int when, byte* settings);
}
