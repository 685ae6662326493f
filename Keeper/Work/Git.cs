using Squad.Keeper.Processes;

namespace Squad.Keeper.Work;

/// <summary>Runs git in the sandbox, with a configuration of its own: the repository belongs to another user, which git must be told is fine.</summary>
internal sealed class Git(Helper helper, string directory, IReadOnlyDictionary<string, string> environment)
{
    private readonly Dictionary<string, string> _environment = new(environment)
    {
        ["GIT_CONFIG_GLOBAL"] = ConfigPath(directory),
        ["GIT_TERMINAL_PROMPT"] = "0",
        ["LC_ALL"] = "C",
    };

    /// <summary>The global configuration that git and the engine use: that of the user, and any owner's repository is safe.</summary>
    public static string ConfigPath(string directory) => Path.Combine(directory, "gitconfig");

    public static void WriteConfig(string directory) =>
        File.WriteAllText(ConfigPath(directory), "[safe]\n\tdirectory = *\n[include]\n\tpath = ~/.gitconfig\n[advice]\n\tdetachedHead = false\n");

    public Task<HelperResult> RunAsync(string workspace, CancellationToken cancellation, params string[] arguments) =>
        helper.RunAsync(["git", .. arguments], _environment, workspace, timeoutMs: 600_000, cancellation);

    /// <summary>Like <see cref="RunAsync"/>, with an index of its own, so that the user's stays as it is.</summary>
    public Task<HelperResult> RunWithIndexAsync(string workspace, string index, long timeoutMs, params string[] arguments) =>
        helper.RunAsync(
            ["git", "--no-optional-locks", .. arguments],
            new Dictionary<string, string>(_environment) { ["GIT_INDEX_FILE"] = index },
            workspace,
            timeoutMs);
}
