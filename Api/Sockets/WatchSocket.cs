using System.Buffers;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Squad.Api.Auth;
using Squad.Platform.Accounts;
using Squad.Api.Live;
using Squad.Events;
using Squad.Platform;
using Squad.Sessions;

namespace Squad.Api.Sockets;

/// <summary>
/// One WebSocket at <c>/ws</c>. The client subscribes, by query or by message, to any number of streams and gets frames of JSON text:
/// <code>
/// -> {"type":"subscribe","session":"a1b2","cursor":0}      -> {"type":"unsubscribe","session":"a1b2"}      -> {"type":"ping"}
/// &lt;- {"type":"events","session":"a1b2","first":1,"events":[…]}   &lt;- {"type":"end","session":"a1b2","cursor":42}
/// &lt;- {"type":"error","code":"session.notFound","message":"…"}     &lt;- {"type":"pong"}
/// </code>
/// One writer at a time sends; a subscription whose client does not read waits at its send and holds one chunk.
/// </summary>
internal sealed class WatchSocket(WebSocket socket, UserIdentity user, EventRelay relay, StreamAccess access)
{
    private const int MessageBytesMax = 16 * 1024;
    private const int SubscriptionsMax = 64;

    private readonly SemaphoreSlim sending = new(1, 1);
    private readonly Dictionary<string, (CancellationTokenSource Cancel, Task Work)> subscriptions = [];

    public async Task RunAsync(string? session, long after, CancellationToken cancellation)
    {
        using var closing = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        try
        {
            if (session is not null)
                await SubscribeAsync(session, after, closing.Token);
            while (await ReceiveAsync(closing.Token) is { } message)
                await HandleAsync(message, closing.Token);
            if (socket.State == WebSocketState.CloseReceived)
                await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, closing.Token);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException)
        {
            // The client or the server went away: there is nobody to tell.
        }
        finally
        {
            await closing.CancelAsync();
            await Task.WhenAll(subscriptions.Values.Select(s => s.Work));
        }
    }

    private async Task HandleAsync(byte[] message, CancellationToken cancellation)
    {
        string? type, session;
        long cursor = 0;
        try
        {
            using var json = JsonDocument.Parse(message);
            type = json.RootElement.GetProperty("type").GetString();
            session = json.RootElement.TryGetProperty("session", out var named) ? named.GetString() : null;
            if (json.RootElement.TryGetProperty("cursor", out var at) && !at.TryGetInt64(out cursor))
                throw new FormatException();
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            await SendErrorAsync(null, "malformed", "A message is a JSON object like {\"type\":\"subscribe\",\"session\":\"<id>\",\"cursor\":0}.", cancellation);
            return;
        }

        switch (type)
        {
            case "subscribe" when session is not null:
                await SubscribeAsync(session, cursor, cancellation);
                break;
            case "unsubscribe" when session is not null:
                if (subscriptions.Remove(session, out var subscription))
                {
                    await subscription.Cancel.CancelAsync();
                    await subscription.Work;
                }

                break;
            case "ping":
                await SendAsync(writer => writer.WriteString("type", "pong"), cancellation);
                break;
            default:
                await SendErrorAsync(session, "malformed", $"'{type}' is not known, or lacks its session. Known are subscribe, unsubscribe and ping.", cancellation);
                break;
        }
    }

    private async Task SubscribeAsync(string session, long after, CancellationToken cancellation)
    {
        var stream = EventStreams.Session(session);
        var allowed = await access.StreamAsync(user, stream);
        if (allowed.IsOk)
            allowed = await relay.CheckCursorAsync(stream, after, cancellation);
        if (allowed.IsOk && subscriptions.Count >= SubscriptionsMax)
            allowed = SquadError.Exhausted("ws.subscriptions", $"A connection may subscribe to {SubscriptionsMax} sessions at most.");
        if (!allowed.IsOk)
        {
            await SendErrorAsync(session, allowed.Error.Code, allowed.Error.Message, cancellation);
            return;
        }

        if (subscriptions.Remove(session, out var earlier))
        {
            await earlier.Cancel.CancelAsync();
            await earlier.Work;
        }

        var cancel = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        subscriptions.Add(session, (cancel, PumpAsync(session, after, cancel)));
    }

    private async Task PumpAsync(string session, long after, CancellationTokenSource cancel)
    {
        using var _ = cancel;
        try
        {
            var cursor = after;
            await foreach (var batch in relay.WatchAsync(EventStreams.Session(session), after, () => EndedAsync(session, cursor), cancel.Token))
            {
                await SendAsync(
                    writer =>
                    {
                        writer.WriteString("type", "events");
                        writer.WriteString("session", session);
                        writer.WriteNumber("first", batch.First);
                        writer.WritePropertyName("events");
                        EventsMessageConverter.WriteEvents(writer, batch.Body.Span);
                    },
                    cancel.Token);
                cursor = batch.Last;
            }

            await SendAsync(
                writer =>
                {
                    writer.WriteString("type", "end");
                    writer.WriteString("session", session);
                    writer.WriteNumber("cursor", cursor);
                },
                cancel.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException)
        {
            // Unsubscribed, or the connection is gone.
        }
    }

    private async ValueTask<bool> EndedAsync(string session, long cursor)
    {
        var known = await access.SessionAsync(user, session);
        return !known.IsOk || (known.Value.State is SessionState.Stopped or SessionState.Failed or SessionState.Lost && known.Value.LastSeq <= cursor);
    }

    private Task SendErrorAsync(string? session, string code, string message, CancellationToken cancellation) => SendAsync(
        writer =>
        {
            writer.WriteString("type", "error");
            if (session is not null)
                writer.WriteString("session", session);
            writer.WriteString("code", code);
            writer.WriteString("message", message);
        },
        cancellation);

    private async Task SendAsync(Action<Utf8JsonWriter> members, CancellationToken cancellation)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = SquadJson.Options.Encoder, SkipValidation = true }))
        {
            writer.WriteStartObject();
            members(writer);
            writer.WriteEndObject();
        }

        await sending.WaitAsync(cancellation);
        try
        {
            await socket.SendAsync(buffer.WrittenMemory, WebSocketMessageType.Text, true, cancellation);
        }
        finally
        {
            sending.Release();
        }
    }

    /// <summary>The next whole text message; null when the client closes.</summary>
    private async Task<byte[]?> ReceiveAsync(CancellationToken cancellation)
    {
        var buffer = new byte[MessageBytesMax];
        var length = 0;
        while (true)
        {
            var got = await socket.ReceiveAsync(buffer.AsMemory(length), cancellation);
            if (got.MessageType == WebSocketMessageType.Close)
                return null;
            length += got.Count;
            if (got.EndOfMessage)
                return buffer[..length];
            if (length == buffer.Length)
            {
                await socket.CloseOutputAsync(WebSocketCloseStatus.MessageTooBig, $"A message may have {MessageBytesMax} bytes.", cancellation);
                return null;
            }
        }
    }
}
