using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Squad.Platform.Sandboxes.Keeper;

/// <summary>
/// Connects to a Unix socket whose path may be longer than the 108 bytes that an address holds: through <c>/proc/self/fd/N/name</c>, where N is the
/// opened directory.
/// </summary>
internal static partial class KeeperSocket
{
    private const int PathOnly = 0x200000;
    private const int CloseOnExec = 0x80000;

    /// <exception cref="SocketException">Nobody listens.</exception>
    /// <exception cref="IOException">The directory is not there.</exception>
    public static async Task<Socket> ConnectAsync(string directory, string name, CancellationToken cancellation)
    {
        using var handle = Open(directory, PathOnly | CloseOnExec);
        if (handle.IsInvalid)
            throw new DirectoryNotFoundException($"{directory} is not there: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint($"/proc/self/fd/{handle.DangerousGetHandle()}/{name}"), cancellation);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);
}
