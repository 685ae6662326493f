using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;

namespace Squad.Api.Tests.Git;

/// <summary>Who gets in, and what is not a repository.</summary>
public sealed class GitAccessTests : IAsyncLifetime
{
    private const string Refs = "info/refs?service=git-upload-pack";

    private readonly GitClient _git = new(Directory.CreateTempSubdirectory("squad-git-client-").FullName);
    private SquadHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await SquadHost.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        Directory.Delete(_git.Home, recursive: true);
    }

    [Fact]
    public async Task Without_credentials_a_client_is_asked_for_them()
    {
        var name = await _host.CreateRepositoryAsync();

        using var answer = await _host.GetAsync($"/{name}.git/{Refs}", bearer: null);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Contains("Basic realm=\"Squad\"", answer.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_password_is_refused_with_a_message_that_git_shows()
    {
        var name = await _host.CreateRepositoryAsync();

        var said = await _git.TryAsync("", [], "ls-remote", _host.CloneUrl(name, "wrong password"));

        Assert.Equal(128, said.Code);
        Assert.Contains("Authentication failed", said.Error, StringComparison.Ordinal);
        Assert.Contains("remote: The user name, password or token is wrong.", said.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("admin")]
    [InlineData("ADMIN")]
    [InlineData("token")]
    public async Task An_access_token_works_in_the_passwords_place(string username)
    {
        var name = await _host.CreateRepositoryAsync();
        var token = await _host.AccessTokenAsync();

        Assert.Equal(0, (await _git.TryAsync("", [], "ls-remote", _host.CloneUrl(name, token, username))).Code);
    }

    [Fact]
    public async Task Somebody_elses_name_does_not_go_with_a_token()
    {
        var name = await _host.CreateRepositoryAsync();
        var token = await _host.AccessTokenAsync();

        Assert.Equal(128, (await _git.TryAsync("", [], "ls-remote", _host.CloneUrl(name, token, "somebody"))).Code);
    }

    [Fact]
    public async Task An_expired_token_is_refused()
    {
        var name = await _host.CreateRepositoryAsync();
        var token = await _host.AccessTokenAsync();
        _host.Time.Advance(TimeSpan.FromMinutes(16));

        var said = await _git.TryAsync("", [], "ls-remote", _host.CloneUrl(name, token));

        Assert.Contains("remote: The token has expired; get a new one.", said.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_may_only_read_can_clone_and_is_told_that_he_cannot_push()
    {
        var name = await _host.CreateRepositoryAsync("shared", "somebody");
        await _git.NewWorkAsync("work");

        Assert.Equal(0, (await _git.TryAsync("", [], "clone", _host.CloneUrl(name), "copy")).Code);
        var said = await _git.TryAsync("work", [], "push", _host.CloneUrl(name), "main");

        Assert.Equal(128, said.Code);
        Assert.Contains("403", said.Error, StringComparison.Ordinal);
        Assert.True((await _host.Repositories.InfoAsync(name)).Value!.Empty);
    }

    [Fact]
    public async Task A_repository_that_does_not_exist_or_is_not_shown_is_not_found()
    {
        var said = await _git.TryAsync("", [], "clone", $"http://admin:{Uri.EscapeDataString(SquadHost.AdminPassword)}@{_host.Url.Authority}/admin/nothing.git");

        Assert.Equal(128, said.Code);
        Assert.Contains("not found", said.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_repository_that_is_allowed_but_not_on_the_disk_is_not_found()
    {
        var name = await _host.CreateRepositoryAsync();
        await _host.Repositories.DeleteAsync(name);

        using var answer = await GetAsync($"/{name}.git/{Refs}");

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public async Task Guessing_passwords_is_throttled_and_says_when_to_try_again()
    {
        var name = await _host.CreateRepositoryAsync();
        for (var i = 0; i < 10; i++)
            using (var wrong = await GetAsync($"/{name}.git/{Refs}", password: $"guess number {i}"))
                Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);

        using var refused = await GetAsync($"/{name}.git/{Refs}", password: SquadHost.AdminPassword);

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromMinutes(14), TimeSpan.FromMinutes(15));
        _host.Time.Advance(TimeSpan.FromMinutes(16));
        using var later = await GetAsync($"/{name}.git/{Refs}");
        Assert.Equal(HttpStatusCode.OK, later.StatusCode);
    }

    [Theory]
    [InlineData("Basic")]
    [InlineData("Basic ")]
    [InlineData("Basic !!!")]
    [InlineData("Basic YWRtaW4=")]
    [InlineData("Basic //79")]
    [InlineData("Basic OjA=")]
    [InlineData("Bearer nonsense")]
    [InlineData("Digest abc")]
    public async Task An_authorization_that_makes_no_sense_is_refused(string header)
    {
        var name = await _host.CreateRepositoryAsync();

        Assert.StartsWith("HTTP/1.1 401", await RawAsync($"/{name}.git/{Refs}", header), StringComparison.Ordinal);
    }

    // Sent byte by byte: a URL class would tidy them away before they reach the server.
    [Theory]
    [InlineData("/admin/../admin/project.git/info/refs?service=git-upload-pack", "200")]
    [InlineData("/../../etc/passwd.git/info/refs?service=git-upload-pack", "404")]
    [InlineData("/admin/%2e%2e%2fproject.git/info/refs?service=git-upload-pack", "404")]
    [InlineData("/%2e%2e/%2e%2e.git/info/refs?service=git-upload-pack", "page")]
    [InlineData("/admin/..%2f..%2fproject.git/info/refs?service=git-upload-pack", "404")]
    [InlineData("/admin/..%5cproject.git/info/refs?service=git-upload-pack", "404")]
    [InlineData("/admin%2fproject.git/info/refs?service=git-upload-pack", "page")]
    [InlineData("/admin/project%00.git/info/refs?service=git-upload-pack", "400")]
    [InlineData("/admin/pro%0aject.git/info/refs?service=git-upload-pack", "404")]
    [InlineData("/admin/-project.git/info/refs?service=git-upload-pack", "404")]
    [InlineData("/admin/project.git.git/info/refs?service=git-upload-pack", "404")]
    [InlineData("/.incoming/x.git/info/refs?service=git-upload-pack", "404")]
    [InlineData("/admin/project.git/info/refs?service=git-upload-archive", "403")]
    [InlineData("/admin/project.git/info/refs", "403")]
    [InlineData("/admin/project.git/HEAD", "404")]
    [InlineData("/admin/project.git/config", "404")]
    [InlineData("/admin/project.git/objects/../config", "404")]
    public async Task Tricks_with_paths_find_nothing(string path, string status)
    {
        await _host.CreateRepositoryAsync();
        var basic = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"admin:{SquadHost.AdminPassword}"));

        var answer = await RawAsync(path, basic);

        // What is no git address at all is the page's.
        Assert.StartsWith(status == "page" ? "HTTP/1.1 200" : $"HTTP/1.1 {status}", answer, StringComparison.Ordinal);
        Assert.Equal(status == "page", answer.Contains("the page", StringComparison.Ordinal));
        Assert.Equal(status == "200", answer.Contains("# service=git-upload-pack", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_dumb_client_is_told_what_it_lacks()
    {
        var name = await _host.CreateRepositoryAsync();

        using var answer = await GetAsync($"/{name}.git/info/refs");

        Assert.Contains("smart HTTP", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("version=2\" --upload-pack=evil")]
    [InlineData("version=2;id")]
    [InlineData("version=2:version=2:version=2:version=2:version=2:version=2:version=2:version=2:version=2:version=2")]
    public async Task A_protocol_header_that_makes_no_sense_is_as_none(string header)
    {
        var name = await _host.CreateRepositoryAsync();
        using var browser = _host.Browser();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/{name}.git/{Refs}");
        request.Headers.Authorization = new("Bearer", await _host.AccessTokenAsync());
        request.Headers.TryAddWithoutValidation("Git-Protocol", header);

        using var answer = await browser.SendAsync(request);

        Assert.StartsWith("001e# service=git-upload-pack\n0000", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain("version 2", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.True(answer.Headers.CacheControl is { NoCache: true, MustRevalidate: true });
    }

    private async Task<HttpResponseMessage> GetAsync(string path, string password = SquadHost.AdminPassword)
    {
        using var browser = _host.Browser();
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"admin:{password}")));
        return await browser.SendAsync(request);
    }

    private async Task<string> RawAsync(string target, string authorization)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(_host.Url.Host, _host.Url.Port);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET {target} HTTP/1.1\r\nHost: x\r\nAuthorization: {authorization}\r\nConnection: close\r\n\r\n"));
        using var reader = new StreamReader(stream, Encoding.Latin1);
        return await reader.ReadToEndAsync();
    }
}
