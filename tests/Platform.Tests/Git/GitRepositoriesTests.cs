using System.Diagnostics;
using Squad.Platform.Git;

namespace Squad.Platform.Tests.Git;

public sealed class GitRepositoriesTests : IDisposable
{
    private readonly GitHouse _house = new(options => options.ImportBytesMax = 0);

    public void Dispose() => _house.Dispose();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_new_repository_is_empty_and_its_default_branch_is_main()
    {
        Assert.True((await _house.Repositories.CreateAsync(GitHouse.Name(), Stop)).IsOk);

        var info = (await _house.Repositories.InfoAsync(GitHouse.Name(), Stop)).Value!;
        Assert.True(info.Empty);
        Assert.Equal("main", info.DefaultBranch);
        Assert.Empty((await _house.Repositories.BranchesAsync(GitHouse.Name(), Stop)).Value!);
        Assert.False(Directory.Exists(Path.Combine(_house.Repositories.PathOf(GitHouse.Name()), "hooks")));
    }

    [Fact]
    public async Task Of_several_that_create_one_name_at_once_one_succeeds()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => _house.Repositories.CreateAsync(GitHouse.Name(i % 2 == 0 ? "Same" : "same"), Stop)));

        Assert.Single(results, r => r.IsOk);
        Assert.All(results.Where(r => !r.IsOk), r => Assert.Equal("repo.exists", r.Error!.Code));
        Assert.Empty(Directory.GetDirectories(Path.Combine(_house.Options.Directory, ".incoming")));
    }

    [Fact]
    public async Task What_does_not_exist_is_not_found_and_deleting_it_is_nothing()
    {
        Assert.Equal("repo.notFound", (await _house.Repositories.BranchesAsync(GitHouse.Name(), Stop)).Error!.Code);
        Assert.Equal("repo.notFound", (await _house.Repositories.InfoAsync(GitHouse.Name(), Stop)).Error!.Code);
        await _house.Repositories.DeleteAsync(GitHouse.Name(), Stop);
        await _house.Repositories.CreateAsync(GitHouse.Name(), Stop);

        await _house.Repositories.DeleteAsync(GitHouse.Name(), Stop);

        Assert.False(Directory.Exists(_house.Repositories.PathOf(GitHouse.Name())));
    }

    [Fact]
    public async Task Branches_are_listed_with_the_default_first_and_it_can_be_changed()
    {
        await ImportAsync(_house.NewSource("main", "alpha", "feature/x"));

        Assert.Equal(["main", "alpha", "feature/x"], await NamesAsync());
        Assert.True((await _house.Repositories.SetDefaultBranchAsync(GitHouse.Name(), "feature/x", Stop)).IsOk);

        Assert.Equal(["feature/x", "alpha", "main"], await NamesAsync());
        Assert.Equal("repo.branch", (await _house.Repositories.SetDefaultBranchAsync(GitHouse.Name(), "nothing", Stop)).Error!.Code);
        Assert.Equal("On main", (await _house.Repositories.BranchesAsync(GitHouse.Name(), Stop)).Value!.Single(b => b.Name == "main").Subject);
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("--help")]
    [InlineData("main..alpha")]
    [InlineData("")]
    [InlineData("a\nb")]
    public async Task A_revision_that_is_none_resolves_to_nothing(string revision)
    {
        await ImportAsync(_house.NewSource("main", "alpha"));

        Assert.Equal("repo.branch", (await _house.Repositories.ResolveAsync(GitHouse.Name(), revision, Stop)).Error!.Code);
        Assert.Equal(40, (await _house.Repositories.ResolveAsync(GitHouse.Name(), "main", Stop)).Value!.Length);
    }

    [Fact]
    public async Task An_import_brings_branches_and_tags_and_nothing_else()
    {
        var source = _house.NewSource("trunk", "alpha");
        GitHouse.Run(source, "tag", "v1");
        GitHouse.Run(source, "update-ref", "refs/pull/1/head", "HEAD");
        GitHouse.Run(source, "config", "core.hooksPath", "/somewhere");
        await File.WriteAllTextAsync(Path.Combine(source, ".git", "hooks", "post-upload"), "#!/bin/sh\n", Stop);

        await ImportAsync(source);

        var path = _house.Repositories.PathOf(GitHouse.Name());
        Assert.Equal("refs/heads/alpha\nrefs/heads/trunk\nrefs/tags/v1", GitHouse.Run(path, "for-each-ref", "--format=%(refname)"));
        Assert.Equal("trunk", (await _house.Repositories.InfoAsync(GitHouse.Name(), Stop)).Value!.DefaultBranch);
        Assert.DoesNotContain("remote", await File.ReadAllTextAsync(Path.Combine(path, "config"), Stop), StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(path, "hooks")));
    }

    [Fact]
    public async Task An_empty_source_is_imported_as_an_empty_repository()
    {
        var source = Path.Combine(_house.Root, "empty.git");
        GitHouse.Run(_house.Root, "init", "-q", "--bare", source);

        await ImportAsync(source);

        Assert.True((await _house.Repositories.InfoAsync(GitHouse.Name(), Stop)).Value!.Empty);
    }

    [Fact]
    public async Task An_import_that_fails_says_why_without_credentials_or_paths_and_leaves_nothing()
    {
        var source = ImportSource.Parse("http://me:secret@127.0.0.1:9/x.git", admin: true, _house.Options).Value!;

        var error = (await _house.Import.RunAsync(GitHouse.Name(), source, cancellation: Stop)).Error!;

        Assert.Equal(ErrorKind.Invalid, error.Kind);
        Assert.Contains("127.0.0.1", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(_house.Root, error.Message, StringComparison.Ordinal);
        Assert.False(_house.Repositories.Exists(GitHouse.Name()));
        Assert.Empty(Directory.GetDirectories(Path.Combine(_house.Options.Directory, ".incoming")));
    }

    [Fact]
    public async Task A_source_larger_than_the_limit_is_refused()
    {
        using var small = new GitHouse(options => options.ImportBytesMax = 1000);
        var source = ImportSource.Parse(small.NewSource("main", "a", "b"), admin: true, small.Options).Value!;

        Assert.Equal("repo.tooLarge", (await small.Import.RunAsync(GitHouse.Name(), source, cancellation: Stop)).Error!.Code);
        Assert.False(small.Repositories.Exists(GitHouse.Name()));
    }

    [Fact]
    public async Task An_import_reports_how_far_it_is()
    {
        var seen = new List<GitProgress>();
        var source = ImportSource.Parse(_house.NewSource("main", "alpha"), admin: true, _house.Options).Value!;

        await _house.Import.RunAsync(GitHouse.Name(), source, new Collect(seen), Stop);

        Assert.Contains(new GitProgress("Receiving objects", 100), seen);
    }

    [Theory]
    [InlineData("https://host/x.git", "http:https")]
    [InlineData("ssh://git@host/x.git", "ssh")]
    [InlineData("git@host:x/y.git", "ssh")]
    [InlineData("git://host/x.git", "git")]
    public void A_url_allows_its_own_protocol_only(string url, string protocols) =>
        Assert.Equal(protocols, ImportSource.Parse(url, admin: false, _house.Options).Value!.Protocols);

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("relative/path")]
    [InlineData("ext::sh -c evil")]
    [InlineData("ext::sh%20-c%20evil")]
    [InlineData("fd::17")]
    [InlineData("ftp://host/x.git")]
    [InlineData("--upload-pack=evil")]
    [InlineData("ssh://-oProxyCommand=evil/x")]
    [InlineData("-oProxyCommand=evil:x")]
    [InlineData("https://host/x\n.git")]
    [InlineData("file://server/share")]
    [InlineData("/nowhere/at/all")]
    public void What_is_no_source_is_refused(string? text) =>
        Assert.Equal("importUrl", Assert.Single(ImportSource.Parse(text, admin: true, _house.Options).Error!.Fields).Field);

    [Fact]
    public async Task Paths_are_for_administrators_or_under_a_root_and_never_in_the_data_directory()
    {
        var source = _house.NewSource("main");
        await _house.Repositories.CreateAsync(GitHouse.Name(), Stop);
        var inside = _house.Repositories.PathOf(GitHouse.Name());
        var link = Path.Combine(_house.Root, "link");
        File.CreateSymbolicLink(link, inside);

        Assert.False(ImportSource.Parse(source, admin: false, _house.Options).IsOk);
        Assert.True(ImportSource.Parse(source, admin: true, _house.Options).IsOk);
        Assert.True(ImportSource.Parse("file://" + source, admin: true, _house.Options).IsOk);
        Assert.False(ImportSource.Parse(inside, admin: true, _house.Options).IsOk);
        Assert.False(ImportSource.Parse(link, admin: true, _house.Options).IsOk);
        Assert.False(ImportSource.Parse($"{source}/../data/repositories", admin: true, _house.Options).IsOk);
        _house.Options.ImportRoots.Add(source);
        Assert.True(ImportSource.Parse(source, admin: false, _house.Options).IsOk);
        Assert.False(ImportSource.Parse(source + "/../", admin: false, _house.Options).IsOk);
    }

    [Fact]
    public async Task A_command_that_takes_too_long_is_ended()
    {
        var watch = Stopwatch.StartNew();

        await Assert.ThrowsAsync<TimeoutException>(() => _house.Command.RunAsync(
            ["-c", "alias.wait=!sleep 60", "wait"], timeout: TimeSpan.FromMilliseconds(300), cancellation: Stop));

        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"It took {watch.Elapsed}.");
    }

    private async Task ImportAsync(string path)
    {
        var source = ImportSource.Parse(path, admin: true, _house.Options);
        Assert.Null(source.Error);
        Assert.Null((await _house.Import.RunAsync(GitHouse.Name(), source.Value!, cancellation: Stop)).Error);
    }

    private async Task<IEnumerable<string>> NamesAsync() => (await _house.Repositories.BranchesAsync(GitHouse.Name(), Stop)).Value!.Select(b => b.Name);

    private sealed class Collect(List<GitProgress> into) : IProgress<GitProgress>
    {
        public void Report(GitProgress value) => into.Add(value);
    }
}
