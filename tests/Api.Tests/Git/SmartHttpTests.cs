using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Squad.Platform.Git;

namespace Squad.Api.Tests.Git;

public sealed class SmartHttpTests : IAsyncLifetime
{
    private readonly GitClient _git = new(Directory.CreateTempSubdirectory("squad-git-client-").FullName);
    private SquadHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await SquadHost.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        Directory.Delete(_git.Home, recursive: true);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_push_and_a_clone_carry_the_same_commits_in_every_version(int version)
    {
        var name = await _host.CreateRepositoryAsync();
        var commit = await _git.NewWorkAsync("work");
        await _git.RunAsync("work", "tag", "-a", "v1", "-m", "one");
        var protocol = $"protocol.version={version}";

        await _git.RunAsync("work", "-c", protocol, "push", "-q", _host.CloneUrl(name), "main", "v1");
        await _git.RunAsync("", "-c", protocol, "clone", "-q", _host.CloneUrl(name), "copy");

        Assert.Equal(commit, await _git.RunAsync("copy", "rev-parse", "HEAD"));
        Assert.Equal("v1", await _git.RunAsync("copy", "tag"));
        Assert.Equal("admin/project", await _host.Access.Changes.ReadAsync(TestContext.Current.CancellationToken));
        var branch = Assert.Single((await _host.Repositories.BranchesAsync(name)).Value!);
        Assert.Equal(("main", commit, true), (branch.Name, branch.Commit, branch.Default));
    }

    [Fact]
    public async Task A_fetch_gets_what_was_pushed_since()
    {
        var name = await PushedAsync("work");
        await _git.RunAsync("", "clone", "-q", _host.CloneUrl(name), "copy");
        var newer = await _git.CommitAsync("work", "file.txt", "more\n");
        await _git.RunAsync("work", "push", "-q", "origin", "main");

        await _git.RunAsync("copy", "fetch", "-q");

        Assert.Equal(newer, await _git.RunAsync("copy", "rev-parse", "origin/main"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task A_shallow_clone_has_one_commit_and_can_be_deepened(int version)
    {
        var name = await PushedAsync("work");
        for (var i = 0; i < 3; i++)
            await _git.CommitAsync("work", "file.txt", $"{i}\n");
        await _git.RunAsync("work", "push", "-q", "origin", "main");
        var protocol = $"protocol.version={version}";

        await _git.RunAsync("", "-c", protocol, "clone", "-q", "--depth=1", _host.CloneUrl(name), "copy");
        Assert.Equal("1", await _git.RunAsync("copy", "rev-list", "--count", "HEAD"));
        await _git.RunAsync("copy", "-c", protocol, "fetch", "-q", "--unshallow");

        Assert.Equal("4", await _git.RunAsync("copy", "rev-list", "--count", "HEAD"));
    }

    [Fact]
    public async Task A_partial_clone_leaves_blobs_behind_until_they_are_needed()
    {
        var name = await PushedAsync("work");

        await _git.RunAsync("", "clone", "-q", "--filter=blob:none", "--no-checkout", _host.CloneUrl(name), "copy");

        Assert.Contains("?", await _git.RunAsync("copy", "rev-list", "--objects", "--missing=print", "HEAD"), StringComparison.Ordinal);
        await _git.RunAsync("copy", "checkout", "-q", "main");
        Assert.Equal("hello\n", await File.ReadAllTextAsync(Path.Combine(_git.In("copy"), "file.txt")));
    }

    [Fact]
    public async Task An_empty_repository_can_be_cloned_and_its_first_branch_becomes_the_default()
    {
        var name = await _host.CreateRepositoryAsync();
        await _git.RunAsync("", "clone", "-q", _host.CloneUrl(name), "copy");
        await _git.RunAsync("copy", "checkout", "-q", "-b", "trunk");
        await _git.CommitAsync("copy", "a.txt", "a\n");

        await _git.RunAsync("copy", "push", "-q", "origin", "trunk");

        Assert.Equal("trunk", (await _host.Repositories.InfoAsync(name)).Value!.DefaultBranch);
    }

    [Fact]
    public async Task Fifty_megabytes_are_pushed_and_cloned()
    {
        var name = await PushedAsync("work");
        var commit = await _git.CommitRandomAsync("work", files: 50, bytesEach: 1 << 20);

        await _git.RunAsync("work", "push", "-q", "origin", "main");
        await _git.RunAsync("", "clone", "-q", "--bare", _host.CloneUrl(name), "copy.git");

        Assert.Equal(commit, await _git.RunAsync("copy.git", "rev-parse", "main"));
    }

    [Fact]
    public async Task A_compressed_request_body_is_understood()
    {
        var name = await PushedAsync("work");
        // git compresses what it asks for once it is longer than 1024 bytes: many branches, each wanted by its own commit.
        for (var i = 0; i < 60; i++)
        {
            await _git.RunAsync("work", "commit", "-q", "--allow-empty", "-m", $"{i}");
            await _git.RunAsync("work", "branch", $"b{i}");
        }
        await _git.RunAsync("work", "push", "-q", "origin", "--all");

        var said = await _git.TryAsync("", [("GIT_TRACE_CURL", "1")], "clone", "--mirror", "-q", _host.CloneUrl(name), "copy.git");

        Assert.Equal(0, said.Code);
        Assert.Contains("Content-Encoding: gzip", said.Error, StringComparison.Ordinal);
        Assert.Equal(61, (await _git.RunAsync("copy.git", "branch")).Split('\n').Length);
    }

    [Fact]
    public async Task A_body_that_is_not_gzip_although_it_says_so_is_refused_and_the_server_lives_on()
    {
        var name = await PushedAsync("work");
        using var body = new ByteArrayContent("not gzip at all"u8.ToArray());
        body.Headers.ContentType = new("application/x-git-upload-pack-request");
        body.Headers.ContentEncoding.Add("gzip");

        using var answer = await SendAsync(HttpMethod.Post, $"/{name}.git/git-upload-pack", body);

        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        await _git.RunAsync("", "ls-remote", "-q", _host.CloneUrl(name));
    }

    [Fact]
    public async Task A_push_without_force_over_newer_commits_is_rejected_and_changes_nothing()
    {
        var name = await PushedAsync("work");
        await _git.RunAsync("", "clone", "-q", _host.CloneUrl(name), "other");
        var first = await _git.CommitAsync("work", "file.txt", "mine\n");
        await _git.RunAsync("work", "push", "-q", "origin", "main");
        await _git.CommitAsync("other", "file.txt", "theirs\n");

        var said = await _git.TryAsync("other", [], "push", "origin", "main");

        Assert.Equal(1, said.Code);
        Assert.Contains("[rejected]", said.Error, StringComparison.Ordinal);
        Assert.Equal(first, (await _host.Repositories.ResolveAsync(name, "main")).Value);
    }

    [Fact]
    public async Task Pushes_of_several_clients_to_their_own_branches_all_arrive()
    {
        var name = await PushedAsync("work");
        const int clients = 6;
        for (var i = 0; i < clients; i++)
        {
            await _git.RunAsync("", "clone", "-q", _host.CloneUrl(name), $"c{i}");
            await _git.CommitAsync($"c{i}", $"{i}.txt", $"{i}\n");
        }

        await Task.WhenAll(Enumerable.Range(0, clients).Select(i => _git.RunAsync($"c{i}", "push", "-q", "origin", $"HEAD:refs/heads/c{i}")));

        Assert.Equal(clients + 1, (await _host.Repositories.BranchesAsync(name)).Value!.Count);
    }

    [Fact]
    public async Task Of_two_pushes_to_one_branch_at_once_exactly_one_is_taken()
    {
        var name = await PushedAsync("work");
        foreach (var clone in new[] { "a", "b" })
        {
            await _git.RunAsync("", "clone", "-q", _host.CloneUrl(name), clone);
            await _git.CommitAsync(clone, "file.txt", $"{clone}\n");
        }

        var said = await Task.WhenAll(_git.TryAsync("a", [], "push", "origin", "main"), _git.TryAsync("b", [], "push", "origin", "main"));

        Assert.Single(said, s => s.Code == 0);
        Assert.Single(said, s => s.Code == 1);
    }

    [Fact]
    public async Task A_push_larger_than_the_limit_is_refused_with_its_reason()
    {
        await using var small = await SquadHost.StartAsync(settings: [("Squad:Git:PushBytesMax", "100000")]);
        var name = await small.CreateRepositoryAsync();
        await _git.NewWorkAsync("work");
        await _git.CommitRandomAsync("work", files: 3, bytesEach: 1 << 20);

        var said = await _git.TryAsync("work", [], "push", small.CloneUrl(name), "main");

        Assert.NotEqual(0, said.Code);
        Assert.Contains("exceeds maximum allowed size", said.Error, StringComparison.Ordinal);
        Assert.True((await small.Repositories.InfoAsync(name)).Value!.Empty);
    }

    [Fact]
    public async Task A_client_that_goes_away_in_the_middle_of_a_push_leaves_no_git_and_no_ref_behind()
    {
        var name = await _host.CreateRepositoryAsync();
        using (var client = new System.Net.Sockets.TcpClient())
        {
            await client.ConnectAsync(_host.Url.Host, _host.Url.Port);
            var head = $"POST /{name}.git/git-receive-pack HTTP/1.1\r\nHost: x\r\nAuthorization: {Basic("admin", SquadHost.AdminPassword)}\r\n"
                + "Content-Type: application/x-git-receive-pack-request\r\nContent-Length: 100000000\r\n\r\n";
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head));
            await client.GetStream().WriteAsync("0094"u8.ToArray());
            await Eventually.True(() => GitsOf(name) > 0, "git receive-pack runs");
        }

        await Eventually.True(() => GitsOf(name) == 0, "git receive-pack has ended");
        Assert.True((await _host.Repositories.InfoAsync(name)).Value!.Empty);
        Assert.Empty(Directory.GetFiles(_host.Repositories.PathOf(name), "*.lock", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task An_unsound_object_is_refused_by_the_push()
    {
        var name = await _host.CreateRepositoryAsync();
        await _git.NewWorkAsync("work");
        await File.WriteAllTextAsync(Path.Combine(_git.In("work"), "tree"), "");
        var blob = await _git.RunAsync("work", "hash-object", "-w", "file.txt");
        // A tree with an entry '.git' would write into the clone's own administration.
        var entry = Encoding.ASCII.GetBytes("100644 .git\0").Concat(Convert.FromHexString(blob)).ToArray();
        await File.WriteAllBytesAsync(Path.Combine(_git.In("work"), "tree"), entry);
        var tree = await _git.RunAsync("work", "hash-object", "-w", "--literally", "-t", "tree", "tree");
        var commit = await _git.RunAsync("work", "commit-tree", "-m", "bad", tree);

        var said = await _git.TryAsync("work", [], "push", _host.CloneUrl(name), $"{commit}:refs/heads/main");

        Assert.NotEqual(0, said.Code);
        Assert.Contains("hasDotgit", said.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_clone_after_maintenance_is_whole()
    {
        var name = await PushedAsync("work");
        var commit = await _git.CommitRandomAsync("work", files: 6, bytesEach: 1 << 20);
        await _git.RunAsync("work", "push", "-q", "origin", "main");

        Assert.Null((await _host.Services.GetRequiredService<GitMaintenance>().RunAsync(name, always: true)).Error);
        await _git.RunAsync("", "clone", "-q", "--bare", _host.CloneUrl(name), "copy.git");

        Assert.Equal(commit, await _git.RunAsync("copy.git", "rev-parse", "main"));
        await _git.RunAsync("copy.git", "fsck", "--full", "--strict");
        Assert.NotEmpty(Directory.GetFiles(Path.Combine(_host.Repositories.PathOf(name), "objects", "pack"), "*.bitmap"));
    }

    private async Task<RepositoryName> PushedAsync(string folder)
    {
        var name = await _host.CreateRepositoryAsync();
        await _git.NewWorkAsync(folder);
        await _git.RunAsync(folder, "remote", "add", "origin", _host.CloneUrl(name));
        await _git.RunAsync(folder, "push", "-q", "origin", "main");
        return name;
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent? body = null)
    {
        using var browser = _host.Browser();
        using var request = new HttpRequestMessage(method, path) { Content = body };
        request.Headers.Authorization = AuthenticationHeaderValue.Parse(Basic("admin", SquadHost.AdminPassword));
        return await browser.SendAsync(request);
    }

    private static string Basic(string username, string password) =>
        "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{username}:{password}"));

    /// <summary>How many git processes serve a repository now.</summary>
    private int GitsOf(RepositoryName name)
    {
        var path = _host.Repositories.PathOf(name);
        return Directory.GetDirectories("/proc").Count(process =>
        {
            try
            {
                return File.ReadAllText(Path.Combine(process, "cmdline")).Contains(path, StringComparison.Ordinal);
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
            {
                return false;
            }
        });
    }
}
