using System.Text;
using Squad.Keeper.Control;
using Squad.Keeper.Events;
using Squad.Keeper.Loop;
using Squad.Keeper.Native;
using Squad.Keeper.Output;
using Squad.Keeper.Processes;

namespace Squad.Keeper.Work;

/// <summary>
/// A shell command whose output becomes events: the engine itself, or the setup before it. It leads a session of its own; stopping and signals reach all
/// of it. In a terminal, the terminal is Keeper's own and tmux shows a copy (<see cref="TmuxView"/>).
/// </summary>
internal sealed class Engine
{
    private const int EnterPauseMs = 30;
    private const int StragglersMs = 100;
    private const long RestBytesMax = 4 << 20;

    private readonly EventLoop _loop;
    private readonly Child _child;
    private readonly List<IOutputSource> _sources = [];
    private readonly InputQueue _input;
    private readonly int _terminal = -1;
    private readonly TmuxView? _view;
    private readonly IReadOnlyDictionary<string, string> _environment;
    private LoopTimer? _kill;
    private bool _gone;

    /// <exception cref="IOException">It could not be started.</exception>
    public Engine(KeeperContext context, string command, string directory, IReadOnlyDictionary<string, string> environment, bool setup)
        : this(context, environment)
    {
        var (inRead, inWrite) = Libc.NewPipe();
        var (outRead, outWrite) = Libc.NewPipe(large: true);
        var (errorRead, errorWrite) = Libc.NewPipe();
        _child = context.Children.Start(new SpawnRequest(["/bin/sh", "-c", command], environment, directory, inRead, outWrite, errorWrite));
        foreach (var theirs in (ReadOnlySpan<int>)[inRead, outWrite, errorWrite])
            _ = Libc.Close(theirs);
        _input = new InputQueue(_loop, inWrite, owned: true);
        _sources.Add(new LineSource(_loop, context.Writer, outRead, setup ? OutputKind.SetupStdout : OutputKind.Stdout));
        _sources.Add(new LineSource(_loop, context.Writer, errorRead, setup ? OutputKind.SetupStderr : OutputKind.Stderr));
        context.Journal.Freed += Update;
    }

    /// <summary>In a terminal of the given size.</summary>
    /// <exception cref="IOException">It could not be started.</exception>
    public Engine(KeeperContext context, string command, string directory, IReadOnlyDictionary<string, string> environment, int columns, int rows)
        : this(context, environment)
    {
        (_terminal, var path) = Terminal.Open(columns, rows);
        _child = context.Children.Start(new SpawnRequest(["/bin/sh", "-c", command], environment, directory, -1, -1, -1, path));
        _input = new InputQueue(_loop, _terminal, owned: false);
        _view = new TmuxView(_loop, context.Helper, context.Options.Directory, typed => _input.Add(typed.ToArray()));
        _sources.Add(new TerminalSource(_loop, context.Writer, _terminal, _view));
        context.Journal.Freed += Update;
        _ = _view.StartAsync(columns, rows, environment);
    }

    private Engine(KeeperContext context, IReadOnlyDictionary<string, string> environment)
    {
        _loop = context.Loop;
        _environment = environment;
        // Set by the two others, which do all that can fail.
        (_child, _input) = (null!, null!);
    }

    public int Pid => _child.Pid;

    public bool IsGone => _gone || _child.Ended.IsCompleted;

    /// <summary>Completes when it has ended and its last output is an event.</summary>
    public async Task<Ending> RunToEndAsync()
    {
        var ending = await _child.Ended;
        _kill?.Cancel();
        _input.Close();
        // What it left in the pipe is read even when the journal is full: it is bounded by the pipe.
        foreach (var source in _sources)
            for (var turn = 0; turn < RestBytesMax / (64 * 1024) && source.ReadAnyway(); turn++)
            {
            }
        // A process that it left behind may hold the pipe open, and may be about to print the last lines of a pipeline. It gets a moment.
        var all = Task.WhenAll(_sources.Select(source => source.Ended));
        while (!all.IsCompleted && EventLoop.Now - _sources.Max(source => source.LastRead) < StragglersMs && await Task.WhenAny(all, _loop.Delay(StragglersMs / 5)) != all)
        {
        }
        _gone = true;
        foreach (var source in _sources)
            source.Finish();
        _view?.Close();
        if (_terminal >= 0)
            _ = Libc.Close(_terminal);
        return ending;
    }

    /// <summary>Types the first text: into a terminal once the program has drawn its prompt, as it would otherwise be thrown away or shown twice.</summary>
    public async Task TypeFirstAsync(string text, bool end)
    {
        const int settleMs = 100, promptMs = 1_000;
        var started = EventLoop.Now;
        while (_terminal >= 0 && !IsGone)
        {
            var last = _sources[0].LastRead;
            if (last > 0 ? EventLoop.Now - last >= settleMs : EventLoop.Now - started >= promptMs)
                break;
            if (EventLoop.Now - started >= 10 * promptMs)
                break;
            await _loop.Delay(settleMs / 4);
        }
        _ = Type(text, enter: true, end);
    }

    /// <summary>Types text and Enter. Null when it was taken.</summary>
    public Refusal? Type(string text, bool enter, bool end)
    {
        if (IsGone || _input.IsClosed)
            return Refusal.EngineGone;
        var bytes = Encoding.UTF8.GetBytes(text);
        var taken = bytes.Length == 0 || _terminal < 0
            ? _input.Add([.. bytes, .. enter ? _terminal < 0 ? "\n"u8 : "\r"u8 : []])
            // Terminal programs take text and Enter that come together for a paste, in which Enter is a new line.
            : _input.Add(bytes) && (!enter || _input.Add("\r"u8.ToArray(), EnterPauseMs));
        if (!taken)
            return new Refusal("input.full", $"The engine does not read its input; {InputQueue.BytesMax} bytes are waiting.");
        if (end && _terminal < 0)
            _input.End();
        else if (end)
            _input.Add([4]);
        return null;
    }

    public Refusal? Resize(int columns, int rows)
    {
        if (IsGone)
            return Refusal.EngineGone;
        if (_terminal < 0)
            return new Refusal("command.invalid", "The engine has no terminal.");
        if (columns is < 1 or > 1000 || rows is < 1 or > 1000)
            return new Refusal("command.invalid", "columns and rows must be 1 to 1000.");
        Terminal.Resize(_terminal, columns, rows);
        _ = _view?.ResizeAsync(columns, rows, _environment);
        return null;
    }

    public Refusal? Signal(int signal)
    {
        if (IsGone)
            return Refusal.EngineGone;
        _child.Signal(signal);
        // An interactive shell gives each job a group of its own: the one that has the terminal is meant too.
        if (_terminal >= 0 && Terminal.ForegroundGroup(_terminal) is > 1 and var group && group != _child.Pid)
            _ = Libc.SendSignal(-group, signal);
        return null;
    }

    /// <summary>Asks it to end, and kills it after the time. Asking again does not prolong the time.</summary>
    public void Stop(long graceMs)
    {
        if (IsGone)
            return;
        Signal(Libc.Terminate);
        // A stopped process takes TERM only when it goes on.
        Signal(Libc.Continue);
        var kill = _loop.After(graceMs, () => Signal(Libc.Kill));
        if (_kill is null)
            _kill = kill;
    }

    public void Kill() => Signal(Libc.Kill);

    private void Update()
    {
        foreach (var source in _sources)
            source.Update();
    }
}
