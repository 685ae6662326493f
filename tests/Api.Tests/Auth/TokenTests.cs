using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Squad.Platform.Secrets;
using Squad.Platform.Storage;

namespace Squad.Api.Tests.Auth;

public sealed class TokenTests : IAsyncLifetime
{
    private SquadHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await SquadHost.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task No_token_an_expired_one_and_a_wrong_one_are_told_apart()
    {
        var token = await _host.AccessTokenAsync();
        Assert.Equal("auth.missing", await MeAsync(null));
        Assert.Equal("auth.invalid", await MeAsync("nonsense"));
        Assert.Equal("auth.invalid", await MeAsync("a.b.c"));

        _host.Time.Advance(TimeSpan.FromMinutes(15) + TimeSpan.FromSeconds(29));
        Assert.Equal(HttpStatusCode.OK, (await _host.GetAsync("/v1/me", token)).StatusCode);
        _host.Time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal("auth.expired", await MeAsync(token));
    }

    [Fact]
    public async Task A_forged_token_is_refused_however_it_is_signed()
    {
        var good = await _host.AccessTokenAsync();
        var parts = good.Split('.');
        var header = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[0])).RootElement;
        var kid = header.GetProperty("kid").GetString()!;
        using var db = await _host.Services.GetRequiredService<IDbContextFactory<SquadDb>>().CreateDbContextAsync(TestContext.Current.CancellationToken);
        var jwk = (await db.SigningKeys.SingleAsync(TestContext.Current.CancellationToken)).PublicJwk;
        var mine = RSA.Create(2048);
        var payload = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(
            Encoding.UTF8.GetString(Base64Url.DecodeFromChars(parts[1])).Replace("\"name\":\"admin\"", "\"name\":\"root\"", StringComparison.Ordinal)));

        var forgeries = new Dictionary<string, string>
        {
            ["another payload"] = $"{parts[0]}.{payload}.{parts[2]}",
            ["no signature"] = $"{parts[0]}.{parts[1]}.",
            ["alg none"] = $"{Header("none", kid)}.{parts[1]}.",
            ["alg none, old signature"] = $"{Header("none", kid)}.{parts[1]}.{parts[2]}",
            ["HS256 with the public key"] = Signed(Header("HS256", kid), parts[1], text => HMACSHA256.HashData(Encoding.UTF8.GetBytes(jwk), text)),
            ["own key under our id"] = Signed(Header("RS256", kid), parts[1], text => mine.SignData(text, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)),
            ["own key under its own id"] = Signed(Header("RS256", "mine"), parts[1], text => mine.SignData(text, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)),
            ["RS512"] = Signed(Header("RS512", kid), parts[1], text => mine.SignData(text, HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1)),
            ["no key id"] = $"{Header("RS256", null)}.{parts[1]}.{parts[2]}",
        };

        foreach (var (how, token) in forgeries)
            Assert.True(await MeAsync(token) == "auth.invalid", how);
        Assert.Equal(HttpStatusCode.OK, (await _host.GetAsync("/v1/me", good)).StatusCode);
        mine.Dispose();
    }

    [Fact]
    public async Task A_token_in_the_query_works_for_the_hub_and_the_socket_only()
    {
        var token = await _host.AccessTokenAsync();

        Assert.Equal(HttpStatusCode.OK, (await _host.GetAsync($"/hubs/me?access_token={token}", null)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await _host.GetAsync($"/ws?token={token}", null)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await _host.GetAsync($"/hubs/me?token={token}", null)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await _host.GetAsync($"/v1/me?access_token={token}&token={token}", null)).StatusCode);
    }

    [Fact]
    public async Task Keys_rotate_before_anybody_notices()
    {
        var keys = _host.Services.GetRequiredService<SigningKeys>();
        var first = await keys.CurrentAsync(TestContext.Current.CancellationToken);

        _host.Time.Advance(TimeSpan.FromDays(29) + TimeSpan.FromHours(1));
        Assert.Equal(first.Id, (await keys.CurrentAsync(TestContext.Current.CancellationToken)).Id);
        var published = await KeyIdsAsync();
        Assert.Equal(2, published.Count);
        var old = await _host.AccessTokenAsync();

        _host.Time.Advance(TimeSpan.FromDays(1) - TimeSpan.FromHours(1) - TimeSpan.FromMinutes(1));
        old = await _host.AccessTokenAsync();
        _host.Time.Advance(TimeSpan.FromMinutes(1));
        var second = await keys.CurrentAsync(TestContext.Current.CancellationToken);

        Assert.NotEqual(first.Id, second.Id);
        Assert.Contains(second.Id, published);
        Assert.Equal(HttpStatusCode.OK, (await _host.GetAsync("/v1/me", old)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await _host.GetAsync("/v1/me", await _host.AccessTokenAsync())).StatusCode);
        _host.Time.Advance(TimeSpan.FromHours(2));
        Assert.Null(await keys.FindAsync(first.Id, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_server_that_was_off_for_months_makes_a_new_key_at_once()
    {
        var keys = _host.Services.GetRequiredService<SigningKeys>();
        var first = await keys.CurrentAsync(TestContext.Current.CancellationToken);
        _host.Time.Advance(TimeSpan.FromDays(100));

        var second = await keys.CurrentAsync(TestContext.Current.CancellationToken);

        Assert.NotEqual(first.Id, second.Id);
        Assert.Equal(HttpStatusCode.OK, (await _host.GetAsync("/v1/me", await _host.AccessTokenAsync())).StatusCode);
        Assert.Equal(second.Id, Assert.Single(await KeyIdsAsync()));
    }

    [Fact]
    public async Task Another_process_accepts_tokens_of_a_key_it_has_not_seen_and_signs_with_the_same()
    {
        await using var other = await SquadHost.StartAsync(beside: _host);
        var token = await _host.AccessTokenAsync();

        Assert.Equal(HttpStatusCode.OK, (await other.GetAsync("/v1/me", token)).StatusCode);

        var here = await _host.Services.GetRequiredService<SigningKeys>().CurrentAsync(TestContext.Current.CancellationToken);
        var there = await other.Services.GetRequiredService<SigningKeys>().CurrentAsync(TestContext.Current.CancellationToken);
        Assert.Equal(here.Id, there.Id);
    }

    [Fact]
    public async Task Private_keys_and_passwords_are_not_stored_in_clear_and_the_key_ring_is_private()
    {
        await _host.AccessTokenAsync();
        using var db = await _host.Services.GetRequiredService<IDbContextFactory<SquadDb>>().CreateDbContextAsync(TestContext.Current.CancellationToken);

        var key = await db.SigningKeys.SingleAsync(TestContext.Current.CancellationToken);
        using var rsa = RSA.Create();
        Assert.ThrowsAny<CryptographicException>(() => rsa.ImportPkcs8PrivateKey(Convert.FromBase64String(key.PrivateKeyProtected), out _));
        Assert.DoesNotContain(SquadHost.AdminPassword, (await db.Credentials.SingleAsync(TestContext.Current.CancellationToken)).PasswordHash, StringComparison.Ordinal);
        var ring = Path.Combine(_host.Directory, "data", "keys");
        Assert.NotEmpty(Directory.GetFiles(ring));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(ring));
    }

    [Fact]
    public async Task A_lost_key_ring_means_a_new_key_and_not_an_end()
    {
        var token = await _host.AccessTokenAsync();
        Directory.Delete(Path.Combine(_host.Directory, "data", "keys"), recursive: true);

        await using var other = await SquadHost.StartAsync(beside: _host);

        Assert.Equal(HttpStatusCode.OK, (await other.GetAsync("/v1/me", token)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await other.GetAsync("/v1/me", await other.AccessTokenAsync())).StatusCode);
    }

    private async Task<string> MeAsync(string? token) => await SquadHost.ErrorAsync(await _host.GetAsync("/v1/me", token), HttpStatusCode.Unauthorized);

    private async Task<List<string>> KeyIdsAsync()
    {
        using var db = await _host.Services.GetRequiredService<IDbContextFactory<SquadDb>>().CreateDbContextAsync(TestContext.Current.CancellationToken);
        return await db.SigningKeys.Select(k => k.Id).ToListAsync(TestContext.Current.CancellationToken);
    }

    private static string Header(string algorithm, string? kid) =>
        Base64Url.EncodeToString(Encoding.UTF8.GetBytes(kid is null ? $$"""{"alg":"{{algorithm}}","typ":"JWT"}""" : $$"""{"alg":"{{algorithm}}","kid":"{{kid}}","typ":"JWT"}"""));

    private static string Signed(string header, string payload, Func<byte[], byte[]> sign) =>
        $"{header}.{payload}.{Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes($"{header}.{payload}")))}";
}
