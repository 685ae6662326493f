#pragma warning disable CA1416 // Sandboxes are made on Linux.
using System.Collections.Immutable;
using System.Text;
using Squad.Platform.Sandboxes;

namespace Squad.Platform.Tests.Sandboxes;

/// <summary>Programs that every kind of engine can run: shell scripts, or their like on the fake.</summary>
public enum Program
{
    /// <summary>Ends at once with 3.</summary>
    ExitsWith3,

    /// <summary>Prints "ready", waits, and ends with 42 when asked to.</summary>
    EndsWhenAsked,

    /// <summary>Prints "ready" and does not end when asked to.</summary>
    IgnoresAsking,

    /// <summary>Prints "ready", and each line it reads again with "got " before.</summary>
    Echoes,
}

/// <summary>One engine with room to try it, and what a test does again and again. Removes all it made when disposed.</summary>
public abstract class SandboxWorld : IAsyncDisposable
{
    private readonly List<SandboxRef> made = [];
    private int names;

    protected SandboxWorld()
    {
        Root = Directory.CreateTempSubdirectory("squad-sandboxes-").FullName;
        // A sandbox's user on Docker is another one than the test's.
        File.SetUnixFileMode(Root, (UnixFileMode)0b111_101_101);
        Patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
    }

    public abstract ISandboxEngine Engine { get; }

    /// <summary>Another engine object on the same world, as after a restart of the server.</summary>
    public abstract ISandboxEngine Restarted();

    public string Root { get; }

    /// <summary>Labels the world's own, so that tests can run beside others on one daemon.</summary>
    public string Session { get; } = Guid.NewGuid().ToString("n")[..12];

    /// <summary>Ends a test that waits for what does not come.</summary>
    public CancellationToken Cancellation => Patience.Token;

    private CancellationTokenSource Patience { get; }

    public IReadOnlyDictionary<string, string> Labels =>
        new Dictionary<string, string> { [SandboxLabels.Session] = Session, [SandboxLabels.Node] = "test" };

    public SandboxSpec Spec(Program program) => Spec(Scripts[program]) with { Environment = Describe(program, Scripts[program]) };

    /// <summary>A spec whose sandbox runs this shell script.</summary>
    public SandboxSpec Spec(string script)
    {
        var name = $"t{Session}-{Interlocked.Increment(ref names)}";
        var directory = Path.Combine(Root, name);
        Directory.CreateDirectory(directory);
        File.SetUnixFileMode(directory, (UnixFileMode)0b111_111_111);
        return new SandboxSpec
        {
            Name = name,
            Image = Image,
            Directory = directory,
            Labels = Labels,
            Environment = ImmutableDictionary<string, string>.Empty.Add("SCRIPT", script),
            Limits = new SandboxLimits { MemoryBytes = 256 << 20 },
        };
    }

    public async Task<SandboxRef> CreateAsync(SandboxSpec spec)
    {
        var created = await Engine.CreateAsync(spec, Cancellation);
        Assert.Null(created.Error);
        return Track(created.Value!);
    }

    public SandboxRef Track(SandboxRef sandbox)
    {
        made.Add(sandbox);
        return sandbox;
    }

    /// <summary>Creates and starts it, and waits for its "ready".</summary>
    public async Task<(SandboxRef Sandbox, SandboxAttachment Attachment)> RunAsync(SandboxSpec spec)
    {
        var sandbox = await CreateAsync(spec);
        var attached = await Engine.AttachAsync(sandbox, Cancellation);
        Assert.Null(attached.Error);
        Must(await Engine.StartAsync(sandbox, Cancellation));
        Assert.Equal("ready", await LineAsync(attached.Value!.Output));
        return (sandbox, attached.Value);
    }

    /// <summary>Runs a script to its end, and gives all it printed.</summary>
    public async Task<(SandboxExit Exit, string Output)> OutputAsync(SandboxSpec spec)
    {
        var sandbox = await CreateAsync(spec);
        await using var attachment = (await Engine.AttachAsync(sandbox, Cancellation)).Value!;
        Must(await Engine.StartAsync(sandbox, Cancellation));
        using var reader = new StreamReader(attachment.Output, leaveOpen: true);
        var output = await reader.ReadToEndAsync(Cancellation);
        return ((await Engine.WaitAsync(sandbox, Cancellation)).Value!, output);
    }

    public async Task<SandboxStatus?> StatusAsync(SandboxRef sandbox, ISandboxEngine? engine = null)
    {
        var listed = await (engine ?? Engine).ListAsync(Labels, Cancellation);
        Assert.Null(listed.Error);
        return listed.Value!.SingleOrDefault(status => status.Sandbox == sandbox);
    }

    /// <summary>One line, read byte by byte so that nothing after it is taken.</summary>
    public async Task<string> LineAsync(Stream stream)
    {
        var line = new List<byte>();
        var one = new byte[1];
        while (await stream.ReadAsync(one, Cancellation) == 1 && one[0] != '\n')
            line.Add(one[0]);
        return Encoding.UTF8.GetString([.. line]);
    }

    public static void Must(Result result) => Assert.Null(result.Error);

    public async ValueTask DisposeAsync()
    {
        foreach (var sandbox in made)
            await Engine.RemoveAsync(sandbox, withWorkspace: true);
        await DisposeEngineAsync();
        Directory.Delete(Root, recursive: true);
        Patience.Dispose();
        GC.SuppressFinalize(this);
    }

    protected virtual string Image => "squad-session:latest";

    /// <summary>How the program is told to the sandbox.</summary>
    protected virtual IReadOnlyDictionary<string, string> Describe(Program program, string script) =>
        ImmutableDictionary<string, string>.Empty.Add("SCRIPT", script);

    protected virtual ValueTask DisposeEngineAsync() => ValueTask.CompletedTask;

    private static readonly Dictionary<Program, string> Scripts = new()
    {
        [Program.ExitsWith3] = "exit 3",
        [Program.EndsWhenAsked] = "trap 'exit 42' TERM; echo ready; while :; do sleep 3600 & wait $!; done",
        [Program.IgnoresAsking] = "trap '' TERM; echo ready; while :; do sleep 3600; done",
        [Program.Echoes] = "echo ready; while read -r line; do echo \"got $line\"; done",
    };
}
