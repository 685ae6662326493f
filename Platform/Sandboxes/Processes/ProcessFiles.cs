#pragma warning disable CA1416 // Process sandboxes are made on Linux only, which the engine's check says.
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Squad.Platform.Sandboxes.Processes;

/// <summary>
/// What lies on disk of one process sandbox:
/// <code>
/// ROOT/NAME/sandbox.json  its record; the sandbox exists as long as this does
///           started       boot id and /proc/PID/stat line of the wrapper, written by itself
///           keeper        the stat line of Keeper, written by the process that becomes it
///           exit          Keeper's exit code, written by the wrapper
///           stdin         named pipe
///           workspace/ home/
/// DIRECTORY/keeper.out.log keeper.err.log
/// </code>
/// </summary>
internal sealed partial class ProcessFiles(string root, string name)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    public string State { get; } = Path.Combine(root, name);

    public string Record => Path.Combine(State, "sandbox.json");

    public string Started => Path.Combine(State, "started");

    public string Keeper => Path.Combine(State, "keeper");

    public string Exit => Path.Combine(State, "exit");

    public string Input => Path.Combine(State, "stdin");

    public string Workspace => Path.Combine(State, "workspace");

    public string Home => Path.Combine(State, "home");

    public static string Output(string directory) => Path.Combine(directory, "keeper.out.log");

    public static string Errors(string directory) => Path.Combine(directory, "keeper.err.log");

    /// <summary>Claims the name by writing the record, whole or not at all. False when the name is taken.</summary>
    public bool TryCreate(ProcessRecord record)
    {
        Directory.CreateDirectory(root, OwnerOnly);
        Directory.CreateDirectory(State, OwnerOnly);
        var written = Path.Combine(State, $"sandbox.{record.Id}.new");
        try
        {
            File.WriteAllBytes(written, JsonSerializer.SerializeToUtf8Bytes(record, ProcessJson.Default.ProcessRecord));
            try
            {
                File.Move(written, Record, overwrite: false);
            }
            catch (IOException) when (File.Exists(Record))
            {
                return false;
            }
        }
        finally
        {
            File.Delete(written);
        }
        return true;
    }

    /// <summary>Makes what a start needs. Idempotent.</summary>
    public void Prepare()
    {
        foreach (var old in (string[])[Started, Keeper, Exit, Input])
            File.Delete(old);
        Directory.CreateDirectory(Workspace, OwnerOnly);
        Directory.CreateDirectory(Home, OwnerOnly);
        if (MakePipe(Input, 0x180) != 0)
            throw new IOException($"The named pipe '{Input}' cannot be made (errno {Marshal.GetLastPInvokeError()}).");
    }

    /// <summary>Null when there is none.</summary>
    /// <exception cref="JsonException">It is not a record.</exception>
    public ProcessRecord? Read()
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(Record), ProcessJson.Default.ProcessRecord);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>The lines of a small file that another process writes; empty when it is not there (yet).</summary>
    public static string[] Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
    }

    /// <summary>The record goes last, so that a removal which is cut off is found again and can be repeated.</summary>
    public void Remove(bool withWorkspace)
    {
        foreach (var file in (string[])[Started, Keeper, Exit, Input])
            DeleteFile(file);
        if (withWorkspace)
        {
            DeleteTree(Workspace);
            DeleteTree(Home);
        }
        DeleteFile(Record);
        // Empty only without the workspace; anything else in it is not ours.
        if (Directory.Exists(State) && !Directory.EnumerateFileSystemEntries(State).Any())
            Directory.Delete(State);
    }

    private static void DeleteFile(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (DirectoryNotFoundException)
        {
            // Nothing of it is left.
        }
    }

    private static void DeleteTree(string path)
    {
        if (!Directory.Exists(path))
            return;
        try
        {
            Directory.Delete(path, recursive: true);
        }
        catch (UnauthorizedAccessException)
        {
            // Package caches make their directories read-only.
            foreach (var directory in Directory.EnumerateDirectories(path, "*", new EnumerationOptions
            {
                RecurseSubdirectories = true,
                AttributesToSkip = FileAttributes.ReparsePoint,
            }).Prepend(path))
                File.SetUnixFileMode(directory, OwnerOnly);
            Directory.Delete(path, recursive: true);
        }
    }

    [LibraryImport("libc", EntryPoint = "mkfifo", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakePipe(string path, uint mode);
}
