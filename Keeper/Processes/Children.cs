using System.Globalization;
using Squad.Keeper.Loop;
using Squad.Keeper.Native;

namespace Squad.Keeper.Processes;

/// <summary>How a process ended.</summary>
/// <param name="Code">Its exit code; 128 + signal when a signal ended it.</param>
/// <param name="Signal">Name of that signal without SIG, or null.</param>
internal readonly record struct Ending(int Code, string? Signal);

/// <summary>
/// All processes below Keeper: those it started, and those whose parent died and which the kernel therefore gave to it (as PID 1 or as subreaper).
/// Each that ends is waited for, so that none stays a zombie. A pid is used for signals only until then, so that a signal never hits a stranger.
/// </summary>
/// <param name="started">Called when a process was started.</param>
internal sealed class Children(Action started)
{
    private readonly Dictionary<int, Child> _running = [];

    /// <summary>Starts a process. A program that is not there is an <see cref="IOException"/> that says so.</summary>
    public Child Start(SpawnRequest request)
    {
        var pid = Spawn.Start(request);
        if (pid < 0)
            throw new IOException($"{request.Arguments[0]} could not be started: {System.Runtime.InteropServices.Marshal.GetPInvokeErrorMessage(-pid)}");
        var child = new Child(pid);
        _running[pid] = child;
        started();
        return child;
    }

    /// <summary>Waits for every process that has ended. Called by <see cref="Reaper"/>.</summary>
    public unsafe void Reap()
    {
        const int doNotWait = 1;
        int status;
        while (Libc.WaitAny(-1, &status, doNotWait) is > 0 and var pid)
        {
            if (_running.Remove(pid, out var child))
                child.HasEnded(EndingOf(status));
        }
    }

    /// <summary>Kills whatever is still below Keeper, so that nothing outlives it where the kernel does not see to that itself.</summary>
    public unsafe void KillAll()
    {
        var self = Libc.ProcessId();
        if (self == 1)
            return;
        // Killing a parent hands its children to Keeper; a few rounds reach the leaves. A bound, because a fork bomb could outrun us.
        for (var round = 0; round < 20; round++)
        {
            Reap();
            var below = ChildrenOf(self);
            if (below.Count == 0)
                return;
            foreach (var pid in below)
                _ = Libc.SendSignal(pid, Libc.Kill);
            _ = Libc.Poll(null, 0, 1);
        }
    }

    private static Ending EndingOf(int status)
    {
        var signal = status & 0x7F;
        return signal == 0 ? new Ending((status >> 8) & 0xFF, null) : new Ending(128 + signal, SignalNames.NameOf(signal));
    }

    private static List<int> ChildrenOf(int parent)
    {
        var found = new List<int>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var pid))
                continue;
            try
            {
                // "4711 (name, may hold anything) S 4710 ...": the parent is the second field after the last parenthesis.
                var stat = File.ReadAllText(folder + "/stat");
                var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ', 3);
                if (fields[0] != "Z" && int.Parse(fields[1], CultureInfo.InvariantCulture) == parent)
                    found.Add(pid);
            }
            catch (IOException)
            {
                // It ended meanwhile.
            }
        }
        return found;
    }
}

/// <summary>A process that Keeper started; it leads its own session and process group.</summary>
internal sealed class Child(int pid)
{
    private readonly TaskCompletionSource<Ending> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int Pid { get; } = pid;

    /// <summary>Completes when it has ended and was waited for.</summary>
    public Task<Ending> Ended => _ended.Task;

    /// <summary>Signals it and all in its group; nothing when it has ended.</summary>
    public void Signal(int signal)
    {
        if (!_ended.Task.IsCompleted)
            _ = Libc.SendSignal(-Pid, signal);
    }

    public void HasEnded(Ending ending) => _ended.TrySetResult(ending);
}
