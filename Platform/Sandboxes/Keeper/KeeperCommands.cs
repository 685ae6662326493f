using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Squad.Platform.Sandboxes.Keeper;

/// <summary>
/// Sends commands and matches their answers by <c>id</c>: <c>{"op":"input","id":7,"text":"ls","enter":true}</c> is answered with
/// <c>{"op":"done","id":7}</c>, with further members where there is something to tell, or <c>{"op":"refused","id":7,"code":"engine.gone","message":"..."}</c>. Safe for concurrent use.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore whose wait handle is never asked for holds nothing to dispose.")]
internal sealed class KeeperCommands(Func<ReadOnlyMemory<byte>, ValueTask> write)
{
    private readonly ConcurrentDictionary<long, TaskCompletionSource<Result<JsonElement>>> _waiting = new();
    private readonly SemaphoreSlim _writing = new(1);
    private long _id;
    private volatile bool _gone;

    /// <summary>Sends one command and waits for its answer.</summary>
    public async Task<Result> DoAsync(string op, Action<Utf8JsonWriter> members, CancellationToken cancellation) =>
        await AskAsync(op, members, cancellation) is { IsOk: false, Error: var refusal } ? refusal : Result.Ok;

    /// <summary>The same, with the answer.</summary>
    public async Task<Result<JsonElement>> AskAsync(string op, Action<Utf8JsonWriter> members, CancellationToken cancellation)
    {
        var id = Interlocked.Increment(ref _id);
        var answer = new TaskCompletionSource<Result<JsonElement>>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting[id] = answer;
        try
        {
            if (!await TellAsync(op, json => { json.WriteNumber("id", id); members(json); }, cancellation))
                return KeeperErrors.Gone;
            return await answer.Task.WaitAsync(cancellation);
        }
        finally
        {
            _waiting.TryRemove(id, out _);
        }
    }

    /// <summary>Sends one command that is not answered when it succeeds. False when the connection is gone. A line is never left half written by cancellation.</summary>
    public async ValueTask<bool> TellAsync(string op, Action<Utf8JsonWriter> members, CancellationToken cancellation)
    {
        var buffer = new ArrayBufferWriter<byte>(128);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("op", op);
            members(json);
            json.WriteEndObject();
        }
        buffer.Write("\n"u8);
        await _writing.WaitAsync(cancellation);
        try
        {
            if (_gone)
                return false;
            await write(buffer.WrittenMemory);
            return true;
        }
        catch (Exception lost) when (lost is IOException or ObjectDisposedException or System.Net.Sockets.SocketException)
        {
            Close();
            return false;
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Takes an answer. Answers without an id, or to a command that nobody waits for any more, are for nobody.</summary>
    public void Answered(JsonElement reply)
    {
        if (!reply.TryGetProperty("id", out var id) || !id.TryGetInt64(out var number) || !_waiting.TryRemove(number, out var answer))
            return;
        answer.TrySetResult(reply.GetProperty("op").ValueEquals("done"u8) ? reply : Refusal(reply));
    }

    /// <summary>The connection has ended: everybody who waits is told.</summary>
    public void Close()
    {
        _gone = true;
        foreach (var id in _waiting.Keys)
            if (_waiting.TryRemove(id, out var answer))
                answer.TrySetResult(KeeperErrors.Gone);
    }

    public static SquadError Refusal(JsonElement reply) => KeeperErrors.Refused(
        reply.TryGetProperty("code", out var code) ? code.GetString() ?? "keeper.refused" : "keeper.refused",
        reply.TryGetProperty("message", out var message) ? message.GetString() ?? "" : "");
}
