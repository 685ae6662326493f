using System.Globalization;
using System.Text;
using Microsoft.Extensions.Options;

namespace Squad.Platform.Git;

/// <summary>
/// The whole environment that git runs in: nothing of the server's own environment but PATH, an empty home, no system or user configuration,
/// no prompts, and one configuration file of our own that holds the house's policy for every repository. Hooks never run.
/// </summary>
public sealed class GitEnvironment
{
    private readonly GitOptions _options;
    private readonly Lazy<IReadOnlyDictionary<string, string>> _variables;

    public GitEnvironment(IOptions<GitOptions> options)
    {
        _options = options.Value;
        Home = Path.Combine(Path.GetFullPath(_options.Directory), ".squad");
        _variables = new(Prepare, LazyThreadSafetyMode.ExecutionAndPublication);
    }

    public string Executable => _options.Executable;

    /// <summary>An empty directory but for the policy; the working directory of commands that need none.</summary>
    public string Home { get; }

    public IReadOnlyDictionary<string, string> Variables => _variables.Value;

    private Dictionary<string, string> Prepare()
    {
        Directory.CreateDirectory(Home);
        var policy = Path.Combine(Home, "policy.gitconfig");
        var partial = $"{policy}.{Guid.NewGuid():n}";
        File.WriteAllText(partial, Policy(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        File.Move(partial, policy, overwrite: true);
        return new Dictionary<string, string>
        {
            ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "/usr/local/bin:/usr/bin:/bin",
            ["HOME"] = Home,
            ["LANG"] = "C",
            ["LC_ALL"] = "C",
            ["GIT_CONFIG_NOSYSTEM"] = "1",
            ["GIT_CONFIG_GLOBAL"] = policy,
            ["GIT_ATTR_NOSYSTEM"] = "1",
            ["GIT_TERMINAL_PROMPT"] = "0",
            ["GIT_ASKPASS"] = "true",
            ["SSH_ASKPASS"] = "true",
            ["GIT_SSH_COMMAND"] = "ssh -oBatchMode=yes -oStrictHostKeyChecking=accept-new",
            ["GIT_ALLOW_PROTOCOL"] = "none",
        };
    }

    // Histories made by old tools carry these three faults; they harm nobody, and refusing them would refuse well-known repositories.
    private string Policy() => string.Create(CultureInfo.InvariantCulture, $"""
        # Written by Squad at each start; changes are lost.
        [core]
            hooksPath = /dev/null
            fsync = objects,reference
            fsyncMethod = batch
            logAllRefUpdates = false
        [safe]
            directory = *
            bareRepository = all
        [init]
            defaultBranch = main
        [user]
            name = Squad
            email = squad@localhost
        [gc]
            auto = 0
        [maintenance]
            auto = false
        [transfer]
            fsckObjects = true
            hideRefs = refs/squad
            unpackLimit = 100
        [fetch "fsck"]
            zeroPaddedFilemode = warn
            missingSpaceBeforeDate = warn
            badTimezone = warn
        [receive]
            maxInputSize = {_options.PushBytesMax}
            autogc = false
            advertisePushOptions = false
        [receive "fsck"]
            zeroPaddedFilemode = warn
            missingSpaceBeforeDate = warn
            badTimezone = warn
        [http]
            receivepack = true
        [uploadpack]
            allowFilter = true
            allowReachableSHA1InWant = true
        [protocol]
            version = 2
        [repack]
            writeBitmaps = true
        [pack]
            writeReverseIndex = true

        """);
}
