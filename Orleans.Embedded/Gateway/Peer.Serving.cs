using System.Collections.Concurrent;
using Orleans.Runtime;
using Orleans.Serialization;

namespace Orleans.Gateway;

/// <summary>The serving half of a <see cref="Peer"/>: what the other end asks for.</summary>
internal abstract partial class Peer
{
    private readonly ConcurrentDictionary<ulong, CancellationTokenSource> _tokens = new();
    private readonly ConcurrentDictionary<ulong, ServedSequence> _sequences = new();
    private ulong _lastSequence;
    private int _underWay;

    internal void Finish(ServedRequest request)
    {
        var (id, task) = (request.Id, request.Running);
        if (id != 0)
        {
            if (request.HasToken) _tokens.TryRemove(id, out _);
            if (!task.IsCompletedSuccessfully) SendFailure(id, task.IsCanceled ? new TaskCanceledException(task) : task.Exception!.InnerExceptions[0]);
            else SendAnswer(id, request);
        }
        else if (task.IsFaulted)
        {
            // A one-way call's failure has been logged where it ran.
            _ = task.Exception;
        }
        // One of them finds the way free again.
        if (Interlocked.Decrement(ref _underWay) == UnderWayMax - 1) ResumeReading();
    }

    private void Serve(ulong id, Operation operation, WireReader reader)
    {
        Interlocked.Increment(ref _underWay);
        var request = new ServedRequest(this);
        try
        {
            switch (operation)
            {
                case Operation.Call:
                    ServeCall(id, request, reader);
                    return;
                case Operation.Open:
                    var number = ++_lastSequence;
                    var sequence = ReadCall(0, reader, out var method, out var context);
                    _sequences[number] = ServedSequence.Of(method.ResultType!, sequence, context, () => _sequences.TryRemove(number, out _));
                    request.Await(id, Task.FromResult(number), static (writer, done) => writer.Varint(((Task<ulong>)done).Result));
                    return;
                case Operation.Next:
                    var next = reader.Varint();
                    if (!_sequences.TryGetValue(next, out var served)) throw new SerializerException($"There is no sequence {next} any more.");
                    request.Await(id, served.NextAsync(), served.WriteResult);
                    return;
                case Operation.Close:
                    if (_sequences.TryGetValue(reader.Varint(), out var closed)) closed.Close();
                    request.Await(id, Task.CompletedTask, ServedRequest.NoResult);
                    return;
                default:
                    request.Await(id, ServeAsync(operation, reader), ServedRequest.NoResult);
                    return;
            }
        }
        catch (Exception error) when (error is not WireFormatException)
        {
            // A call that cannot be made is its caller's matter; one that cannot be read is the end (see OnFrame).
            request.Await(id, Task.FromException(error), ServedRequest.NoResult);
        }
    }

    private void ServeCall(ulong id, ServedRequest request, WireReader reader)
    {
        var running = (Task)ReadCall(id, reader, out var method, out _);
        request.HasToken = method.TakesToken;
        request.Await(id, running, method.WriteResult);
    }

    private object ReadCall(ulong id, WireReader reader, out RemoteMethod method, out Dictionary<string, object>? context)
    {
        var bound = _bindings[reader.Varint(), reader.Varint()];
        method = bound.Method ?? throw new NotSupportedException(bound.Problem);
        var grainId = IdentityCodecs.ReadGrainId(reader);
        if (Refuse(grainId) is { } refused) throw refused;
        context = ReadContext(reader);
        var token = CancellationToken.None;
        if (method.TakesToken && id != 0) token = _tokens.GetOrAdd(id, static _ => new CancellationTokenSource()).Token;
        var reference = runtime.References.Create(grainId, method.Method.DeclaringType!);
        if (context is null) return method.Invoke(reference, reader, token);
        RequestContext.Current = context;
        try
        {
            return method.Invoke(reference, reader, token);
        }
        finally
        {
            RequestContext.Current = null;
        }
    }

    private void SendAnswer(ulong id, ServedRequest request)
    {
        var writer = Protocol.Begin(FrameKind.Answer, Session);
        try
        {
            writer.Varint(id);
            request.WriteResult(writer, request.Running);
            Send(writer);
        }
        catch (SerializerException error)
        {
            SendFailure(id, error);
        }
    }

    private void SendFailure(ulong id, Exception error)
    {
        var writer = Protocol.Begin(FrameKind.Failure, Session);
        writer.Varint(id);
        CodecProvider.Shared.Get<Exception>().Write(writer, 0, error);
        Send(writer);
    }

    private static Dictionary<string, object>? ReadContext(WireReader reader)
    {
        var count = reader.Count();
        if (count == 0) return null;
        var context = new Dictionary<string, object>();
        for (; count > 0; count--) context[reader.Text()] = ContextValues.Read(reader, reader.Kind())!;
        return context;
    }
}
