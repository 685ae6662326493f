using System.Globalization;
using Squad.Keeper.Events;
using Squad.Keeper.Loop;

namespace Squad.Keeper.Work;

/// <summary>
/// Tells how much the workspace differs from its base, untracked files included: every few seconds, but only when the engine has printed something since
/// the last time, and only when the numbers have changed. A git that fails or takes long is no event.
/// </summary>
internal sealed class DiffWatcher(EventLoop loop, EventWriter writer, Git git, Workspace workspace, string directory)
{
    private const int EveryMs = 5_000;
    private const int TimeoutMs = 30_000;

    private readonly string _index = Path.Combine(directory, "diff.index");
    private (int Added, int Removed, int Files) _told;
    private long _seen = -1;
    private bool _running = true;
    private Task _check = Task.CompletedTask;

    public void Start() => loop.After(EveryMs, Tick);

    /// <summary>Ends the watching with a last look.</summary>
    public async Task EndAsync()
    {
        _running = false;
        await _check;
        await CheckAsync(10_000, always: true);
    }

    private void Tick()
    {
        if (!_running)
            return;
        if (_check.IsCompleted && _seen != writer.Outputs)
        {
            _seen = writer.Outputs;
            _check = CheckAsync(TimeoutMs, always: false);
        }
        loop.After(EveryMs, Tick);
    }

    private async Task CheckAsync(long timeoutMs, bool always)
    {
        if (workspace.Base is null)
            return;
        try
        {
            var theirs = Path.Combine(workspace.Path, ".git", "index");
            if (File.Exists(theirs))
                File.Copy(theirs, _index, overwrite: true);
            else
                File.Delete(_index);
            // Intent to add: new files appear in the diff without their content being stored.
            var add = await git.RunWithIndexAsync(workspace.Path, _index, timeoutMs, "add", "--intent-to-add", "--all", "--", ".");
            var diff = await git.RunWithIndexAsync(workspace.Path, _index, timeoutMs, "diff", "--shortstat", "--no-ext-diff", "--no-textconv", workspace.Base, "--");
            if (!add.Succeeded || !diff.Succeeded)
                return;
            var now = Parse(diff.Output);
            if (now == _told && !always)
                return;
            _told = now;
            writer.Emit("diff.changed", json =>
            {
                json.WriteNumber("added", now.Added);
                json.WriteNumber("removed", now.Removed);
                json.WriteNumber("files", now.Files);
            });
        }
        catch (Exception broken) when (broken is IOException or UnauthorizedAccessException)
        {
            // The engine rearranges its repository, or the disk is full: the next look will tell.
        }
    }

    /// <summary>Reads <c> 3 files changed, 10 insertions(+), 2 deletions(-)</c>, of which each part may be missing.</summary>
    internal static (int Added, int Removed, int Files) Parse(string shortstat)
    {
        (int Added, int Removed, int Files) result = default;
        foreach (var part in shortstat.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var words = part.Split(' ');
            if (words.Length < 2 || !int.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                continue;
            if (words[1].StartsWith("file", StringComparison.Ordinal))
                result.Files = number;
            else if (words[1].StartsWith("insertion", StringComparison.Ordinal))
                result.Added = number;
            else if (words[1].StartsWith("deletion", StringComparison.Ordinal))
                result.Removed = number;
        }
        return result;
    }
}
