using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Squad.Tests.Support;

namespace Squad.EndToEnd.Clients;

/// <summary>A client of <c>/ws</c>: one JSON object a message.</summary>
internal sealed class SocketClient(ClientWebSocket socket) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <param name="query">What comes beside the token, e.g. <c>session=a1&amp;after=7</c>.</param>
    public static async Task<SocketClient> ConnectAsync(SquadServer server, string token, string query = "")
    {
        var socket = new ClientWebSocket();
        using var patience = new CancellationTokenSource(Patience);
        await socket.ConnectAsync(new Uri($"ws://{server.Url.Authority}/ws?token={Uri.EscapeDataString(token)}&{query}"), patience.Token);
        return new SocketClient(socket);
    }

    public Task SendAsync(object message) => SendTextAsync(JsonSerializer.Serialize(message));

    public Task SendTextAsync(string text) => socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, default);

    /// <summary>The next message; fails when the server closes instead.</summary>
    public async Task<JsonElement> NextAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        var message = new MemoryStream();
        var buffer = new byte[64 * 1024];
        while (true)
        {
            var got = await socket.ReceiveAsync(buffer.AsMemory(), patience.Token);
            if (got.MessageType == WebSocketMessageType.Close)
                throw new InvalidOperationException($"The server closed the connection: {socket.CloseStatus} {socket.CloseStatusDescription}");
            message.Write(buffer, 0, got.Count);
            if (got.EndOfMessage)
                return JsonSerializer.Deserialize<JsonElement>(message.ToArray());
        }
    }

    /// <summary>The next message, which must be of this type.</summary>
    public async Task<JsonElement> NextAsync(string type)
    {
        var message = await NextAsync();
        Assert.True(message.GetProperty("type").GetString() == type, $"Expected '{type}', got {message}");
        return message;
    }

    /// <summary>Sequence numbers of everything up to the end frame, which must name the last of them.</summary>
    public async Task<List<long>> NumbersToEndAsync(string session)
    {
        var numbers = new List<long>();
        while (true)
        {
            var message = await NextAsync();
            Assert.Equal(session, message.GetProperty("session").GetString());
            if (message.GetProperty("type").GetString() == "end")
            {
                Assert.Equal(numbers[^1], message.GetProperty("cursor").GetInt64());
                return numbers;
            }

            numbers.AddRange(message.GetProperty("events").EnumerateArray().Select(e => e.GetProperty("seq").GetInt64()));
        }
    }

    /// <summary>Says goodbye and waits for the server's.</summary>
    public async Task<WebSocketCloseStatus?> CloseAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, patience.Token);
        return socket.CloseStatus;
    }

    public ValueTask DisposeAsync()
    {
        socket.Dispose();
        return ValueTask.CompletedTask;
    }
}
