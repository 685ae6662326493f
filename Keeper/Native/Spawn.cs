using System.Runtime.InteropServices;

namespace Squad.Keeper.Native;

/// <summary>What to start.</summary>
/// <param name="Arguments">The first is the program, looked for in PATH when it has no slash.</param>
/// <param name="Environment">The whole environment.</param>
/// <param name="Directory">Working directory.</param>
/// <param name="Input">Descriptor that becomes standard input.</param>
/// <param name="Output">Descriptor that becomes standard output.</param>
/// <param name="Error">Descriptor that becomes standard error.</param>
/// <param name="TerminalPath">A terminal to open as all three instead; it becomes the controlling one.</param>
internal sealed record SpawnRequest(
    IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment, string? Directory, int Input, int Output, int Error, string? TerminalPath = null);

/// <summary>
/// posix_spawn: the child leads a session of its own, so that the whole of it can be signalled, and begins with default signal handling and nothing
/// blocked, whatever the .NET runtime has set up for itself.
/// </summary>
internal static unsafe partial class Spawn
{
    // Larger than the opaque structs of any libc.
    private const int OpaqueBytes = 1024;
    private const short SetSignalDefaults = 4, SetSignalMask = 8, SetSession = 0x80;

    /// <summary>The child's pid, or the negative error number.</summary>
    public static int Start(SpawnRequest request)
    {
        var actions = stackalloc byte[OpaqueBytes];
        var attributes = stackalloc byte[OpaqueBytes];
        ActionsInit(actions);
        AttributesInit(attributes);
        var arguments = ToNative(request.Arguments);
        var environment = ToNative(request.Environment.Select(pair => pair.Key + "=" + pair.Value).ToList());
        try
        {
            SetAttributes(attributes);
            if (request.TerminalPath is { } terminal)
            {
                AddOpen(actions, 0, terminal, Libc.ReadWrite, 0);
                AddDuplicate(actions, 0, 1);
                AddDuplicate(actions, 0, 2);
            }
            else
            {
                AddDuplicate(actions, request.Input, 0);
                AddDuplicate(actions, request.Output, 1);
                AddDuplicate(actions, request.Error, 2);
            }
            if (request.Directory is { } directory)
                AddDirectory(actions, directory);
            int pid;
            var error = StartRaw(&pid, request.Arguments[0], actions, attributes, arguments, environment);
            return error == 0 ? pid : -error;
        }
        finally
        {
            Free(arguments);
            Free(environment);
            ActionsDestroy(actions);
            AttributesDestroy(attributes);
        }
    }

    private static void SetAttributes(byte* attributes)
    {
        // A sigset_t is a bit per signal; 128 bytes in glibc, of which the first eight matter.
        var signals = stackalloc ulong[16];
        new Span<ulong>(signals, 16).Clear();
        SetMask(attributes, signals);
        signals[0] = 0x7FFF_FFFFUL & ~(1UL << (Libc.Kill - 1)) & ~(1UL << (Libc.Stop - 1));
        SetDefaults(attributes, signals);
        SetFlags(attributes, SetSignalDefaults | SetSignalMask | SetSession);
    }

    private static byte** ToNative(IReadOnlyList<string> strings)
    {
        var array = (byte**)NativeMemory.AllocZeroed((nuint)strings.Count + 1, (nuint)sizeof(byte*));
        for (var i = 0; i < strings.Count; i++)
            array[i] = (byte*)Marshal.StringToCoTaskMemUTF8(strings[i]);
        return array;
    }

    private static void Free(byte** array)
    {
        for (var item = array; *item != null; item++)
            Marshal.FreeCoTaskMem((nint)(*item));
        NativeMemory.Free(array);
    }

    [LibraryImport("libc", EntryPoint = "posix_spawnp", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StartRaw(int* pid, string file, byte* actions, byte* attributes, byte** arguments, byte** environment);

    // The preparing calls fail only for want of memory, which .NET does not survive either.
    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    private static partial void ActionsInit(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    private static partial void ActionsDestroy(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    private static partial void AddDuplicate(byte* actions, int from, int to);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addopen", StringMarshalling = StringMarshalling.Utf8)]
    private static partial void AddOpen(byte* actions, int fd, string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addchdir_np", StringMarshalling = StringMarshalling.Utf8)]
    private static partial void AddDirectory(byte* actions, string path);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    private static partial void AttributesInit(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_destroy")]
    private static partial void AttributesDestroy(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    private static partial void SetFlags(byte* attributes, short flags);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigmask")]
    private static partial void SetMask(byte* attributes, ulong* signals);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigdefault")]
    private static partial void SetDefaults(byte* attributes, ulong* signals);
}
