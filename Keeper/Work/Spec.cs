using System.Text.Json;

namespace Squad.Keeper.Work;

/// <summary>What Keeper is to do; see docs/keeper-protocol.md.</summary>
internal sealed record Spec
{
    public required string Session { get; init; }

    public required string Workspace { get; init; }

    public string? Repository { get; init; }

    public string? Base { get; init; }

    public string? Branch { get; init; }

    public required string AuthorName { get; init; }

    public required string AuthorEmail { get; init; }

    public string? Setup { get; init; }

    public required string Command { get; init; }

    public bool Terminal { get; init; }

    public int Columns { get; init; }

    public int Rows { get; init; }

    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    public string? Input { get; init; }

    public bool InputEnds { get; init; }

    /// <summary>Reads a spec and checks it; the error names the member that is wrong.</summary>
    public static (Spec? Spec, string? Error) Read(JsonElement json)
    {
        try
        {
            if (json.ValueKind != JsonValueKind.Object)
                return (null, "The spec is not a JSON object.");
            var spec = new Spec
            {
                Session = Text(json, "session") ?? "",
                Workspace = Text(json, "workspace") ?? "/workspace",
                Repository = Text(json, "repository"),
                Base = Text(json, "base"),
                Branch = Text(json, "branch"),
                AuthorName = Text(json, "authorName") ?? "Squad",
                AuthorEmail = Text(json, "authorEmail") ?? "squad@localhost",
                Setup = Text(json, "setup"),
                Command = Text(json, "command") ?? "",
                Terminal = Text(json, "mode") is { } mode && (mode == "terminal" || (mode == "pipe" ? false : throw new FormatException("mode is neither pipe nor terminal."))),
                Columns = Number(json, "columns", 120),
                Rows = Number(json, "rows", 32),
                Environment = Variables(json),
                Input = Text(json, "input"),
                InputEnds = json.TryGetProperty("inputEnds", out var ends) && ends.ValueKind == JsonValueKind.True,
            };
            return spec.Problem() is { } problem ? (null, problem) : (spec, null);
        }
        catch (Exception wrong) when (wrong is FormatException or InvalidOperationException or JsonException)
        {
            return (null, "The spec is not valid: " + wrong.Message);
        }
    }

    private string? Problem()
    {
        if (Session.Length == 0)
            return "session is missing.";
        if (Command.Length == 0)
            return "command is missing.";
        if (!Path.IsPathRooted(Workspace))
            return "workspace is not an absolute path.";
        if (Repository is not null && !Path.IsPathRooted(Repository))
            return "repository is not an absolute path.";
        if (Repository is not null && string.IsNullOrEmpty(Branch))
            return "branch is missing.";
        if (Columns is < 1 or > 1000 || Rows is < 1 or > 1000)
            return "columns and rows must be 1 to 1000.";
        string?[] texts = [Workspace, Repository, Base, Branch, AuthorName, AuthorEmail, Setup, Command, .. Environment.Keys, .. Environment.Values];
        if (texts.Any(text => text?.Contains('\0') == true))
            return "a text holds a NUL character.";
        return Environment.Keys.Any(name => name.Length == 0 || name.Contains('=')) ? "environment has a name that is empty or holds '='." : null;
    }

    private static string? Text(JsonElement json, string name) =>
        !json.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : throw new FormatException($"{name} is not a string.");

    private static int Number(JsonElement json, string name, int otherwise) =>
        !json.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null ? otherwise
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number
        : throw new FormatException($"{name} is not a whole number.");

    private static Dictionary<string, string> Variables(JsonElement json)
    {
        var variables = new Dictionary<string, string>();
        if (!json.TryGetProperty("environment", out var given) || given.ValueKind == JsonValueKind.Null)
            return variables;
        if (given.ValueKind != JsonValueKind.Object)
            throw new FormatException("environment is not an object.");
        foreach (var variable in given.EnumerateObject())
            variables[variable.Name] = variable.Value.ValueKind == JsonValueKind.String
                ? variable.Value.GetString()!
                : throw new FormatException($"environment.{variable.Name} is not a string.");
        return variables;
    }
}

/// <summary>Why the work cannot go on, and what Keeper exits with.</summary>
internal sealed record Failure(string Code, string Message, int ExitCode)
{
    public const int SpecInvalid = 64, WorkspaceFailed = 65, SetupFailed = 66;
}
