using System.Buffers.Binary;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Orleans.Runtime;

namespace Orleans.Gateway;

/// <summary>The socket's path and who may speak over it: the user who runs the silo, and root.</summary>
internal static class GatewaySocket
{
    /// <summary>Bytes of a Unix socket's address, less the zero at its end.</summary>
    private const int PathBytesMax = 107;

    private const int SolSocket = 1;
    private const int PeerCredentials = 17;

    /// <exception cref="OrleansConfigurationException">The path is too long for a socket.</exception>
    public static UnixDomainSocketEndPoint EndPoint(string path)
    {
        var bytes = Encoding.UTF8.GetByteCount(path);
        return bytes <= PathBytesMax ? new UnixDomainSocketEndPoint(path) : throw new OrleansConfigurationException(
            $"The gateway's socket '{path}' has a path of {bytes} bytes, and a Unix socket takes at most {PathBytesMax}: choose a shorter one.");
    }

    /// <summary>Binds, for the owner alone, in place of a socket that nobody listens on any more.</summary>
    /// <exception cref="OrleansConfigurationException">Another process listens there, or it is no socket.</exception>
    public static Socket Listen(string path)
    {
        const UnixFileMode owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var endPoint = EndPoint(path);
        if (Path.GetDirectoryName(path) is { Length: > 0 } directory)
        {
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(directory);
            else Directory.CreateDirectory(directory, owner | UnixFileMode.UserExecute);
        }
        if (File.Exists(path))
        {
            if (IsServed(endPoint)) throw new OrleansConfigurationException($"Another process listens on '{path}'.");
            File.Delete(path);
        }
        var socket = Create();
        try
        {
            socket.Bind(endPoint);
            // Nobody can connect before Listen, so there is no moment in which others could.
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, owner);
            socket.Listen(512);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <exception cref="SocketException">Nobody listens, or nobody accepts.</exception>
    public static async Task<Socket> ConnectAsync(UnixDomainSocketEndPoint endPoint, TimeProvider time, CancellationToken cancellation)
    {
        const int attempts = 20;
        for (var attempt = 1; ; attempt++)
        {
            var socket = Create();
            try
            {
                await socket.ConnectAsync(endPoint, cancellation);
                return socket;
            }
            catch (SocketException error) when (error.SocketErrorCode == SocketError.WouldBlock && attempt < attempts)
            {
                // More connect at this moment than wait in the line.
                socket.Dispose();
                await Task.Delay(TimeSpan.FromMilliseconds(attempt), time, cancellation);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }

    private static Socket Create() => new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    /// <summary>The process at the other end, and why it may not speak with us; null for one that may.</summary>
    public static (int ProcessId, string? Refused) PeerOf(Socket socket)
    {
        // Elsewhere the modes of directory and socket must do.
        if (!OperatingSystem.IsLinux()) return (0, null);
        Span<byte> credentials = stackalloc byte[12];
        socket.GetRawSocketOption(SolSocket, PeerCredentials, credentials);
        var process = BinaryPrimitives.ReadInt32LittleEndian(credentials);
        var user = BinaryPrimitives.ReadUInt32LittleEndian(credentials[4..]);
        var own = EffectiveUserId();
        return (process, user == own || user == 0 ? null : $"process {process} runs as user {user}, and only user {own} and root may connect");
    }

    private static bool IsServed(UnixDomainSocketEndPoint endPoint)
    {
        using var probe = Create();
        try
        {
            probe.Connect(endPoint);
            return true;
        }
        catch (SocketException)
        {
            return false; // left behind by a process that was killed
        }
    }

    [DllImport("libc", EntryPoint = "geteuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern uint EffectiveUserId();
}
