// Sandboxes are made on Linux only; the rest of the project must not inherit that as a warning on each call.
#pragma warning disable CA1416
using System.Runtime.InteropServices;

namespace Squad.Platform.Sandboxes.Keeper;

/// <summary>
/// The directory that a node shares with one Keeper, mounted at <c>/run/squad</c> in a container:
/// <code>
/// spec.json     what to do, read and deleted by Keeper at its start; absent for a warm sandbox
/// keeper.sock   Keeper's socket
/// journal/      its events until they are acknowledged
/// </code>
/// Its parent is closed to everybody else on the host, so that what lies in it may be open to the sandbox's user, who is another one than the node's.
/// </summary>
public static partial class SandboxDirectory
{
    public const string SpecName = "spec.json";

    public const string SocketName = "keeper.sock";

    public const string JournalName = "journal";

    /// <summary>User and group that sandboxes run as.</summary>
    public const int SandboxUser = 1000;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private const UnixFileMode Everybody = OwnerOnly
        | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>
    /// Makes the directory (and its parent, closed to others) and, when given, writes the spec. Idempotent; a journal that is there stays.
    /// </summary>
    /// <param name="path">Absolute path, of any length.</param>
    /// <param name="spec">What Keeper does when it starts; null to park it.</param>
    /// <param name="user">Who Keeper runs as: <see cref="SandboxUser"/> in a container, null for the node's own user.</param>
    public static void Create(string path, KeeperSpec? spec = null, int? user = SandboxUser)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var full = Path.GetFullPath(path);
        var parent = Path.GetDirectoryName(full) ?? throw new ArgumentException("The root cannot be a sandbox directory.", nameof(path));
        if (!Directory.Exists(parent))
            Directory.CreateDirectory(parent, OwnerOnly);
        foreach (var folder in (ReadOnlySpan<string>)[full, Path.Combine(full, JournalName)])
        {
            Directory.CreateDirectory(folder, OwnerOnly);
            Hand(folder, user, OwnerOnly, Everybody);
        }
        if (spec is not null)
            WriteSpec(full, spec, user);
    }

    /// <summary>Writes <c>spec.json</c> so that a reader sees all of it or nothing.</summary>
    public static void WriteSpec(string path, KeeperSpec spec, int? user = SandboxUser)
    {
        ArgumentNullException.ThrowIfNull(spec);
        const UnixFileMode mine = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var target = Path.Combine(path, SpecName);
        var written = target + ".new";
        File.Delete(written);
        using (var file = new FileStream(written, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = mine }))
            file.Write(spec.ToJson());
        Hand(written, user, mine, mine | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        File.Move(written, target, overwrite: true);
    }

    /// <summary>Removes it with all it holds. Idempotent.</summary>
    public static void Remove(string path)
    {
        try
        {
            Directory.Delete(path, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // Removed before.
        }
    }

    /// <summary>Gives a file to the sandbox's user. A node that is not root cannot: then it is opened to all who get past the parent.</summary>
    private static void Hand(string path, int? user, UnixFileMode owned, UnixFileMode open)
    {
        if (user is not { } id || id == GetEffectiveUser())
            File.SetUnixFileMode(path, owned);
        else if (ChangeOwner(path, id, id) == 0)
            File.SetUnixFileMode(path, owned);
        else
            File.SetUnixFileMode(path, open);
    }

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial int GetEffectiveUser();

    [LibraryImport("libc", EntryPoint = "chown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwner(string path, int user, int group);
}
