using System.Net.Sockets;
using System.Text.Json;

namespace Squad.Platform.Sandboxes.Keeper;

/// <inheritdoc cref="IKeeperConnection"/>
/// <remarks>Over two Unix sockets, one for events and one for commands; or over the standard streams of a Keeper that was started so.</remarks>
public sealed class KeeperConnection : IKeeperConnection
{
    private readonly KeeperReader _reader;
    private readonly KeeperCommands _events;
    private readonly KeeperCommands _commands;
    private readonly Func<ValueTask> _dispose;
    private Result<KeeperAttached>? _attached;

    private KeeperConnection(
        Func<Memory<byte>, CancellationToken, ValueTask<int>> read, KeeperCommands events, KeeperCommands commands, Func<ValueTask> dispose)
    {
        _reader = new KeeperReader(read, OnReply);
        _events = events;
        _commands = commands;
        _dispose = dispose;
    }

    /// <summary>
    /// Connects to the Keeper of a directory, trying again until it listens. Errors: <c>keeper.unreachable</c> after <paramref name="timeout"/>.
    /// A caller who learns meanwhile that the sandbox has ended cancels.
    /// </summary>
    public static async Task<Result<KeeperConnection>> ConnectAsync(
        string directory, TimeSpan timeout, TimeProvider? time = null, CancellationToken cancellation = default)
    {
        time ??= TimeProvider.System;
        var started = time.GetTimestamp();
        for (var attempt = 0; ; attempt++)
        {
            Socket? events = null;
            try
            {
                events = await KeeperSocket.ConnectAsync(directory, SandboxDirectory.SocketName, cancellation);
                var commands = await KeeperSocket.ConnectAsync(directory, SandboxDirectory.SocketName, cancellation);
                return Over(events, commands);
            }
            catch (Exception notYet) when (notYet is SocketException or IOException)
            {
                events?.Dispose();
                if (time.GetElapsedTime(started) >= timeout)
                    return KeeperErrors.Unreachable(directory, timeout, notYet.Message);
            }
            // A Keeper listens within milliseconds of its sandbox's start; one that does not will take long.
            await Task.Delay(TimeSpan.FromMilliseconds(attempt < 400 ? 5 : 100), time, cancellation);
        }
    }

    /// <summary>
    /// Speaks to a Keeper that was started with <c>--stdio</c>, over its standard streams. Answers to commands come between the events, so commands
    /// complete only while somebody reads. Disposing the connection disposes <paramref name="attachment"/>.
    /// </summary>
    public static KeeperConnection Over(SandboxAttachment attachment)
    {
        ArgumentNullException.ThrowIfNull(attachment);
        var commands = new KeeperCommands(async line =>
        {
            await attachment.Input.WriteAsync(line);
            await attachment.Input.FlushAsync();
        });
        return new KeeperConnection(
            (into, cancellation) => EndIsZero(attachment.Output.ReadAsync(into, cancellation)), commands, commands, attachment.DisposeAsync);
    }

    public async Task<Result<KeeperAttached>> AttachAsync(long after, CancellationToken cancellation = default)
    {
        _attached = null;
        if (!await _events.TellAsync("attach", json => json.WriteNumber("after", after), cancellation))
            return KeeperErrors.Gone;
        if (!await _reader.UntilAsync(() => _attached is not null, cancellation))
        {
            _events.Close();
            return KeeperErrors.Gone;
        }
        if (_attached!.IsOk)
            _reader.Expected = _attached.Value.Next;
        return _attached;
    }

    public async ValueTask<KeeperBatch?> ReadBatchAsync(CancellationToken cancellation = default)
    {
        var batch = await _reader.NextAsync(cancellation);
        if (batch is null)
            _events.Close();
        return batch;
    }

    public async ValueTask AckAsync(long n, CancellationToken cancellation = default) =>
        await _events.TellAsync("ack", json => json.WriteNumber("n", n), cancellation);

    public Task<Result> InputAsync(string text, bool enter = true, bool end = false, CancellationToken cancellation = default) =>
        _commands.DoAsync(
            "input",
            json =>
            {
                json.WriteString("text", text);
                json.WriteBoolean("enter", enter);
                if (end)
                    json.WriteBoolean("end", true);
            },
            cancellation);

    public Task<Result> ResizeAsync(int columns, int rows, CancellationToken cancellation = default) =>
        _commands.DoAsync(
            "resize",
            json =>
            {
                json.WriteNumber("columns", columns);
                json.WriteNumber("rows", rows);
            },
            cancellation);

    public async Task<Result<long>> DiskAsync(CancellationToken cancellation = default)
    {
        var answer = await _commands.AskAsync("disk", _ => { }, cancellation);
        return answer.IsOk ? answer.Value.GetProperty("bytes").GetInt64() : answer.Error;
    }

    /// <summary>Sends a signal (<c>INT</c>, <c>TERM</c>, <c>HUP</c>, ...) to the engine's processes. Errors: <c>engine.gone</c>, <c>command.invalid</c>, <c>keeper.gone</c>.</summary>
    public Task<Result> SignalAsync(string name, CancellationToken cancellation = default) =>
        _commands.DoAsync("signal", json => json.WriteString("name", name), cancellation);

    /// <summary>Asks the engine to end, and kills it after <paramref name="grace"/>. Completes when the asking is done; <c>engine.exited</c> tells the end. Idempotent.</summary>
    public Task<Result> StopAsync(TimeSpan grace, CancellationToken cancellation = default) =>
        _commands.DoAsync("stop", json => json.WriteNumber("graceMs", (long)grace.TotalMilliseconds), cancellation);

    /// <summary>Gives a parked Keeper its work. Errors: <c>run.already</c>, <c>spec.invalid</c>, <c>keeper.gone</c>.</summary>
    public Task<Result> RunAsync(KeeperSpec spec, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return _commands.DoAsync(
            "run",
            json =>
            {
                json.WritePropertyName("spec");
                spec.WriteTo(json);
            },
            cancellation);
    }

    public ValueTask DisposeAsync() => _dispose();

    private static KeeperConnection Over(Socket events, Socket commands)
    {
        var asking = new KeeperCommands(line => SendAllAsync(commands, line));
        var answers = ReadAnswersAsync(commands, asking);
        return new KeeperConnection(
            (into, cancellation) => ReceiveAllAsync(events, into, cancellation),
            new KeeperCommands(line => SendAllAsync(events, line)),
            asking,
            async () =>
            {
                events.Dispose();
                commands.Dispose();
                await answers;
            });
    }

    private static async ValueTask SendAllAsync(Socket socket, ReadOnlyMemory<byte> line)
    {
        while (!line.IsEmpty)
            line = line[await socket.SendAsync(line)..];
    }

    /// <summary>Waits for the first bytes, then takes what else is there.</summary>
    private static async ValueTask<int> ReceiveAllAsync(Socket socket, Memory<byte> into, CancellationToken cancellation)
    {
        var got = await EndIsZero(socket.ReceiveAsync(into, SocketFlags.None, cancellation));
        if (got == 0)
            return 0;
        while (got < into.Length && IsMoreThere(socket))
        {
            // Without the caller's token: bytes were taken already, and must not be lost to a cancellation between two reads.
            var more = await EndIsZero(socket.ReceiveAsync(into[got..], SocketFlags.None, CancellationToken.None));
            if (more == 0)
                break;
            got += more;
        }
        return got;
    }

    private static bool IsMoreThere(Socket socket)
    {
        try
        {
            return socket.Available > 0;
        }
        catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>A connection that was reset, closed here, or ended are the same to a reader: no more comes.</summary>
    private static async ValueTask<int> EndIsZero(ValueTask<int> read)
    {
        try
        {
            return await read;
        }
        catch (Exception closed) when (closed is SocketException or IOException or ObjectDisposedException)
        {
            return 0;
        }
    }

    private static async Task ReadAnswersAsync(Socket socket, KeeperCommands commands)
    {
        var reader = new KeeperReader(
            (into, cancellation) => EndIsZero(socket.ReceiveAsync(into, SocketFlags.None, cancellation)),
            line => commands.Answered(Parse(line)));
        try
        {
            await reader.UntilAsync(() => false, CancellationToken.None);
        }
        finally
        {
            commands.Close();
        }
    }

    private void OnReply(ReadOnlySpan<byte> line)
    {
        var reply = Parse(line);
        var op = reply.TryGetProperty("op", out var name) ? name.GetString() : null;
        if (op == "attached")
        {
            _attached = new KeeperAttached(
                reply.GetProperty("next").GetInt64(), reply.GetProperty("last").GetInt64(), reply.GetProperty("session").GetString());
            _reader.Expected = _attached.Value!.Next;
        }
        else if (reply.TryGetProperty("id", out _))
        {
            _commands.Answered(reply);
        }
        else if (op == "refused")
        {
            _attached ??= KeeperCommands.Refusal(reply);
        }
    }

    private static JsonElement Parse(ReadOnlySpan<byte> line)
    {
        try
        {
            var reader = new Utf8JsonReader(line);
            return JsonElement.ParseValue(ref reader);
        }
        catch (JsonException broken)
        {
            throw new KeeperProtocolException($"Expected an answer, got a line that is not JSON: {broken.Message}");
        }
    }
}
