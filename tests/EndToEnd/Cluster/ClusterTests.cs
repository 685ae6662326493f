using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Squad.Tests.Support;

namespace Squad.EndToEnd.Cluster;

/// <summary>Two real servers are one Squad: over a real PostgreSQL, with members there or in a real Redis, over TLS.</summary>
public sealed class ClusterTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    [Theory, InlineData("PostgreSql"), InlineData("Redis")]
    public async Task When_a_node_dies_the_other_serves_on_and_its_sessions_come_back_with_it(string provider)
    {
        await using var cluster = await TwoNodes.StartAsync(provider);
        using var atB = await SquadUser.SignInAsync(cluster.B);
        string repo;
        using (var atA = await SquadUser.SignInAsync(cluster.A))
            repo = await atA.PushRepositoryAsync("clustered");

        var sessions = new Dictionary<string, string>();
        for (var i = 0; i < 4; i++)
        {
            // Which word it was, bash does not always know: a read that times out keeps what it had begun to read.
            var id = await atB.StartSessionAsync(repo, "bash -c 'n=0; until read -t 0.2 word; do echo line $((++n)); done; echo heard after $n'");
            sessions[id] = (await atB.SessionReachesAsync(id, "running")).GetProperty("node").GetString()!;
        }

        Assert.Equal(["a", "b"], sessions.Values.Distinct().Order());
        var (ofA, ofB) = (sessions.First(s => s.Value == "a").Key, sessions.First(s => s.Value == "b").Key);
        await PrintsOnAsync(atB, ofA);

        await cluster.A.KillAsync();

        foreach (var id in sessions.Keys)
            await Eventually.Async($"the node that is left answers for session {id}", Patience, async () => (await atB.TryAsync(HttpMethod.Get, $"/v1/sessions/{id}")).Status == HttpStatusCode.OK);
        await PrintsOnAsync(atB, ofB);
        await Eventually.Async("the node that is left takes new sessions", Patience, async () =>
        {
            var (status, late) = await atB.TryAsync(HttpMethod.Post, "/v1/sessions", new { repo, profile = "command", command = "echo placed late" });
            if (status == HttpStatusCode.ServiceUnavailable)
                return false; // the dead node is not known to be dead yet
            Assert.Equal(HttpStatusCode.Created, status);
            return (await atB.SessionReachesAsync(late.GetProperty("id").GetString()!, "stopped")).GetProperty("node").GetString() == "b";
        });

        await cluster.A.StartAsync();

        await PrintsOnAsync(atB, ofA);
        foreach (var id in sessions.Keys)
        {
            await Eventually.Async($"session {id} takes input", Patience, async () =>
                (int)(await atB.TryAsync(HttpMethod.Post, $"/v1/sessions/{id}/input", new { text = "enough" })).Status == 202);
            await atB.SessionReachesAsync(id, "stopped");
            AssertWhole(await atB.EventsAsync(id));
        }
    }

    [Fact]
    public async Task A_watcher_at_one_node_hears_at_once_of_a_session_on_the_other()
    {
        await using var cluster = await TwoNodes.StartAsync("PostgreSql");
        using var atA = await SquadUser.SignInAsync(cluster.A);
        using var atB = await SquadUser.SignInAsync(cluster.B);
        var repo = await atA.PushRepositoryAsync("watched");
        var id = await atA.StartSessionAsync(repo, "while read word; do echo heard $word; done");
        var node = (await atA.SessionReachesAsync(id, "running")).GetProperty("node").GetString();
        var (watcher, typist) = node == "a" ? (cluster.B, atA) : (cluster.A, atB);
        await using var events = await Clients.SseClient.ConnectAsync(watcher, typist.Token, id);

        await typist.SendAsync(HttpMethod.Post, $"/v1/sessions/{id}/input", new { text = "something" });

        JsonElement next;
        do next = await events.NextAsync();
        while (next.GetProperty("type").GetString() != "engine.output");
        Assert.Equal("heard something", next.GetProperty("data").GetProperty("text").GetString());
    }

    [Fact]
    public async Task An_api_of_its_own_reaches_a_node_over_TLS()
    {
        await using var cluster = await TwoNodes.StartSharedAsync("PostgreSql");
        var node = await cluster.StartNodeAsync("a");
        await using var api = await node.StartBesideAsync("api");
        using var user = await SquadUser.SignInAsync(api);
        var id = await user.StartSessionAsync(await user.PushRepositoryAsync("apart"), "true");
        await user.SessionReachesAsync(id, "stopped");
    }

    [Fact]
    public async Task Only_a_certificate_of_the_authority_opens_a_silo()
    {
        await using var cluster = await TwoNodes.StartSharedAsync("PostgreSql");
        var node = await cluster.StartNodeAsync("a");
        using var another = cluster.AnotherAuthority();

        Assert.True(await OpensAsync(node, cluster.Authority.Issue("client")));
        Assert.False(await OpensAsync(node, another.Issue("client")));
        Assert.False(await OpensAsync(node, null));

        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => cluster.StartNodeAsync("b", another));
        Assert.Contains("Squad:Cluster:Tls:Certificate was not issued by the authority in Squad:Cluster:Tls:Authority", refused.Message.TrimEnd().Split('\n')[^1], StringComparison.Ordinal);
    }

    /// <summary>Whether the silo's port goes on after the handshake: it then says who it is, or waits for the client to.</summary>
    private static async Task<bool> OpensAsync(SquadServer node, (string Certificate, string Key)? files)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, node.SiloPort);
        // Whether the node has a certificate of the authority is another matter.
        await using var tls = new SslStream(client.GetStream(), leaveInnerStreamOpen: false, (_, shown, _, _) => shown?.Subject == "CN=a");
        using var own = files is var (certificate, key) ? X509Certificate2.CreateFromPemFile(certificate, key) : null;
        try
        {
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "a", ClientCertificates = own is null ? [] : [own] });
            // The node's verdict on a client comes after the client's side of the handshake.
            return await tls.ReadAsync(new byte[1]).AsTask().WaitAsync(TimeSpan.FromSeconds(5)) > 0;
        }
        catch (TimeoutException)
        {
            return true;
        }
        catch (Exception closed) when (closed is IOException or AuthenticationException)
        {
            return false;
        }
    }

    private static async Task PrintsOnAsync(SquadUser user, string id)
    {
        long? before = null;
        await Eventually.Async($"session {id} prints on", Patience, async () =>
        {
            var (status, page) = await user.TryAsync(HttpMethod.Get, $"/v1/sessions/{id}");
            if (status == HttpStatusCode.ServiceUnavailable)
                return false; // a dead node is not known to be dead yet
            Assert.Equal(HttpStatusCode.OK, status);
            var last = page.GetProperty("lastSeq").GetInt64();
            return last > (before ??= last);
        });
    }

    /// <summary>Numbered without a gap, and every line printed is there once.</summary>
    private static void AssertWhole(List<JsonElement> events)
    {
        Assert.Equal(Enumerable.Range(1, events.Count).Select(i => (long)i), events.Select(e => e.GetProperty("seq").GetInt64()));
        var printed = events.Where(e => e.GetProperty("type").GetString() == "engine.output").Select(e => e.GetProperty("data").GetProperty("text").GetString()!).ToList();
        var lines = printed.Count - 1;
        Assert.Equal([.. Enumerable.Range(1, lines).Select(i => $"line {i}"), $"heard after {lines}"], printed);
    }
}
