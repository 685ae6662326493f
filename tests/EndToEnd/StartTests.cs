using System.Net;
using System.Net.Sockets;
using Squad.Tests.Support;

namespace Squad.EndToEnd;

/// <summary>A server that cannot start as it was asked to says what is wrong, in its last line.</summary>
public sealed class StartTests
{
    [Fact]
    public async Task An_address_that_another_program_has_is_named()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var log = await RefusedAsync("SQUAD_URLS", $"http://{other.LocalEndpoint}");
        Assert.Contains($"http://{other.LocalEndpoint}: address already in use. Stop the program that listens there, or choose another address with SQUAD_URLS.", log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Squad__Sandbox__Engine", "cloud", "'Squad:Sandbox:Engine'", "Docker or Process")]
    [InlineData("Squad__Node__UsageEvery", "often", "'Squad:Node:UsageEvery'", "TimeSpan")]
    [InlineData("Squad__Roles", "cook", "Squad:Roles", "'api,silo'")]
    [InlineData("SQUAD_DATA", "/dev/null", "/dev/null", "SQUAD_DATA")]
    [InlineData("Squad__Cluster__SiloPort", "0", "Squad:Cluster:SiloPort is 0", "1 to 65535")]
    [InlineData("Squad__Cluster__ClusterId", " ", "Squad:Cluster:ClusterId is empty", "e.g. squad")]
    [InlineData("Squad__Cluster__RedisConnection", "redis:6379", "Squad:Cluster:RedisConnection is set", "set the provider to Redis")]
    [InlineData("Squad__Cluster__Tls__Certificate", "/a.pem", "Squad:Cluster:Tls is set", "PostgreSql or Redis")]
    [InlineData("Squad__Cluster__Provider", "PostgreSql", "Squad:Storage:Provider is Sqlite", "needs Postgres")]
    [InlineData("Squad__Cluster__Provider", "Redis", "Squad:Cluster:RedisConnection is empty", "redis:6379")]
    public async Task A_setting_that_cannot_be_is_named_with_what_would_be_right(string key, string value, string named, string right)
    {
        var said = await RefusedAsync(key, value);
        Assert.Contains(named, said, StringComparison.Ordinal);
        Assert.Contains(right, said, StringComparison.Ordinal);
    }

    /// <summary>The last line of a server that was asked to start and did not.</summary>
    private static async Task<string> RefusedAsync(string key, string value)
    {
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => SquadServer.StartAsync("process", new Dictionary<string, string?> { [key] = value }));
        Assert.StartsWith("The server ended with code 1:", refused.Message, StringComparison.Ordinal);
        return refused.Message.TrimEnd().Split('\n')[^1];
    }
}
