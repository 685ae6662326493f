using System.Diagnostics;

namespace Squad.Api.Tests;

/// <summary>What a git client printed and how it ended.</summary>
public sealed record GitSaid(int Code, string Output, string Error)
{
    public string All => Output + Error;
}

/// <summary>A real git client with an empty home and no configuration but what a test gives it.</summary>
public sealed class GitClient(string home)
{
    public string Home { get; } = home;

    public string In(string folder) => Path.Combine(Home, folder);

    /// <summary>Runs git in a folder of the home and requires that it succeeds.</summary>
    public async Task<string> RunAsync(string folder, params string[] arguments)
    {
        var said = await TryAsync(folder, [], arguments);
        Assert.True(said.Code == 0, $"git {string.Join(' ', arguments)} ended with {said.Code}: {said.All}");
        return said.Output.Trim();
    }

    public async Task<GitSaid> TryAsync(string folder, (string Name, string Value)[] environment, params string[] arguments)
    {
        using var process = Start(folder, environment, arguments);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return new GitSaid(process.ExitCode, await output, await error);
    }

    public Process Start(string folder, (string Name, string Value)[] environment, params string[] arguments)
    {
        var start = new ProcessStartInfo("git", arguments)
        {
            WorkingDirectory = In(folder),
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        start.Environment["PATH"] = Environment.GetEnvironmentVariable("PATH");
        start.Environment["HOME"] = Home;
        start.Environment["GIT_CONFIG_NOSYSTEM"] = "1";
        start.Environment["GIT_TERMINAL_PROMPT"] = "0";
        start.Environment["LC_ALL"] = "C";
        foreach (var who in new[] { "AUTHOR", "COMMITTER" })
        {
            start.Environment[$"GIT_{who}_NAME"] = "Tester";
            start.Environment[$"GIT_{who}_EMAIL"] = "tester@example.org";
        }
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    /// <summary>A new work tree on branch main with one commit.</summary>
    public async Task<string> NewWorkAsync(string folder, string text = "hello\n")
    {
        Directory.CreateDirectory(In(folder));
        await RunAsync(folder, "init", "-q", "-b", "main");
        return await CommitAsync(folder, "file.txt", text);
    }

    /// <summary>Commits a file; the new commit's id.</summary>
    public async Task<string> CommitAsync(string folder, string file, string text)
    {
        await File.WriteAllTextAsync(Path.Combine(In(folder), file), text);
        return await CommitAllAsync(folder, $"Change {file}");
    }

    public async Task<string> CommitAllAsync(string folder, string message)
    {
        await RunAsync(folder, "add", "-A");
        await RunAsync(folder, "commit", "-q", "-m", message);
        return await RunAsync(folder, "rev-parse", "HEAD");
    }

    /// <summary>Commits files of random bytes, which git cannot compress.</summary>
    public async Task<string> CommitRandomAsync(string folder, int files, int bytesEach)
    {
        var bytes = new byte[bytesEach];
        for (var i = 0; i < files; i++)
        {
            new Random(i).NextBytes(bytes);
            await File.WriteAllBytesAsync(Path.Combine(In(folder), $"random-{i}.bin"), bytes);
        }
        return await CommitAllAsync(folder, "Random bytes");
    }
}
