using System.Buffers;
using System.Text.Json;

namespace Squad.Platform.Sandboxes.Keeper;

/// <summary>How the engine's output is taken.</summary>
public enum KeeperMode
{
    /// <summary>Line by line from its standard output and error.</summary>
    Pipe,

    /// <summary>As the bytes of a terminal.</summary>
    Terminal,
}

/// <summary>What a Keeper is to do: the content of <c>spec.json</c> and of the <c>run</c> command. Paths are those inside the sandbox.</summary>
public sealed record KeeperSpec
{
    public required string Session { get; init; }

    /// <summary>Where the clone is made and the engine runs. Default: <c>/workspace</c>.</summary>
    public string Workspace { get; init; } = "/workspace";

    /// <summary>Bare repository to clone; null for an empty workspace. Default: <c>/run/squad-repository</c>.</summary>
    public string? Repository { get; init; } = "/run/squad-repository";

    /// <summary>Branch, tag or commit that the work starts from; null for the repository's HEAD.</summary>
    public string? Base { get; init; }

    /// <summary>Branch that is made for the work. Needed unless <see cref="Repository"/> is null.</summary>
    public string? Branch { get; init; }

    public string AuthorName { get; init; } = "Squad";

    public string AuthorEmail { get; init; } = "squad@localhost";

    /// <summary>Shell command that runs before the engine; null for none.</summary>
    public string? Setup { get; init; }

    /// <summary>The engine: a shell command line.</summary>
    public required string Command { get; init; }

    public KeeperMode Mode { get; init; } = KeeperMode.Pipe;

    /// <summary>Width of the terminal in characters. Default: 120.</summary>
    public int Columns { get; init; } = 120;

    /// <summary>Height of the terminal in lines. Default: 32.</summary>
    public int Rows { get; init; } = 32;

    /// <summary>Added to the environment of setup and engine.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Typed into the engine after its start, followed by Enter; null for nothing.</summary>
    public string? Input { get; init; }

    /// <summary>
    /// Ends the engine's standard input after <see cref="Input"/> (pipe mode): for engines that read it to its end before they begin. Default: false.
    /// </summary>
    public bool InputEnds { get; init; }

    /// <summary>The JSON that Keeper reads, on one line.</summary>
    public byte[] ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer))
            WriteTo(json);
        return buffer.WrittenSpan.ToArray();
    }

    internal void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("session", Session);
        json.WriteString("workspace", Workspace);
        json.WriteString("repository", Repository);
        json.WriteString("base", Base);
        json.WriteString("branch", Branch);
        json.WriteString("authorName", AuthorName);
        json.WriteString("authorEmail", AuthorEmail);
        json.WriteString("setup", Setup);
        json.WriteString("command", Command);
        json.WriteString("mode", Mode == KeeperMode.Terminal ? "terminal" : "pipe");
        json.WriteNumber("columns", Columns);
        json.WriteNumber("rows", Rows);
        json.WriteStartObject("environment");
        foreach (var (name, value) in Environment)
            json.WriteString(name, value);
        json.WriteEndObject();
        json.WriteString("input", Input);
        json.WriteBoolean("inputEnds", InputEnds);
        json.WriteEndObject();
    }
}
