namespace Squad.Keeper.Tests;

public sealed class WorkspaceTests
{
    [Theory]
    [InlineData("main")]
    [InlineData("feature")]
    [InlineData("v1")]
    [InlineData(null)]
    public async Task The_workspace_is_a_clone_on_a_new_branch(string? from)
    {
        await using var keeper = new RunningKeeper();
        await keeper.MakeRepositoryAsync();
        var events = await keeper.RunAsync(keeper.Spec("git status -b --short; git config user.email; git config remote.origin.url; git fetch origin && echo fetched; cat readme") with
        {
            Repository = keeper.Repository, Base = from, Branch = "squad/fix-1", AuthorEmail = "ada@example.org",
        });
        var ready = events.One("workspace.ready").Data();
        Assert.Equal("squad/fix-1", ready.GetProperty("branch").GetString());
        Assert.Equal(40, ready.GetProperty("commit").GetString()!.Length);
        Assert.Equal($"## squad/fix-1\nada@example.org\n{keeper.Repository}\nfetched\none\ntwo\n", events.Joined("stdout"));
    }

    [Fact]
    public async Task A_commit_can_be_the_base()
    {
        await using var keeper = new RunningKeeper();
        await keeper.MakeRepositoryAsync();
        var head = (await File.ReadAllTextAsync(Path.Combine(keeper.Repository, "refs/heads/main"), keeper.Cancellation)).Trim();
        var events = await keeper.RunAsync(keeper.Spec("true") with { Repository = keeper.Repository, Base = head[..12], Branch = "squad/x" });
        Assert.Equal(head, events.One("workspace.ready").Data().GetProperty("commit").GetString());
    }

    [Theory]
    [InlineData("nope")]
    [InlineData("--upload-pack=x")]
    [InlineData("main~9")]
    [InlineData("../main")]
    public async Task A_base_that_does_not_exist_is_named_with_those_that_do(string from)
    {
        await using var keeper = new RunningKeeper();
        await keeper.MakeRepositoryAsync();
        var events = await keeper.RunAsync(keeper.Spec("true") with { Repository = keeper.Repository, Base = from, Branch = "squad/x" });
        var error = events.One("error").Data();
        Assert.Equal("workspace.branchNotFound", error.GetProperty("code").GetString());
        Assert.Contains($"'{from}'", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Contains("feature, main", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(65, await keeper.ExitAsync());
    }

    [Fact]
    public async Task An_empty_repository_gives_an_unborn_branch()
    {
        await using var keeper = new RunningKeeper();
        await keeper.GitAsync(keeper.Root, "init", "--quiet", "--bare", keeper.Repository);
        var events = await keeper.RunAsync(keeper.Spec("git symbolic-ref HEAD; echo 1 > a; git add a; git commit -qm First && echo done") with
        {
            Repository = keeper.Repository, Base = "main", Branch = "squad/x",
        });
        Assert.Equal("refs/heads/squad/x\ndone\n", events.Joined("stdout"));
        Assert.Equal(System.Text.Json.JsonValueKind.Null, events.One("workspace.ready").Data().GetProperty("commit").ValueKind);
        Assert.Equal(1, events.One("diff.changed").Data().GetProperty("files").GetInt32());
    }

    [Fact]
    public async Task The_diff_counts_commits_edits_deletions_and_new_files_and_leaves_the_index_alone()
    {
        await using var keeper = new RunningKeeper();
        await keeper.MakeRepositoryAsync();
        const string work = "printf 'a\\nb\\n' > committed; git add .; git commit -qm More; echo one > readme; echo 1 > 'new file'; git status --short";
        var events = await keeper.RunAsync(keeper.Spec(work) with { Repository = keeper.Repository, Base = "main", Branch = "squad/x" });
        Assert.Equal(" M readme\n?? \"new file\"\n", events.Joined("stdout"));
        var diff = events.One("diff.changed").Data();
        Assert.Equal((3, 1, 3), (diff.GetProperty("added").GetInt32(), diff.GetProperty("removed").GetInt32(), diff.GetProperty("files").GetInt32()));
    }

    [Fact]
    public async Task A_repository_that_is_not_there_fails_with_its_path()
    {
        await using var keeper = new RunningKeeper();
        var events = await keeper.RunAsync(keeper.Spec("true") with { Repository = keeper.Repository, Branch = "squad/x" });
        Assert.Equal("workspace.failed", events.One("error").Data().GetProperty("code").GetString());
        Assert.Equal(65, await keeper.ExitAsync());
    }

    [Fact]
    public async Task A_restarted_Keeper_keeps_the_clone_and_goes_on_counting()
    {
        await using var keeper = new RunningKeeper();
        await keeper.MakeRepositoryAsync();
        var spec = keeper.Spec("echo work > mine; git switch -q -c other") with { Repository = keeper.Repository, Branch = "squad/x" };
        var first = await keeper.RunAsync(spec);
        await keeper.ExitAsync();
        keeper.Start(spec with { Command = "cat mine" });
        await using var connection = await keeper.ConnectAsync();
        var attached = await connection.AttachAsync(first.Count, keeper.Cancellation);
        Assert.Equal(first.Count + 1, attached.Value!.Next);
        var second = await keeper.ReadAsync(connection, e => e.Type() == "engine.exited");
        second.AreGapless(first.Count + 1);
        Assert.Equal("other", second.One("workspace.ready").Data().GetProperty("branch").GetString());
        Assert.Equal("work\n", second.Joined("stdout"));
        Assert.Equal(1, second.One("diff.changed").Data().GetProperty("files").GetInt32());
    }

    [Fact]
    public async Task A_clone_that_was_cut_short_is_made_again()
    {
        await using var keeper = new RunningKeeper();
        await keeper.MakeRepositoryAsync();
        Directory.CreateDirectory(Path.Combine(keeper.Workspace, ".git", "objects"));
        await File.WriteAllTextAsync(Path.Combine(keeper.Directory, "cloning"), "", keeper.Cancellation);
        var events = await keeper.RunAsync(keeper.Spec("cat readme") with { Repository = keeper.Repository, Branch = "squad/x" });
        Assert.Equal("one\ntwo\n", events.Joined("stdout"));
        Assert.False(File.Exists(Path.Combine(keeper.Directory, "cloning")));
    }
}
