using System.Globalization;
using Squad.Keeper.Loop;
using Squad.Keeper.Native;
using Squad.Keeper.Processes;

namespace Squad.Keeper.Output;

/// <summary>
/// A tmux session that shows the engine's terminal, so that a person in the sandbox can attach to it (<c>tmux -S /run/squad/tmux.sock attach</c>) and so
/// that somebody answers when the engine asks its terminal a question and no page is open. The engine runs in Keeper's own terminal and tmux gets a copy
/// of what it prints: nothing that tmux does, up to being killed, costs a byte of output or the exit code.
/// </summary>
internal sealed class TmuxView(EventLoop loop, Helper helper, string directory, Action<ReadOnlySpan<byte>> typed)
{
    private const int BehindBytes = 256 * 1024;

    private readonly Queue<byte[]> _waiting = new();
    private readonly byte[] _typed = new byte[4096];
    private int _waitingBytes;
    private int _sent;
    private int _tty = -1;
    private int _server;
    private bool _closed;
    private Watch? _watch;

    /// <summary>Called when the view, having been behind, has caught up.</summary>
    public Action? Drained { get; set; }

    /// <summary>So much waits to be shown that the engine had better wait too.</summary>
    public bool IsBehind => _waitingBytes > BehindBytes;

    /// <summary>Starts the server. What is shown before it is there waits. Without tmux the view closes and takes nothing.</summary>
    public async Task StartAsync(int columns, int rows, IReadOnlyDictionary<string, string> environment)
    {
        string[] arguments =
        [
            "tmux", "-S", "tmux.sock", "-f", "/dev/null",
            "set-option", "-g", "status", "off", ";", "set-option", "-g", "history-limit", "2000", ";", "set-option", "-g", "escape-time", "0", ";",
            "new-session", "-d", "-s", "engine", "-x", Text(columns), "-y", Text(rows), "-P", "-F", "#{pane_tty} #{pid}", "exec sleep 2147483647", ";",
            // After the session: before it, this setting ends the server of tmux 3.3.
            "set-option", "-g", "window-size", "manual",
        ];
        var started = await helper.RunAsync(arguments, environment, directory, timeoutMs: 10_000);
        var words = started.Output.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        if (!started.Succeeded || words.Length != 2)
        {
            Close();
            return;
        }
        _server = int.Parse(words[1], CultureInfo.InvariantCulture);
        var tty = _closed ? -1 : Libc.Open(words[0], Libc.ReadWrite | Libc.NoTerminal | Libc.NonBlocking | Libc.CloseOnExec, 0);
        if (tty < 0 || !Terminal.MakeRaw(tty))
        {
            if (tty >= 0)
                _ = Libc.Close(tty);
            Close();
            return;
        }
        _tty = tty;
        _watch = loop.Add(tty, Libc.PollIn, Ready);
        Send();
    }

    /// <summary>Shows a copy of the bytes, now or when the view takes them.</summary>
    public void Show(ReadOnlySpan<byte> bytes)
    {
        if (_closed)
            return;
        _waiting.Enqueue(bytes.ToArray());
        _waitingBytes += bytes.Length;
        Send();
    }

    /// <summary>Follows the engine's terminal.</summary>
    public async Task ResizeAsync(int columns, int rows, IReadOnlyDictionary<string, string> environment)
    {
        if (!_closed)
            await helper.RunAsync(
                ["tmux", "-S", "tmux.sock", "resize-window", "-t", "engine", "-x", Text(columns), "-y", Text(rows)], environment, directory, timeoutMs: 5_000);
    }

    /// <summary>Ends the server. Idempotent.</summary>
    public void Close()
    {
        if (_server > 0)
            _ = Libc.SendSignal(_server, Libc.Terminate);
        _server = 0;
        _closed = true;
        loop.Remove(_watch);
        if (_tty >= 0)
            _ = Libc.Close(_tty);
        _tty = -1;
        var was = IsBehind;
        _waiting.Clear();
        _waitingBytes = 0;
        if (was)
            Drained?.Invoke();
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private void Ready(short events)
    {
        if ((events & Libc.PollOut) != 0)
            Send();
        if (_tty < 0 || (events & (Libc.PollIn | Libc.PollHangup | Libc.PollError)) == 0)
            return;
        var got = Libc.Read(_tty, _typed);
        if (got > 0)
        {
            typed(_typed.AsSpan(0, got));
        }
        else if (got == 0 || Libc.LastError != Libc.Again)
        {
            // Somebody ended tmux: the pid may be another's by now.
            _server = 0;
            Close();
        }
    }

    private void Send()
    {
        if (_tty < 0)
            return;
        var was = IsBehind;
        while (_waiting.TryPeek(out var bytes))
        {
            var put = Libc.Write(_tty, bytes.AsSpan(_sent));
            if (put < 0)
                break;
            _sent += put;
            _waitingBytes -= put;
            if (_sent < bytes.Length)
                continue;
            _waiting.Dequeue();
            _sent = 0;
        }
        if (_watch is not null)
            _watch.Interest = (short)(_waiting.Count > 0 ? Libc.PollIn | Libc.PollOut : Libc.PollIn);
        if (was && !IsBehind)
            Drained?.Invoke();
    }
}
