using System.Net.Sockets;
using Orleans.Runtime;
using Orleans.Serialization;

namespace Orleans.Gateway;

/// <summary>
/// One end of a connection over which both ends call: it sends requests and matches their answers, and serves the other end's requests with this
/// runtime's references. Requests are served in the order they came and answered in any.
/// Back-pressure: while <see cref="UnderWayMax"/> requests are being served, or <see cref="UnsentMax"/> bytes wait to be sent, nothing more is read.
/// </summary>
internal abstract partial class Peer(Socket socket, IWireSession session, SiloRuntime runtime, int frameBytesMax) : Connection(socket, session, frameBytesMax)
{
    private const int UnderWayMax = 10_000;
    public const int UnsentMax = 8 << 20;

    private static readonly Codec<object> ContextValues = CodecProvider.Shared.Get<object>();

    private readonly Lock _gate = new();
    private readonly Dictionary<ulong, Pending> _pending = [];
    private readonly Bindings _bindings = new();
    private ulong _lastId;
    private int _waiting;

    protected SiloRuntime Runtime => runtime;
    protected override bool IsBusy => Volatile.Read(ref _waiting) > 1 || Volatile.Read(ref _underWay) > 1;
    protected override bool IsOverloaded => Volatile.Read(ref _underWay) >= UnderWayMax || Unsent >= UnsentMax;

    /// <summary>Sends a call. False: the connection is closed, and the call is as it was.</summary>
    public bool TrySend(GrainReference target, Call call)
    {
        var method = RemoteMethod.Of(call.Info.Declaration!);
        var id = call.Info.OneWay ? 0 : Interlocked.Increment(ref _lastId);
        try
        {
            var writer = BeginCall(Operation.Call, id, target, call, method);
            if (id != 0) Register(id, new Pending(call, null, method));
            if (Send(writer)) { FollowToken(id, call); return true; }
        }
        catch (Exception error) when (error is SerializerException or InvalidOperationException)
        {
            if (id != 0) Take(id);
            call.Fail(error);
            return true;
        }
        // Whoever closed the connection may have failed the call already.
        return id != 0 && Take(id) is null;
    }

    /// <summary>Sends any other request.</summary>
    /// <exception cref="SiloUnavailableException">The connection is closed.</exception>
    public Task<T> RequestAsync<T>(Operation operation, Action<WireWriter> write, Func<WireReader, T> read)
    {
        var id = Interlocked.Increment(ref _lastId);
        var reply = new Reply<T>(read);
        var writer = Begin(operation, id);
        write(writer);
        return SendRequest(id, reply, writer);
    }

    /// <summary>Opens a sequence at the other end: its number.</summary>
    public Task<ulong> OpenAsync(GrainReference target, Call call)
    {
        var id = Interlocked.Increment(ref _lastId);
        var writer = BeginCall(Operation.Open, id, target, call, RemoteMethod.Of(call.Info.Declaration!));
        return SendRequest(id, new Reply<ulong>(static reader => reader.Varint()), writer);
    }

    /// <summary>Sends a request that wants no answer.</summary>
    public void Post(Operation operation, Action<WireWriter> write)
    {
        var writer = Begin(operation, 0);
        write(writer);
        Send(writer);
    }

    /// <summary>Why a call to this target is not taken; null: it is.</summary>
    protected abstract Exception? Refuse(GrainId target);

    /// <summary>What the caller of a call gets whose answer will not come.</summary>
    protected abstract Exception Lost(GrainId target, string reason);

    /// <summary>Serves an operation of this end alone.</summary>
    protected abstract Task ServeAsync(Operation operation, WireReader reader);

    protected override void OnFrame(FrameKind kind, WireReader reader)
    {
        switch (kind)
        {
            case FrameKind.Bind:
                _bindings.Receive(reader);
                break;
            case FrameKind.Request:
                Serve(reader.Varint(), (Operation)reader.Byte(), reader);
                break;
            case FrameKind.Answer:
                Answered(reader.Varint(), reader, failed: false);
                break;
            case FrameKind.Failure:
                Answered(reader.Varint(), reader, failed: true);
                break;
            case FrameKind.Cancel:
                if (_tokens.TryGetValue(reader.Varint(), out var tokens)) ThreadPool.UnsafeQueueUserWorkItem(static t => t.Cancel(), tokens, preferLocal: false);
                break;
            default:
                throw new WireFormatException($"A frame of kind {(int)kind} has no place here.");
        }
    }

    protected override void OnClosed(string reason, bool expected)
    {
        Pending[] lost;
        lock (_gate)
        {
            lost = [.. _pending.Values];
            _pending.Clear();
        }
        foreach (var pending in lost)
        {
            if (pending.Call is { } call) call.Fail(Lost(call.Target?.GrainId ?? default, reason));
            else pending.Reply!.Fail(Lost(default, reason));
        }
        foreach (var token in _tokens.Values) ThreadPool.UnsafeQueueUserWorkItem(static t => t.Cancel(), token, preferLocal: false);
        foreach (var sequence in _sequences.Values) sequence.Close();
    }

    protected override void OnDrained() => ResumeReading();

    private Task<T> SendRequest<T>(ulong id, Reply<T> reply, WireWriter writer)
    {
        Register(id, new Pending(null, reply, null));
        if (!Send(writer) && Take(id) is not null) reply.Fail(Lost(default, Closed!));
        return reply.Task;
    }

    private WireWriter Begin(Operation operation, ulong id)
    {
        var writer = Protocol.Begin(FrameKind.Request, Session);
        writer.Varint(id);
        writer.Byte((byte)operation);
        return writer;
    }

    private WireWriter BeginCall(Operation operation, ulong id, GrainReference target, Call call, RemoteMethod method)
    {
        (int Interface, int Method) numbers;
        lock (_gate)
        {
            // Within the lock, so that no call of the interface leaves before it.
            if (_bindings.Number(method, out numbers, out var added))
            {
                var bind = Protocol.Begin(FrameKind.Bind, Session);
                Bindings.WriteBind(bind, added!);
                Send(bind);
            }
        }
        var writer = Begin(operation, id);
        try
        {
            writer.Varint((uint)numbers.Interface);
            writer.Varint((uint)numbers.Method);
            IdentityCodecs.WriteGrainId(writer, target.GrainId);
            WriteContext(writer, call.Context);
            method.WriteArguments(writer, call);
            return writer;
        }
        catch
        {
            Protocol.GiveBack(writer);
            throw;
        }
    }

    private void FollowToken(ulong id, Call call)
    {
        if (!call.CalleeToken.CanBeCanceled) return;
        call.CalleeToken.UnsafeRegister(static state =>
        {
            var (peer, request) = ((Peer, ulong))state!;
            var writer = Protocol.Begin(FrameKind.Cancel, peer.Session);
            writer.Varint(request);
            peer.Send(writer);
        }, (this, id));
    }

    private void Answered(ulong id, WireReader reader, bool failed)
    {
        if (Take(id) is not { } pending) return; // given up
        if (pending.Call is not { } call)
        {
            if (failed) pending.Reply!.Fail(ReadFailure(reader));
            else pending.Reply!.Take(reader);
            return;
        }
        if (failed)
        {
            call.TakeFailure(ReadFailure(reader));
        }
        else
        {
            try
            {
                call.TakeAnswer(pending.Method!.Result, reader);
            }
            catch (Exception error) when (error is not WireFormatException)
            {
                call.TakeFailure(error);
            }
        }
        if (CallTracker.Release(call)) RunSoon(call);
    }

    private static Exception ReadFailure(WireReader reader) =>
        CodecProvider.Shared.Get<Exception>().Read(reader, reader.Kind()) ?? throw new WireFormatException("A failure has no exception.");

    private static void WriteContext(WireWriter writer, Dictionary<string, object>? context)
    {
        writer.Varint((uint)(context?.Count ?? 0));
        if (context is null) return;
        foreach (var (key, value) in context)
        {
            writer.Text(key);
            ContextValues.Write(writer, 0, value);
        }
    }

    private void Register(ulong id, Pending pending)
    {
        lock (_gate) _pending[id] = pending;
        Interlocked.Increment(ref _waiting);
    }

    private Pending? Take(ulong id)
    {
        lock (_gate)
        {
            if (!_pending.Remove(id, out var pending)) return null;
            Interlocked.Decrement(ref _waiting);
            return pending;
        }
    }

    /// <summary>A request whose answer has not come: a call, or another one.</summary>
    private readonly record struct Pending(Call? Call, Reply? Reply, RemoteMethod? Method);

    private abstract class Reply
    {
        public abstract void Take(WireReader reader);
        public abstract void Fail(Exception error);
    }

    private sealed class Reply<T>(Func<WireReader, T> read) : Reply
    {
        private readonly TaskCompletionSource<T> _source = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<T> Task => _source.Task;
        public override void Take(WireReader reader) => _source.TrySetResult(read(reader));
        public override void Fail(Exception error) => _source.TrySetException(error);
    }
}
