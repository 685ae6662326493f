using System.Net;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;
using Squad.Platform.Accounts;

namespace Squad.Api.Tests.Auth;

public sealed partial class SetupTests
{
    [Fact]
    public async Task Without_a_password_the_link_on_the_console_sets_it_once_and_signs_in()
    {
        await using var host = await SquadHost.StartAsync(adminPassword: null);
        using var browser = host.Browser();
        Assert.True(await RequiredAsync(browser));
        var link = Link().Match(host.Console.ToString());
        Assert.Equal(host.Url.ToString(), link.Groups["url"].Value);

        var answer = await SetUpAsync(browser, link.Groups["token"].Value, "my own password");

        var body = await SquadHost.JsonAsync(answer, HttpStatusCode.OK);
        Assert.Equal("admin", body.GetProperty("user").GetProperty("username").GetString());
        Assert.True(answer.Headers.Contains("Set-Cookie"));
        Assert.False(await RequiredAsync(browser));
        Assert.Equal("auth.setup", await SquadHost.ErrorAsync(await SetUpAsync(browser, link.Groups["token"].Value, "another password"), HttpStatusCode.Unauthorized));
        Assert.NotEmpty(await host.AccessTokenAsync("admin", "my own password"));
    }

    [Fact]
    public async Task A_weak_password_does_not_use_up_the_link()
    {
        await using var host = await SquadHost.StartAsync(adminPassword: null);
        using var browser = host.Browser();
        var token = Link().Match(host.Console.ToString()).Groups["token"].Value;

        Assert.Equal("validation", await SquadHost.ErrorAsync(await SetUpAsync(browser, token, "short"), HttpStatusCode.UnprocessableEntity));
        Assert.Equal("validation", await SquadHost.ErrorAsync(await SetUpAsync(browser, token, "aaaaaaaaaaaa"), HttpStatusCode.UnprocessableEntity));

        await SquadHost.JsonAsync(await SetUpAsync(browser, token, "long enough"), HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task A_wrong_token_sets_nothing(string? token)
    {
        await using var host = await SquadHost.StartAsync(adminPassword: null);
        using var browser = host.Browser();

        Assert.Equal("auth.setup", await SquadHost.ErrorAsync(await SetUpAsync(browser, token, "long enough"), HttpStatusCode.Unauthorized));
        Assert.True(await RequiredAsync(browser));
    }

    [Fact]
    public async Task Of_several_uses_at_once_exactly_one_sets_the_password()
    {
        await using var host = await SquadHost.StartAsync(adminPassword: null);
        using var browser = host.Browser();
        var token = Link().Match(host.Console.ToString()).Groups["token"].Value;

        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(i => SetUpAsync(browser, token, $"password number {i}")));

        Assert.Single(answers, a => a.StatusCode == HttpStatusCode.OK);
        Assert.Equal(4, answers.Count(a => a.StatusCode == HttpStatusCode.Unauthorized));
    }

    [Fact]
    public async Task A_restart_makes_a_new_link_and_the_old_one_void_until_a_password_is_set()
    {
        await using var host = await SquadHost.StartAsync(adminPassword: null);
        var old = Link().Match(host.Console.ToString()).Groups["token"].Value;
        await using var again = await SquadHost.StartAsync(adminPassword: null, beside: host);
        using var browser = again.Browser();

        Assert.Equal("auth.setup", await SquadHost.ErrorAsync(await SetUpAsync(browser, old, "long enough"), HttpStatusCode.Unauthorized));
        await SquadHost.JsonAsync(await SetUpAsync(browser, Link().Match(again.Console.ToString()).Groups["token"].Value, "long enough"), HttpStatusCode.OK);

        await using var third = await SquadHost.StartAsync(adminPassword: null, beside: host);
        Assert.Empty(third.Console.ToString());
    }

    [Fact]
    public async Task A_configured_password_is_set_once_and_does_not_undo_a_later_one()
    {
        await using var host = await SquadHost.StartAsync("the first password");
        Assert.Empty(host.Console.ToString());
        await using var again = await SquadHost.StartAsync("a second password", beside: host);

        Assert.NotEmpty(await again.AccessTokenAsync("admin", "the first password"));
    }

    [Fact]
    public async Task A_weak_configured_password_stops_the_start_and_names_the_variable()
    {
        var problem = await Assert.ThrowsAsync<OptionsValidationException>(() => SquadHost.StartAsync("secret"));

        Assert.Contains(AuthOptions.AdminPasswordKey, problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("'secret'", problem.Message, StringComparison.Ordinal);
    }

    private static Task<HttpResponseMessage> SetUpAsync(HttpClient browser, string? token, string password) =>
        browser.PostAsJsonAsync("/v1/auth/setup", new { token, password });

    private static async Task<bool> RequiredAsync(HttpClient browser) =>
        (await SquadHost.JsonAsync(await browser.GetAsync("/v1/auth/status"), HttpStatusCode.OK)).GetProperty("setupRequired").GetBoolean();

    [GeneratedRegex(@"(?<url>http://[^/\s]+/)setup\?token=(?<token>[\w-]{43})")]
    private static partial Regex Link();
}
