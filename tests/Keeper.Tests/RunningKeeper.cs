using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Squad.Platform.Sandboxes.Keeper;

namespace Squad.Keeper.Tests;

/// <summary>
/// One real Keeper in a directory of its own, as a plain child process. <c>SQUAD_KEEPER</c> names another build of it to test, e.g. the NativeAOT one.
/// </summary>
internal sealed class RunningKeeper : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _root = System.IO.Directory.CreateTempSubdirectory("keeper-").FullName;
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromSeconds(60));

    public RunningKeeper(string? directory = null)
    {
        Directory = directory ?? Path.Combine(_root, "shared", "keeper");
        Repository = Path.Combine(_root, "origin.git");
        Workspace = Path.Combine(_root, "workspace");
        SandboxDirectory.Create(Directory, user: null);
    }

    public string Root => _root;

    public string Directory { get; }

    public string Repository { get; }

    public string Workspace { get; }

    public Process? Process { get; private set; }

    public Dictionary<string, string?> Environment { get; } = new() { ["SQUAD_STDOUT"] = "none" };

    /// <summary>A program, and its arguments, that starts Keeper instead of the test.</summary>
    public string[] Before { get; init; } = [];

    public CancellationToken Cancellation => _patience.Token;

    public KeeperSpec Spec(string command) => new()
    {
        Session = "s1",
        Workspace = Workspace,
        Repository = null,
        Command = command,
    };

    public KeeperSpec Terminal(string command) => Spec(command) with { Mode = KeeperMode.Terminal };

    public static string Executable =>
        System.Environment.GetEnvironmentVariable("SQUAD_KEEPER") is { Length: > 0 } other ? other : Path.Combine(AppContext.BaseDirectory, "Squad.Keeper");

    public Process Start(KeeperSpec? spec, params string[] arguments)
    {
        if (spec is not null)
            SandboxDirectory.WriteSpec(Directory, spec, user: null);
        string[] line = [.. Before, Executable, "--dir", Directory, .. arguments];
        var start = new ProcessStartInfo(line[0], line[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in Environment)
            start.Environment[name] = value;
        return Process = Process.Start(start)!;
    }

    public async Task<KeeperConnection> ConnectAsync()
    {
        var connection = await KeeperConnection.ConnectAsync(Directory, Patience, cancellation: Cancellation);
        Assert.True(connection.IsOk, connection.Error?.Message);
        return connection.Value;
    }

    /// <summary>Starts it, follows it to its end while acknowledging everything, and returns all its events.</summary>
    public async Task<List<JsonElement>> RunAsync(KeeperSpec spec, params string[] arguments)
    {
        Start(spec, arguments);
        await using var connection = await ConnectAsync();
        Assert.True((await connection.AttachAsync(0, Cancellation)).IsOk);
        return await ReadAsync(connection, ended => false);
    }

    /// <summary>Reads and acknowledges until an event is the one that is waited for, or the connection ends.</summary>
    public async Task<List<JsonElement>> ReadAsync(KeeperConnection connection, Func<JsonElement, bool> until)
    {
        var events = new List<JsonElement>();
        while (await connection.ReadBatchAsync(Cancellation) is { } batch)
        {
            var parsed = Parse(batch.Lines.Span);
            Assert.Equal(batch.Count, parsed.Count);
            events.AddRange(parsed);
            await connection.AckAsync(batch.Last, Cancellation);
            if (parsed.Any(until))
                break;
        }
        return events;
    }

    public async Task<int> ExitAsync()
    {
        await Process!.WaitForExitAsync(Cancellation);
        return Process.ExitCode;
    }

    public static List<JsonElement> Parse(ReadOnlySpan<byte> lines)
    {
        var events = new List<JsonElement>();
        foreach (var range in lines.Split((byte)'\n'))
        {
            if (lines[range].IsEmpty)
                continue;
            var reader = new Utf8JsonReader(lines[range]);
            events.Add(JsonElement.ParseValue(ref reader));
        }
        return events;
    }

    /// <summary>How many lines of output end in a batch: a line comes in several events when its program was held up in the middle of it.</summary>
    public static long LinesIn(KeeperBatch batch) => batch.Count - batch.Signals.Count - batch.Lines.Span.Count("\"partial\":true}}\n"u8);

    /// <summary>A connection that speaks raw lines.</summary>
    public async Task<(StreamReader Reader, Stream Writer)> OpenRawAsync()
    {
        await using (await ConnectAsync())
        {
        }
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path.Combine(Directory, SandboxDirectory.SocketName)), Cancellation);
        var stream = new NetworkStream(socket, ownsSocket: true);
        return (new StreamReader(stream, Encoding.UTF8), stream);
    }

    public async Task GitAsync(string directory, params string[] arguments)
    {
        var start = new ProcessStartInfo("git", arguments) { WorkingDirectory = directory, RedirectStandardError = true };
        using var git = Process.Start(start)!;
        var error = await git.StandardError.ReadToEndAsync(Cancellation);
        await git.WaitForExitAsync(Cancellation);
        Assert.True(git.ExitCode == 0, error);
    }

    /// <summary>A bare repository with the branches main and feature, the tag v1, and one file.</summary>
    public async Task MakeRepositoryAsync()
    {
        await GitAsync(_root, "init", "--quiet", "--bare", "-b", "main", Repository);
        var clone = Path.Combine(_root, "author");
        await GitAsync(_root, "clone", "--quiet", Repository, clone);
        await GitAsync(clone, "config", "user.name", "Author");
        await GitAsync(clone, "config", "user.email", "author@example.org");
        await File.WriteAllTextAsync(Path.Combine(clone, "readme"), "one\ntwo\n", Cancellation);
        await GitAsync(clone, "add", ".");
        await GitAsync(clone, "commit", "--quiet", "-m", "First");
        await GitAsync(clone, "tag", "v1");
        await GitAsync(clone, "push", "--quiet", "origin", "HEAD:main", "HEAD:feature", "v1");
    }

    public async Task DisposeProcessAsync()
    {
        if (Process is null)
            return;
        if (!Process.HasExited)
            Process.Kill();
        await Process.WaitForExitAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await DisposeProcessAsync();
        Process?.Dispose();
        _patience.Dispose();
        SandboxDirectory.Remove(_root);
    }
}

internal static class Events
{
    public static string Type(this JsonElement e) => e.GetProperty("type").GetString()!;

    public static JsonElement Data(this JsonElement e) => e.GetProperty("data");

    public static long N(this JsonElement e) => e.GetProperty("n").GetInt64();

    public static string Text(this JsonElement e) => e.Data().GetProperty("text").GetString()!;

    public static JsonElement One(this IEnumerable<JsonElement> events, string type) => Assert.Single(events, e => e.Type() == type);

    public static IEnumerable<JsonElement> Of(this IEnumerable<JsonElement> events, string type) => events.Where(e => e.Type() == type);

    /// <summary>All text of one stream put together as the program wrote it, for lines: pieces joined, lines ended.</summary>
    public static string Joined(this IEnumerable<JsonElement> events, string stream)
    {
        var text = new StringBuilder();
        foreach (var e in events.Of("engine.output").Where(e => e.Data().GetProperty("stream").ValueEquals(stream)))
        {
            text.Append(e.Text());
            if (stream != "terminal" && !e.Data().TryGetProperty("partial", out _))
                text.Append('\n');
        }
        return text.ToString();
    }

    public static void AreGapless(this IEnumerable<JsonElement> events, long first = 1)
    {
        foreach (var e in events)
            Assert.Equal(first++, e.N());
    }
}
