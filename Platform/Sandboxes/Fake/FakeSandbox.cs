using System.IO.Pipelines;

namespace Squad.Platform.Sandboxes.Fake;

/// <summary>
/// One sandbox of <see cref="FakeSandboxEngine"/>, as the program in it sees it. A test's program reads <see cref="Input"/>, writes
/// <see cref="Output"/>, watches <see cref="TermReceived"/>, and returns its exit code. All members may be used from any thread.
/// </summary>
public sealed class FakeSandbox
{
    private readonly Pipe input = new();
    private readonly Pipe output = new();

    internal FakeSandbox(SandboxRef reference, SandboxSpec spec)
    {
        Ref = reference;
        Spec = spec;
    }

    public SandboxRef Ref { get; }

    public SandboxSpec Spec { get; }

    /// <summary>What was written to its standard input.</summary>
    public Stream Input => input.Reader.AsStream();

    /// <summary>Its standard output. Unlike a pipe to nobody it never blocks the program.</summary>
    public Stream Output => output.Writer.AsStream();

    /// <summary>Cancelled when it is asked to end (TERM).</summary>
    public CancellationToken TermReceived => Term.Token;

    /// <summary>What the next <see cref="ISandboxEngine.StatsAsync"/> reports.</summary>
    public SandboxStats Stats { get; set; } = new(CpuPercent: 1, MemoryBytes: 4 << 20, Pids: 1);

    /// <summary>How often it was started.</summary>
    public int Starts { get; internal set; }

    internal CancellationTokenSource Term { get; private set; } = new();

    internal TaskCompletionSource<SandboxExit> Exited { get; private set; } = NewExit();

    internal SandboxPhase Phase { get; set; } = SandboxPhase.Created;

    internal SandboxAttachment Attach() => new(input.Writer.AsStream(leaveOpen: true), output.Reader.AsStream(leaveOpen: true), Detached.Instance);

    internal void CloseOutput() => output.Writer.Complete();

    internal void BeginAgain()
    {
        Term = new CancellationTokenSource();
        Exited = NewExit();
        output.Reader.Complete();
        output.Writer.Complete();
        output.Reset();
    }

    private static TaskCompletionSource<SandboxExit> NewExit() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed class Detached : IAsyncDisposable
    {
        public static readonly Detached Instance = new();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
