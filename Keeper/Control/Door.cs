using System.Text;
using Squad.Keeper.Loop;
using Squad.Keeper.Native;

namespace Squad.Keeper.Control;

/// <summary>The Unix socket that Keeper listens on, in a directory whose path may be longer than an address holds.</summary>
internal sealed class Door : IDisposable
{
    private const int ClientsMax = 64;
    private const string Name = "keeper.sock";

    private readonly string _path;
    private readonly int _socket;
    private readonly Watch _watch;
    private readonly EventLoop _loop;
    private int _clients;

    /// <param name="entered">Called with the descriptor of each connection; its owner calls <see cref="Left"/> when it has closed it.</param>
    /// <exception cref="IOException">The directory cannot hold a socket.</exception>
    public Door(EventLoop loop, string directory, Action<int> entered)
    {
        _loop = loop;
        _path = Path.Combine(directory, Name);
        _socket = Listen(directory);
        _watch = loop.Add(_socket, Libc.PollIn, _ => Accept(entered));
    }

    public void Left() => _clients--;

    public void Dispose()
    {
        _loop.Remove(_watch);
        _ = Libc.Close(_socket);
        _ = Libc.Unlink(_path);
    }

    private unsafe int Listen(string directory)
    {
        const int unix = 1, stream = 1;
        const int addressBytes = 110;
        _ = Libc.Unlink(_path);
        var folder = Libc.Open(directory, Libc.PathOnly | Libc.CloseOnExec, 0);
        var socket = Libc.MakeSocket(unix, stream | Libc.NonBlocking | Libc.CloseOnExec, 0);
        var address = stackalloc byte[addressBytes];
        new Span<byte>(address, addressBytes).Clear();
        *(ushort*)address = unix;
        Encoding.UTF8.GetBytes($"/proc/self/fd/{folder}/{Name}", new Span<byte>(address + 2, addressBytes - 2));
        var failed = folder < 0 || socket < 0 || Libc.Bind(socket, address, addressBytes) < 0 || Libc.Listen(socket, 64) < 0;
        var why = Libc.LastErrorMessage;
        if (folder >= 0)
            _ = Libc.Close(folder);
        if (failed)
            throw new IOException($"{_path} cannot be listened on: {why}");
        // The node is another user; the directory's parent keeps everybody else out.
        _ = Libc.ChangeMode(_path, 0x1FF);
        return socket;
    }

    private unsafe void Accept(Action<int> entered)
    {
        var fd = Libc.Accept(_socket, null, null, Libc.NonBlocking | Libc.CloseOnExec);
        if (fd < 0)
            return;
        if (_clients >= ClientsMax)
        {
            _ = Libc.Close(fd);
            return;
        }
        _clients++;
        entered(fd);
    }
}
