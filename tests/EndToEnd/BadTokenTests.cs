using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Squad.EndToEnd.Clients;
using Squad.Tests.Support;

namespace Squad.EndToEnd;

/// <summary>Who is not signed in gets nothing, whichever door they try.</summary>
[Collection(nameof(OneServer))]
public sealed class BadTokenTests(RunningServer running) : IDisposable
{
    private readonly HttpClient stranger = new() { BaseAddress = running.Server.Url };

    public void Dispose() => stranger.Dispose();

    public static TheoryData<string> Forgeries => ["garbage", "a.b.c", "other-signature", "none-algorithm", "changed-claims", "another-key", "key-id-is-a-path"];

    [Fact]
    public async Task A_wrong_password_and_a_wrong_name_are_refused_alike()
    {
        var wrongName = await stranger.SendTextAsync(HttpMethod.Post, "/v1/auth/login", "{\"username\":\"nobody\",\"password\":\"wrong password\"}");
        var wrongPassword = await stranger.SendTextAsync(HttpMethod.Post, "/v1/auth/login", "{\"username\":\"admin\",\"password\":\"wrong password\"}");
        Refused.With(wrongName, 401, "auth.invalid");
        Refused.With(wrongPassword, 401, "auth.invalid");
        Assert.Equal(wrongName.Body.GetProperty("message").GetString(), wrongPassword.Body.GetProperty("message").GetString());
    }

    [Fact]
    public async Task A_login_without_name_or_password_says_both()
    {
        var answer = await stranger.SendTextAsync(HttpMethod.Post, "/v1/auth/login", "{}");
        Refused.With(answer, 422, "validation", ("username", "required"));
        Refused.With(answer, 422, "validation", ("password", "required"));
    }

    [Fact]
    public async Task Guessing_passwords_is_slowed_down()
    {
        const string guess = "{\"username\":\"guessed\",\"password\":\"not this one\"}";
        for (var attempt = 0; attempt < 10; attempt++)
            Refused.With(await stranger.SendTextAsync(HttpMethod.Post, "/v1/auth/login", guess), 401, "auth.invalid");
        var details = Refused.With(await stranger.SendTextAsync(HttpMethod.Post, "/v1/auth/login", guess), 429, "auth.throttled");
        Assert.InRange(details.GetProperty("retryAfter").GetInt32(), 1, 15 * 60);
    }

    [Theory, MemberData(nameof(Forgeries))]
    public async Task A_forged_token_opens_nothing(string forgery)
    {
        var token = Forge(forgery);
        var session = await running.EndedSessionAsync();
        foreach (var path in (string[])["/v1/me", $"/v1/sessions/{session}", $"/v1/sessions/{session}/events", "/v1/repos/admin/tested"])
            Refused.With(await stranger.SendTextAsync(HttpMethod.Get, path, change: r => r.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}")), 401, "auth.invalid");
        Refused.With(
            await stranger.SendTextAsync(HttpMethod.Get, $"/v1/sessions/{session}/events", change: r =>
            {
                r.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");
                r.Headers.Accept.ParseAdd("text/event-stream");
            }),
            401, "auth.invalid");

        Assert.Contains("401", (await Assert.ThrowsAsync<WebSocketException>(() => HubClient.ConnectAsync(running.Server, token))).Message, StringComparison.Ordinal);
        Assert.Contains("401", (await Assert.ThrowsAsync<WebSocketException>(() => SocketClient.ConnectAsync(running.Server, token))).Message, StringComparison.Ordinal);
        var (code, output) = await Shell.RunAsync("git", "ls-remote", $"{running.Server.Url.Scheme}://token:{Uri.EscapeDataString(token)}@{running.Server.Url.Authority}/admin/tested.git");
        Assert.NotEqual(0, code);
        Assert.Contains("uthentication failed", output, StringComparison.Ordinal);
        await Refused.ServerIsUpAsync(running.Server);
    }

    [Fact]
    public async Task A_token_in_the_address_is_taken_by_hub_and_socket_alone() =>
        Refused.With(await stranger.SendTextAsync(HttpMethod.Get, $"/v1/me?access_token={running.User.Token}&token={running.User.Token}"), 401, "auth.missing");

    private string Forge(string forgery)
    {
        var parts = running.User.Token.Split('.');
        var header = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(Decode(parts[0]))!;
        switch (forgery)
        {
            case "garbage":
                return "garbage";
            case "a.b.c":
                return "a.b.c";
            case "other-signature":
                return $"{parts[0]}.{parts[1]}.{Encode(new byte[256])}";
            case "none-algorithm":
                return $"{Encode("{\"alg\":\"none\",\"typ\":\"JWT\"}"u8)}.{parts[1]}.";
            case "changed-claims":
                var claims = Encoding.UTF8.GetString(Decode(parts[1])).Replace("admin", "other", StringComparison.Ordinal);
                return $"{parts[0]}.{Encode(Encoding.UTF8.GetBytes(claims))}.{parts[2]}";
            case "another-key":
                return Sign($"{parts[0]}.{parts[1]}");
            case "key-id-is-a-path":
                header["kid"] = JsonSerializer.SerializeToElement("../../../../etc/passwd");
                return Sign($"{Encode(JsonSerializer.SerializeToUtf8Bytes(header))}.{parts[1]}");
            default:
                throw new ArgumentOutOfRangeException(nameof(forgery), forgery, null);
        }
    }

    private static string Sign(string text)
    {
        using var key = RSA.Create(2048);
        return $"{text}.{Encode(key.SignData(Encoding.ASCII.GetBytes(text), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }

    private static string Encode(ReadOnlySpan<byte> bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);

    private static byte[] Decode(string text) => System.Buffers.Text.Base64Url.DecodeFromChars(text);
}
