// Keeper runs on Linux only.
#pragma warning disable CA1416
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Squad.Keeper.Control;
using Squad.Keeper.Events;
using Squad.Keeper.Loop;
using Squad.Keeper.Native;
using Squad.Keeper.Processes;

namespace Squad.Keeper;

/// <summary>Puts a Keeper together: the loop, the journal, the socket, the signals. Runs it and ends it in order.</summary>
[SuppressMessage("Design", "CA1001", Justification = "Lives as long as the process; Run ends what it holds.")]
internal sealed class KeeperHost
{
    private const int SignalGraceMs = 10_000;
    private const int DiskRetryMs = 1_000;

    private readonly EventLoop _loop = new();
    private readonly Children _children;
    private readonly Reaper _reaper;
    private readonly KeeperOptions _options;
    private readonly Journal _journal;
    private readonly KeeperContext _context;
    private readonly Printer _printer;
    private readonly KeeperRun _run;
    private readonly CommandHandler _commands;
    private readonly TaskCompletionSource _acknowledged = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Door? _door;
    private bool _ending;
    private bool _diskFull;

    /// <exception cref="IOException">The directory cannot be used.</exception>
    public KeeperHost(KeeperOptions options)
    {
        _options = options;
        _reaper = new Reaper(_loop, () => _children!.Reap());
        _children = new Children(_reaper.HasStarted);
        Directory.CreateDirectory(options.Directory);
        _printer = new Printer(_loop, options.Printed);
        _journal = new Journal(Path.Combine(options.Directory, "journal"), options.JournalBytes);
        var writer = new EventWriter(_journal, _printer, TimeProvider.System);
        _context = new KeeperContext(options, _loop, _children, new Helper(_loop, _children), _journal, writer);
        _run = new KeeperRun(_context);
        _commands = new CommandHandler(_journal, _run) { Acknowledged = CheckAcknowledged };
        _journal.Written += Written;
    }

    public int Run()
    {
        const int becomeSubreaper = 36;
        _ = Libc.ProcessControl(becomeSubreaper, 1, 0, 0, 0);
        _ = Libc.SetHandler(Libc.Pipe, 1);
        using var terminate = OnStop(PosixSignal.SIGTERM);
        using var interrupt = OnStop(PosixSignal.SIGINT);
        using var hangup = OnStop(PosixSignal.SIGHUP);
        _reaper.Start();
        Open();
        try
        {
            return _loop.Run(RunAsync);
        }
        finally
        {
            _door?.Dispose();
            _children.KillAll();
            _journal.Dispose();
        }
    }

    private async Task<int> RunAsync()
    {
        var code = await _run.RunAsync();
        _ending = true;
        CheckAcknowledged();
        await LingerAsync();
        return code;
    }

    /// <summary>Stays as long as the last events are being taken: a slow node that is at it is not left to the journal.</summary>
    private async Task LingerAsync()
    {
        long before;
        do
        {
            before = _journal.Acknowledged;
            await Task.WhenAny(_acknowledged.Task, _loop.Delay(_options.LingerMs));
        }
        while (!_acknowledged.Task.IsCompleted && _journal.Acknowledged > before);
    }

    private void Open()
    {
        if (_options.Stdio)
        {
            Libc.SetNonBlocking(0);
            Libc.SetNonBlocking(1);
            _commands.AttachNow(new Client(_loop, 0, 1, _commands.Handle));
            return;
        }
        _door = new Door(_loop, _options.Directory, fd => _ = new Client(_loop, fd, fd, _commands.Handle) { Closed = _ => _door!.Left() });
        // Commands by hand, as of docker attach. Without anybody there it is /dev/null or closed, and ends at once.
        if (Libc.Control(0, 1, 0) >= 0)
            _ = new Client(_loop, 0, 1, _commands.Handle) { Answers = Print };
    }

    private void Print(ReadOnlySpan<byte> answers)
    {
        _printer.Print(answers);
        _printer.Send();
    }

    /// <summary>The attached client is sent what is new; a disk that is full is tried again until it is not.</summary>
    private void Written()
    {
        _commands.Attached?.Send();
        if (!_journal.IsStuck || _diskFull)
            return;
        _diskFull = true;
        _context.Writer.Error("journal.diskFull", "The journal cannot be written; the engine waits until there is space.");
        _loop.After(DiskRetryMs, RetryDisk);
    }

    private void RetryDisk()
    {
        _diskFull = !_journal.Flush();
        if (_diskFull)
            _loop.After(DiskRetryMs, RetryDisk);
    }

    private void CheckAcknowledged()
    {
        if (_ending && _journal.Acknowledged >= _journal.Last)
            _acknowledged.TrySetResult();
    }

    private PosixSignalRegistration OnStop(PosixSignal signal) => PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        _loop.Post(() => _run.StopOrKill(SignalGraceMs));
    });
}
