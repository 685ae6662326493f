using System.Diagnostics.CodeAnalysis;
using Squad.Keeper.Loop;
using Squad.Keeper.Native;

namespace Squad.Keeper.Processes;

/// <summary>
/// Notices that a child has ended: a thread that waits for one without taking it, has the loop take it, and waits again. Not SIGCHLD, because the .NET
/// runtime, once it handles that signal as PID 1, takes all children itself and their exit codes are lost.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "Lives as long as the process.")]
internal sealed class Reaper(EventLoop loop, Action reap)
{
    /// <summary>How often it looks while Keeper has no child: only a stranger's orphan (of <c>docker exec</c>) can appear then.</summary>
    private const int IdleMs = 1_000;

    private readonly AutoResetEvent _started = new(false);
    private readonly AutoResetEvent _reaped = new(false);

    public void Start() => new Thread(Run, 256 * 1024) { IsBackground = true, Name = "reaper" }.Start();

    /// <summary>There is a child now.</summary>
    public void HasStarted() => _started.Set();

    private unsafe void Run()
    {
        const int any = 0, ended = 4, leaveIt = 0x0100_0000;
        var information = stackalloc byte[128];
        while (true)
        {
            if (Libc.WaitFor(any, 0, information, ended | leaveIt) == 0)
            {
                loop.Post(() =>
                {
                    reap();
                    _reaped.Set();
                });
                _reaped.WaitOne();
            }
            else if (Libc.LastError != Libc.Interrupted)
            {
                _started.WaitOne(IdleMs);
            }
        }
    }
}
