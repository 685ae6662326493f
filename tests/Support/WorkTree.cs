namespace Squad.Tests.Support;

/// <summary>A folder with commits that is pushed with a real git, and is gone afterwards.</summary>
public static class WorkTree
{
    /// <summary>Commits the files on <c>main</c> and pushes it, with the branches, which stand at the same commit.</summary>
    /// <param name="cloneUrl">As the server names it, without a user.</param>
    public static Task PushAsync(Uri cloneUrl, string user, string password, IReadOnlyList<string> branches, IReadOnlyList<(string Path, string Text)> files)
    {
        var url = new UriBuilder(cloneUrl) { UserName = Uri.EscapeDataString(user), Password = Uri.EscapeDataString(password) }.Uri;
        return WithCommitAsync(files, folder => Shell.MustAsync(folder, "git", ["push", "-q", url.AbsoluteUri, "main", .. branches.Select(branch => $"main:refs/heads/{branch}")]));
    }

    /// <summary>Makes a bare repository at the path, of one commit with these files on <c>main</c> and the branches.</summary>
    public static Task BareAsync(string path, IReadOnlyList<string> branches, IReadOnlyList<(string Path, string Text)> files) =>
        WithCommitAsync(files, async folder =>
        {
            foreach (var branch in branches)
                await Shell.MustAsync(folder, "git", "branch", branch);
            await Shell.MustAsync(folder, "git", "clone", "-q", "--bare", folder, path);
        });

    private static async Task WithCommitAsync(IReadOnlyList<(string Path, string Text)> files, Func<string, Task> use)
    {
        var folder = Directory.CreateTempSubdirectory("squad-work-").FullName;
        try
        {
            await Shell.MustAsync(folder, "git", "init", "-q", "-b", "main");
            foreach (var (path, text) in files)
            {
                var file = new FileInfo(Path.Combine(folder, path));
                file.Directory!.Create();
                await File.WriteAllTextAsync(file.FullName, text);
                await Shell.MustAsync(folder, "git", ["add", .. text.StartsWith("#!", StringComparison.Ordinal) ? ["--chmod=+x"] : Array.Empty<string>(), path]);
            }

            await Shell.MustAsync(folder, "git", "-c", "user.name=t", "-c", "user.email=t@example.invalid", "commit", "-qm", "First");
            await use(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
