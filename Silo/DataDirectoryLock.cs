using System.Globalization;

namespace Squad.Silo;

/// <summary>
/// The right to be the silo of a data directory: an exclusive lock of <c>silo/lock</c> in it, which the system frees when its holder ends, however it ends.
/// <c>silo/pid</c> beside it tells people who holds it, and decides nothing.
/// </summary>
internal sealed class DataDirectoryLock : IDisposable
{
    private const int WouldBlock = 11;
    private const int WouldBlockMac = 35;
    private const int SharingViolation = unchecked((int)0x80070020);

    private readonly FileStream file;

    private DataDirectoryLock(FileStream file) => this.file = file;

    /// <exception cref="StartRefusedException">Another silo has it.</exception>
    public static DataDirectoryLock Take(string dataDirectory)
    {
        var directory = Path.Combine(Path.GetFullPath(dataDirectory), "silo");
        var pid = Path.Combine(directory, "pid");
        Make(directory);
        FileStream file;
        try
        {
            file = new FileStream(Path.Combine(directory, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
        }
        catch (IOException held) when (held.HResult is WouldBlock or WouldBlockMac or SharingViolation)
        {
            throw new StartRefusedException(
                $"The data directory {Path.GetFullPath(dataDirectory)} is in use by another silo, process {Holder(pid)}. Stop that one first, or choose another directory with SQUAD_DATA.", held);
        }

        try
        {
            File.WriteAllText(pid, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        }
        catch (IOException)
        {
            // A full disk, most likely, which others will tell of. The lock holds.
        }

        return new DataDirectoryLock(file);
    }

    public void Dispose() => file.Dispose();

    private static void Make(string directory)
    {
        try
        {
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(directory);
            else
                Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new StartRefusedException($"The data directory cannot be used: {refused.Message} Choose a directory that this user may write to with SQUAD_DATA.", refused);
        }
    }

    private static string Holder(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim() is { Length: > 0 } pid ? pid : "unknown";
        }
        catch (IOException)
        {
            return "unknown"; // it has the lock and is about to write
        }
    }
}
