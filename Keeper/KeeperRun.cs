using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Squad.Keeper.Control;
using Squad.Keeper.Loop;
using Squad.Keeper.Processes;
using Squad.Keeper.Work;

namespace Squad.Keeper;

/// <summary>
/// One Keeper's life: wait for the spec, make the workspace, run the setup, run the engine, tell how it ended. Everything on the loop's thread.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "Lives as long as the process.")]
internal sealed class KeeperRun(KeeperContext context) : ICommandTarget
{
    private const int Stopped = 128 + Native.Libc.Terminate;

    private readonly TaskCompletionSource<Spec?> _spec = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stopping = new();
    private Engine? _engine;
    private Engine? _setup;
    private DiskMeter? _disk;
    private long _graceMs;

    public string? Session { get; private set; }

    /// <summary>To the end; the result is Keeper's exit code.</summary>
    public async Task<int> RunAsync()
    {
        var (spec, failure) = ReadSpec();
        if (failure is null && spec is null)
            spec = await _spec.Task;
        var code = Stopped;
        if (failure is null && spec is not null)
            (code, failure) = await WorkAsync(spec);
        if (failure is null)
            return code;
        context.Writer.Error(failure.Code, failure.Message);
        return failure.ExitCode;
    }

    public Refusal? Run(Spec spec)
    {
        if (Session is not null || !_spec.TrySetResult(spec))
            return new Refusal("run.already", "This Keeper has its work already.");
        Session = spec.Session;
        return null;
    }

    public Refusal? Input(string text, bool enter, bool end) => _engine is { } engine ? engine.Type(text, enter, end) : Refusal.EngineGone;

    public Refusal? Resize(int columns, int rows) => _engine is { } engine ? engine.Resize(columns, rows) : Refusal.EngineGone;

    public Refusal? Signal(int signal) => _engine is { } engine ? engine.Signal(signal) : Refusal.EngineGone;

    public void Stop(long graceMs)
    {
        _graceMs = graceMs;
        _stopping.Cancel();
        _spec.TrySetResult(null);
        _setup?.Stop(graceMs);
        _engine?.Stop(graceMs);
    }

    public Task<long?> MeasureDiskAsync() => _disk?.MeasureAsync() ?? Task.FromResult<long?>(null);

    /// <summary>Stops, and the second time kills: SIGTERM and its like.</summary>
    public void StopOrKill(long graceMs)
    {
        var again = _stopping.IsCancellationRequested;
        Stop(graceMs);
        if (!again)
            return;
        _setup?.Kill();
        _engine?.Kill();
    }

    private (Spec? Spec, Failure? Failure) ReadSpec()
    {
        var path = Path.Combine(context.Options.Directory, "spec.json");
        try
        {
            if (!File.Exists(path))
                return (null, null);
            var bytes = File.ReadAllBytes(path);
            // It may hold secrets of the engine's environment: it does not stay.
            File.Delete(path);
            using var json = JsonDocument.Parse(bytes);
            var (spec, error) = Spec.Read(json.RootElement);
            Session = spec?.Session;
            return spec is null ? (null, new Failure("spec.invalid", error!, Failure.SpecInvalid)) : (spec, null);
        }
        catch (Exception broken) when (broken is JsonException or IOException or UnauthorizedAccessException)
        {
            return (null, new Failure("spec.invalid", "spec.json cannot be read: " + broken.Message, Failure.SpecInvalid));
        }
    }

    private async Task<(int Code, Failure? Failure)> WorkAsync(Spec spec)
    {
        var started = EventLoop.Now;
        var directory = context.Options.Directory;
        var environment = EnvironmentOf(spec);
        Git.WriteConfig(directory);
        var git = new Git(context.Helper, directory, environment);
        var (workspace, failure) = await new WorkspaceMaker(git, directory).MakeAsync(spec, _stopping.Token);
        if (_stopping.IsCancellationRequested)
            return (Stopped, StoppedEarly());
        if (workspace is null)
            return (0, failure);
        _disk = new DiskMeter(context.Helper, context.Writer, workspace.Path);
        context.Writer.Emit("workspace.ready", json =>
        {
            json.WriteString("commit", workspace.Commit);
            json.WriteString("branch", workspace.Branch);
            json.WriteNumber("ms", EventLoop.Now - started);
        });
        if (spec.Setup is not null && await SetUpAsync(spec, environment) is { } refused)
            return (0, refused);
        return await RunEngineAsync(spec, environment, workspace, git);
    }

    private async Task<Failure?> SetUpAsync(Spec spec, IReadOnlyDictionary<string, string> environment)
    {
        try
        {
            _setup = new Engine(context, spec.Setup!, spec.Workspace, environment, setup: true);
        }
        catch (IOException broken)
        {
            return new Failure("setup.failed", broken.Message, Failure.SetupFailed);
        }
        // Nobody types into a setup: it must not wait for it.
        _setup.Type("", enter: false, end: true);
        var ending = await _setup.RunToEndAsync();
        _setup = null;
        if (_stopping.IsCancellationRequested)
            return StoppedEarly();
        return ending.Code == 0 ? null : new Failure(
            "setup.failed",
            ending.Signal is null ? $"The setup command exited with {ending.Code}." : $"The setup command was ended by {ending.Signal}.",
            Failure.SetupFailed);
    }

    private async Task<(int Code, Failure? Failure)> RunEngineAsync(
        Spec spec, IReadOnlyDictionary<string, string> environment, Workspace workspace, Git git)
    {
        var started = EventLoop.Now;
        try
        {
            _engine = spec.Terminal
                ? new Engine(context, spec.Command, spec.Workspace, environment, spec.Columns, spec.Rows)
                : new Engine(context, spec.Command, spec.Workspace, environment, setup: false);
        }
        catch (IOException broken)
        {
            return (0, new Failure("engine.startFailed", broken.Message, 126));
        }
        context.Writer.Emit("engine.started", json =>
        {
            json.WriteString("program", spec.Command);
            json.WriteString("mode", spec.Terminal ? "terminal" : "pipe");
            json.WriteNumber("pid", _engine.Pid);
        });
        if (_stopping.IsCancellationRequested)
            _engine.Stop(_graceMs);
        if (spec.Input is not null || spec.InputEnds)
            _ = spec.Input is null ? Task.FromResult(_engine.Type("", enter: false, end: true)) : _engine.TypeFirstAsync(spec.Input, spec.InputEnds);
        var diff = new DiffWatcher(context.Loop, context.Writer, git, workspace, context.Options.Directory);
        diff.Start();
        var ending = await _engine.RunToEndAsync();
        var ms = EventLoop.Now - started;
        await diff.EndAsync();
        TellEnd(spec, ending, ms);
        return (ending.Code, null);
    }

    private void TellEnd(Spec spec, Ending ending, long ms)
    {
        if (ending is { Code: 127, Signal: null })
            context.Writer.Error("engine.notFound", $"The command was not found: {spec.Command}");
        else if (ending is { Code: 126, Signal: null })
            context.Writer.Error("engine.notExecutable", $"The command cannot be executed: {spec.Command}");
        context.Writer.Emit("engine.exited", json =>
        {
            json.WriteNumber("code", ending.Code);
            json.WriteString("signal", ending.Signal);
            json.WriteNumber("ms", ms);
        });
    }

    private Dictionary<string, string> EnvironmentOf(Spec spec)
    {
        var environment = new Dictionary<string, string>();
        foreach (DictionaryEntry variable in System.Environment.GetEnvironmentVariables())
            environment[(string)variable.Key] = (string?)variable.Value ?? "";
        environment["GIT_CONFIG_GLOBAL"] = Git.ConfigPath(context.Options.Directory);
        environment["SQUAD_SESSION"] = spec.Session;
        environment["PWD"] = spec.Workspace;
        if (spec.Terminal)
            environment["TERM"] = "xterm-256color";
        foreach (var (name, value) in spec.Environment)
            environment[name] = value;
        return environment;
    }

    private static Failure StoppedEarly() => new("keeper.stopped", "Stopped before the engine started.", Stopped);
}
