using Squad.Sessions;

namespace Squad.Api.Sessions;

/// <summary>A way to run an engine, by name: what the new-session form offers.</summary>
/// <param name="Command">Shell command line; null where the user gives it.</param>
public sealed record Profile(string Name, string Title, string? Command, EngineMode Mode, string Description);

/// <summary>The profiles that are there. Section <c>Squad:Profiles</c> adds to, or replaces by name, the built-in ones.</summary>
public sealed class ProfileOptions
{
    private static readonly Profile[] BuiltIn =
    [
        new("command", "Command", null, EngineMode.Pipe, "Any command line. Its output is kept line by line, and lines of JSON become events."),
        new("terminal", "Terminal command", null, EngineMode.Terminal, "Any command line, in a terminal of its own."),
        new("shell", "Shell", "bash -l", EngineMode.Terminal, "A login shell in the workspace."),
        new("claude", "Claude Code", "claude", EngineMode.Terminal, "Anthropic's agent. The image must have it."),
        new("codex", "Codex", "codex", EngineMode.Terminal, "OpenAI's agent. The image must have it."),
        new("aider", "Aider", "aider", EngineMode.Terminal, "Pair programming with aider. The image must have it."),
    ];

    /// <summary>Further profiles. Default: none.</summary>
    public List<Profile> Profiles { get; set; } = [];

    public IReadOnlyList<Profile> All => [.. BuiltIn.Where(b => Profiles.TrueForAll(p => p.Name != b.Name)), .. Profiles];
}
