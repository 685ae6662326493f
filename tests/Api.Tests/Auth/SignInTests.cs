using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Squad.Api.Tests.Auth;

public sealed class SignInTests : IAsyncLifetime
{
    private SquadHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await SquadHost.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task The_first_administrator_signs_in_and_is_who_he_is()
    {
        using var browser = _host.Browser();

        var answer = await LoginAsync(browser);

        var body = await SquadHost.JsonAsync(answer, HttpStatusCode.OK);
        Assert.Equal(["accessToken", "expiresAt", "user"], body.EnumerateObject().Select(p => p.Name));
        Assert.Equal(_host.Time.GetUtcNow() + TimeSpan.FromMinutes(15), body.GetProperty("expiresAt").GetDateTimeOffset());
        var me = await SquadHost.JsonAsync(await _host.GetAsync("/v1/me", body.GetProperty("accessToken").GetString()), HttpStatusCode.OK);
        Assert.Equal(["id", "username", "roles"], me.EnumerateObject().Select(p => p.Name));
        Assert.Equal("admin", me.GetProperty("username").GetString());
        Assert.Equal("admin", Assert.Single(me.GetProperty("roles").EnumerateArray()).GetString());
        var cookie = Assert.Single(answer.Headers.GetValues("Set-Cookie"));
        Assert.Contains("path=/v1/auth", cookie, StringComparison.Ordinal);
        Assert.Contains("httponly", cookie, StringComparison.Ordinal);
        Assert.Contains("samesite=strict", cookie, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("admin", "wrong password")]
    [InlineData("nobody", SquadHost.AdminPassword)]
    [InlineData("admin\0", SquadHost.AdminPassword)]
    [InlineData("' or 1=1 --", "x")]
    public async Task A_wrong_name_and_a_wrong_password_are_told_alike(string username, string password)
    {
        using var browser = _host.Browser();

        Assert.Equal("auth.invalid", await SquadHost.ErrorAsync(await LoginAsync(browser, username, password), HttpStatusCode.Unauthorized));
    }

    [Fact]
    public async Task Missing_fields_are_named()
    {
        using var browser = _host.Browser();

        var body = await SquadHost.JsonAsync(await browser.PostAsJsonAsync("/v1/auth/login", new { }), HttpStatusCode.UnprocessableEntity);

        Assert.Equal(["username", "password"], body.GetProperty("details").EnumerateArray().Select(d => d.GetProperty("field").GetString()!));
    }

    [Fact]
    public async Task Ten_failures_close_the_name_for_this_address_until_the_window_ends()
    {
        using var browser = _host.Browser();
        for (var i = 0; i < 10; i++)
            Assert.Equal("auth.invalid", await SquadHost.ErrorAsync(await LoginAsync(browser, "admin", $"wrong {i}"), HttpStatusCode.Unauthorized));

        var refused = await LoginAsync(browser);

        Assert.Equal("auth.throttled", await SquadHost.ErrorAsync(refused, HttpStatusCode.TooManyRequests));
        Assert.Equal(TimeSpan.FromMinutes(15), refused.Headers.RetryAfter!.Delta);
        Assert.Equal("auth.invalid", await SquadHost.ErrorAsync(await LoginAsync(browser, "another", "wrong"), HttpStatusCode.Unauthorized));
        _host.Time.Advance(TimeSpan.FromMinutes(15));
        await SquadHost.JsonAsync(await LoginAsync(browser), HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_refresh_gives_a_new_pair_and_a_late_second_use_ends_the_whole_sign_in()
    {
        using var browser = _host.Browser();
        var first = CookieOf(await LoginAsync(browser));
        var second = CookieOf(await RefreshAsync(first));
        Assert.NotEqual(first, second);
        _host.Time.Advance(TimeSpan.FromSeconds(11));

        Assert.Equal("auth.invalid", await SquadHost.ErrorAsync(await RefreshAsync(first), HttpStatusCode.Unauthorized));

        Assert.Equal("auth.invalid", await SquadHost.ErrorAsync(await RefreshAsync(second), HttpStatusCode.Unauthorized));
    }

    [Fact]
    public async Task Two_tabs_that_refresh_at_the_same_time_both_stay_signed_in()
    {
        using var browser = _host.Browser();
        var first = CookieOf(await LoginAsync(browser));

        var answers = await Task.WhenAll(RefreshAsync(first), RefreshAsync(first), RefreshAsync(first));

        var successors = answers.Select(CookieOf).ToList();
        Assert.Equal(3, successors.Distinct().Count());
        _host.Time.Advance(TimeSpan.FromMinutes(1));
        foreach (var successor in successors)
            await SquadHost.JsonAsync(await RefreshAsync(successor), HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_sign_in_that_is_not_used_for_thirty_days_ends()
    {
        using var browser = _host.Browser();
        var cookie = CookieOf(await LoginAsync(browser));
        _host.Time.Advance(TimeSpan.FromDays(29));
        cookie = CookieOf(await RefreshAsync(cookie));
        _host.Time.Advance(TimeSpan.FromDays(30));

        Assert.Equal("auth.expired", await SquadHost.ErrorAsync(await RefreshAsync(cookie), HttpStatusCode.Unauthorized));
    }

    [Fact]
    public async Task Logging_out_ends_the_sign_in_and_clears_the_cookie_and_may_be_repeated()
    {
        using var browser = _host.Browser();
        var cookie = CookieOf(await LoginAsync(browser));

        var left = await browser.PostAsync("/v1/auth/logout", null);

        Assert.Equal(HttpStatusCode.NoContent, left.StatusCode);
        Assert.Contains("squad_refresh=;", left.Headers.GetValues("Set-Cookie").Single(), StringComparison.Ordinal);
        Assert.Equal("auth.invalid", await SquadHost.ErrorAsync(await RefreshAsync(cookie), HttpStatusCode.Unauthorized));
        Assert.Equal("auth.missing", await SquadHost.ErrorAsync(await browser.PostAsync("/v1/auth/refresh", null), HttpStatusCode.Unauthorized));
        Assert.Equal(HttpStatusCode.NoContent, (await browser.PostAsync("/v1/auth/logout", null)).StatusCode);
    }

    [Fact]
    public async Task A_user_who_is_gone_cannot_refresh()
    {
        using var browser = _host.Browser();
        var cookie = CookieOf(await LoginAsync(browser));
        _host.Users.Remove("admin");

        Assert.Equal("auth.invalid", await SquadHost.ErrorAsync(await RefreshAsync(cookie), HttpStatusCode.Unauthorized));
    }

    [Theory]
    [InlineData("{", "malformed")]
    [InlineData("{\"username\": 5}", "malformed")]
    [InlineData("", "malformed")]
    [InlineData("[]", "malformed")]
    public async Task A_body_that_is_not_the_json_asked_for_says_where(string json, string code)
    {
        using var browser = _host.Browser();
        using var content = new StringContent(json, Encoding.UTF8, "application/json");

        Assert.Equal(code, await SquadHost.ErrorAsync(await browser.PostAsync("/v1/auth/login", content), HttpStatusCode.BadRequest));
    }

    [Fact]
    public async Task A_wrong_type_in_json_is_located()
    {
        using var browser = _host.Browser();
        using var content = new StringContent("{\n \"username\": 5}", Encoding.UTF8, "application/json");

        var body = await SquadHost.JsonAsync(await browser.PostAsync("/v1/auth/login", content), HttpStatusCode.BadRequest);

        Assert.Equal("$.username", body.GetProperty("details").GetProperty("path").GetString());
        Assert.Equal(2, body.GetProperty("details").GetProperty("line").GetInt32());
    }

    [Fact]
    public async Task Every_other_refusal_has_the_same_shape()
    {
        using var browser = _host.Browser();
        using var text = new StringContent("hello", Encoding.UTF8, "text/plain");

        Assert.Equal("route.unknown", await SquadHost.ErrorAsync(await browser.GetAsync("/v1/nothing/here"), HttpStatusCode.NotFound));
        Assert.Equal("method.notAllowed", await SquadHost.ErrorAsync(await browser.DeleteAsync("/v1/auth/login"), HttpStatusCode.MethodNotAllowed));
        Assert.Equal("media.unsupported", await SquadHost.ErrorAsync(await browser.PostAsync("/v1/auth/login", text), HttpStatusCode.UnsupportedMediaType));
        var boom = await browser.GetAsync("/v1/boom");
        Assert.DoesNotContain("secret detail", await boom.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("internal", await SquadHost.ErrorAsync(boom, HttpStatusCode.InternalServerError));
        Assert.Equal("the page", await browser.GetStringAsync("/sessions/5"));
    }

    private static Task<HttpResponseMessage> LoginAsync(HttpClient browser, string username = "admin", string password = SquadHost.AdminPassword) =>
        browser.PostAsJsonAsync("/v1/auth/login", new { username, password });

    /// <summary>Refreshes with exactly this cookie, as another browser or a thief would.</summary>
    private async Task<HttpResponseMessage> RefreshAsync(string cookie)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = _host.Url };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/auth/refresh");
        request.Headers.Add("Cookie", cookie);
        return await client.SendAsync(request);
    }

    private static string CookieOf(HttpResponseMessage answer)
    {
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return answer.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
    }
}
