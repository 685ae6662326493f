using System.Net.Sockets;
using Orleans.Runtime;
using Orleans.Serialization;

namespace Orleans.Gateway;

/// <summary>The client's end of one connection: it introduces itself, and serves calls of its observers and deliveries of its streams.</summary>
internal sealed class ClientPeer(GatewayClient client, Socket socket, SiloRuntime runtime) : Peer(socket, client, runtime, client.FrameBytesMax)
{
    private readonly TaskCompletionSource<string> _welcomed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<string> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The silo's name, when it has let us in.</summary>
    public Task<string> Welcomed => _welcomed.Task;

    /// <summary>Why the connection has ended, when it has.</summary>
    public Task<string> Ended => _ended.Task;

    public void Introduce(string clusterId, string serviceId)
    {
        var writer = Protocol.Begin(FrameKind.Hello, Session);
        writer.Fixed64(Protocol.Magic);
        writer.Varint(Protocol.Version);
        writer.Text(clusterId);
        writer.Text(serviceId);
        Send(writer);
        StartReading();
    }

    protected override Exception? Refuse(GrainId target) =>
        ObserverDirectory.IsObserver(target) && Runtime.Observers.Contains(target) ? null : new ClientNotAvailableException(target);

    protected override Exception Lost(GrainId target, string reason) =>
        new SiloUnavailableException($"The silo at '{client.Path}' was lost while it was called: {reason}. The call may have run, or not.");

    protected override Task ServeAsync(Operation operation, WireReader reader) => operation == Operation.Deliver
        ? client.Subscriptions.DeliverAsync(reader)
        : throw new WireFormatException($"A silo does not ask for {operation}.");

    protected override void OnFrame(FrameKind kind, WireReader reader)
    {
        if (Welcomed.IsCompletedSuccessfully)
        {
            base.OnFrame(kind, reader);
            return;
        }
        if (kind == FrameKind.Refused) throw new SiloUnavailableException($"The silo refuses the connection: {reader.Text()}");
        if (kind != FrameKind.Welcome) throw new WireFormatException($"A silo does not begin with {kind}.");
        var name = reader.Text();
        var types = new Dictionary<string, GrainType>(StringComparer.Ordinal);
        for (var count = reader.Count(); count > 0; count--)
        {
            var interfaceName = reader.Text();
            types[interfaceName] = GrainType.Create(reader.Text());
        }
        client.Welcome(this, types);
        _welcomed.TrySetResult(name);
    }

    protected override void OnClosed(string reason, bool expected)
    {
        client.Leave(this);
        base.OnClosed(reason, expected);
        _welcomed.TrySetException(new SiloUnavailableException(reason));
        _ended.TrySetResult(reason);
    }

    protected override void OnDrained()
    {
        base.OnDrained();
        client.ReleaseHeld();
    }
}
