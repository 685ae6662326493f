using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Squad.Tests.Support;

namespace Squad.EndToEnd.Clients;

/// <summary>
/// A SignalR client as small as can be: JSON protocol over a WebSocket, no negotiation. Each message is JSON ended by the byte 0x1e; types used:
/// 2 an item of a stream, 3 its end, 4 asks for a stream, 5 cancels it, 6 ping.
/// </summary>
internal sealed class HubClient(ClientWebSocket socket) : IAsyncDisposable
{
    private const byte Separator = 0x1e;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly byte[] buffer = new byte[64 * 1024];
    private readonly MemoryStream held = new();
    private readonly Queue<byte[]> messages = new();

    public static async Task<HubClient> ConnectAsync(SquadServer server, string? token)
    {
        var socket = new ClientWebSocket();
        var query = token is null ? "" : $"?access_token={Uri.EscapeDataString(token)}";
        using var patience = new CancellationTokenSource(Patience);
        await socket.ConnectAsync(new Uri($"ws://{server.Url.Authority}/hubs/events{query}"), patience.Token);
        var client = new HubClient(socket);
        await client.SendAsync("{\"protocol\":\"json\",\"version\":1}");
        Assert.Equal("{}", Encoding.UTF8.GetString(await client.NextRawAsync()));
        return client;
    }

    public Task WatchAsync(string stream, long after, string invocation = "1") =>
        SendAsync(JsonSerializer.Serialize(new { type = 4, invocationId = invocation, target = "Watch", arguments = new object[] { stream, after } }));

    public Task CancelAsync(string invocation = "1") => SendAsync(JsonSerializer.Serialize(new { type = 5, invocationId = invocation }));

    public Task SendAsync(string json) => socket.SendAsync(Encoding.UTF8.GetBytes(json + (char)Separator), WebSocketMessageType.Text, true, default);

    /// <summary>The next message that is not a ping.</summary>
    public async Task<JsonElement> NextAsync()
    {
        while (true)
        {
            var message = JsonSerializer.Deserialize<JsonElement>(await NextRawAsync());
            if (message.GetProperty("type").GetInt32() != 6)
                return message;
        }
    }

    /// <summary>The events of the next item of the stream.</summary>
    public async Task<JsonElement[]> EventsAsync()
    {
        var message = await NextAsync();
        Assert.True(message.GetProperty("type").GetInt32() == 2, $"Expected events, got {message}");
        var item = message.GetProperty("item");
        var events = item.GetProperty("events").EnumerateArray().ToArray();
        Assert.Equal(item.GetProperty("first").GetInt64(), events[0].GetProperty("seq").GetInt64());
        return events;
    }

    public ValueTask DisposeAsync()
    {
        socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<byte[]> NextRawAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        while (messages.Count == 0)
        {
            var got = await socket.ReceiveAsync(buffer.AsMemory(), patience.Token);
            if (got.MessageType == WebSocketMessageType.Close)
                throw new InvalidOperationException($"The hub closed the connection: {socket.CloseStatusDescription}");
            Take(buffer.AsSpan(0, got.Count));
        }

        return messages.Dequeue();
    }

    /// <summary>A frame may hold several messages, or a piece of one.</summary>
    private void Take(ReadOnlySpan<byte> bytes)
    {
        int end;
        while ((end = bytes.IndexOf(Separator)) >= 0)
        {
            held.Write(bytes[..end]);
            messages.Enqueue(held.ToArray());
            held.SetLength(0);
            bytes = bytes[(end + 1)..];
        }

        held.Write(bytes);
    }
}
