using System.Collections.Concurrent;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using Orleans.CodeGeneration;
using Orleans.Configuration;
using Orleans.Runtime;
using Orleans.Serialization;

namespace Orleans.Gateway;

/// <summary>Where the silo's gateway is.</summary>
internal sealed class GatewayServerOptions
{
    /// <summary>Path of the Unix socket.</summary>
    public string Path { get; set; } = "";
}

/// <summary>
/// The silo's one door: a Unix socket through which other processes of this user call its grains. Opens when the silo is active; closes to new
/// connections when it begins to stop, and to the others when its grains have ended. A broken connection concerns nobody else.
/// </summary>
internal sealed class GatewayServer(SiloRuntime runtime, IOptions<GatewayServerOptions> options, IOptions<ClusterOptions> cluster,
    IOptions<SiloMessagingOptions> messaging) : ILifecycleParticipant<ISiloLifecycle>, IOutside, IDisposable
{
    private readonly ConcurrentDictionary<GrainId, ServerPeer> _observers = new();
    private readonly ConcurrentDictionary<ServerPeer, bool> _peers = new();
    private Socket? _listening;
    private Task _accepting = Task.CompletedTask;
    private Dictionary<string, GrainType> _types = [];

    public string Path => options.Value.Path;
    public int FrameBytesMax => messaging.Value.MaxMessageBodySize;
    public ClusterOptions Cluster => cluster.Value;
    public IReadOnlyDictionary<string, GrainType> GrainTypes => _types;

    public void Participate(ISiloLifecycle observer)
    {
        observer.Subscribe<GatewayServer>(ServiceLifecycleStage.RuntimeGrainServices - 1, static _ => Task.CompletedTask, CloseAll);
        observer.Subscribe<GatewayServer>(ServiceLifecycleStage.Active, Start, StopAccepting);
    }

    public Exception? Unreachable => null;

    public bool Takes(GrainId grainId) => ObserverDirectory.IsObserver(grainId) && _observers.ContainsKey(grainId);

    public void Send(GrainReference target, Call call)
    {
        if (!_observers.TryGetValue(target.GrainId, out var peer) || !peer.TrySend(target, call)) call.Fail(new ClientNotAvailableException(target.GrainId));
    }

    public GrainType? GrainTypeOf(Type interfaceType, string? classNamePrefix) => null;

    public IAsyncEnumerable<TItem> Enumerate<TItem>(GrainReference target, Call call) =>
        throw new NotSupportedException($"{call.Info} gives a sequence, and an observer is only told.");

    /// <summary>Ends every connection; who wants may connect again.</summary>
    public Task CloseAll(CancellationToken cancellation)
    {
        foreach (var peer in _peers.Keys) peer.Close("the silo has stopped", expected: true);
        return Task.CompletedTask;
    }

    internal void Own(GrainId observer, ServerPeer peer) => _observers[observer] = peer;

    internal void Forget(ServerPeer peer, string reason, bool expected)
    {
        _peers.TryRemove(peer, out _);
        foreach (var (id, owner) in _observers)
        {
            if (owner == peer) _observers.TryRemove(id, out _);
        }
        if (expected) GatewayLog.Ended(runtime.Logger, Path, peer.ProcessId, reason);
        else GatewayLog.ClosedForCause(runtime.Logger, Path, peer.ProcessId, reason);
    }

    /// <summary>Without having been stopped: goes away as a killed process does.</summary>
    public void Dispose()
    {
        _listening?.Dispose();
        foreach (var peer in _peers.Keys) peer.Close("the silo has gone", expected: true);
    }

    private Task Start(CancellationToken cancellation)
    {
        _types = FindGrainTypes();
        runtime.Outside = this;
        _listening = GatewaySocket.Listen(Path);
        GatewayLog.Listening(runtime.Logger, Path);
        _accepting = AcceptAsync(_listening);
        return Task.CompletedTask;
    }

    private async Task StopAccepting(CancellationToken cancellation)
    {
        if (_listening is null) return;
        File.Delete(Path);
        _listening.Dispose();
        await _accepting;
    }

    private async Task AcceptAsync(Socket listening)
    {
        while (true)
        {
            Socket socket;
            try
            {
                socket = await listening.AcceptAsync();
            }
            catch (Exception error) when (error is ObjectDisposedException or SocketException { SocketErrorCode: SocketError.OperationAborted })
            {
                return;
            }
            catch (SocketException error)
            {
                // Out of descriptors, most likely: others may give some back.
                GatewayLog.AcceptFailed(runtime.Logger, Path, error);
                await Task.Delay(TimeSpan.FromSeconds(1), runtime.Clock.Provider);
                continue;
            }
            Accept(socket);
        }
    }

    private void Accept(Socket socket)
    {
        var (process, refused) = GatewaySocket.PeerOf(socket);
        if (refused is not null)
        {
            GatewayLog.ClosedForCause(runtime.Logger, Path, process, refused);
            socket.Dispose();
            return;
        }
        GatewayLog.Accepted(runtime.Logger, Path, process);
        var peer = new ServerPeer(this, socket, runtime, process);
        _peers[peer] = true;
        peer.Start();
    }

    private Dictionary<string, GrainType> FindGrainTypes()
    {
        var types = new Dictionary<string, GrainType>(StringComparer.Ordinal);
        foreach (var type in ApplicationParts.Find().SelectMany(GrainClasses.TypesOf).Where(GrainInterfaces.IsGrainInterface))
        {
            if (type.ContainsGenericParameters) continue;
            try
            {
                types[TypeNames.Of(type)] = runtime.Classes.ForInterface(type, null);
            }
            catch (ArgumentException)
            {
                // Served by no class, or by several: who asks for it is told so.
            }
        }
        return types;
    }
}

/// <summary>The silo's end of one connection.</summary>
internal sealed class ServerPeer : Peer
{
    private static readonly TimeSpan HelloPatience = TimeSpan.FromSeconds(5);
    private readonly GatewayServer _server;
    private readonly ServedStreams _streams;
    private ITimer? _patience;
    private volatile bool _welcomed;

    public ServerPeer(GatewayServer server, Socket socket, SiloRuntime runtime, int processId)
        : base(socket, new ServerSession(runtime, server), runtime, server.FrameBytesMax)
    {
        _server = server;
        ((ServerSession)Session).Peer = this;
        _streams = new ServedStreams(this, runtime.Services);
        ProcessId = processId;
    }

    public int ProcessId { get; }
    protected override int FrameBytesMaxNow => _welcomed ? FrameBytesMax : Protocol.HelloBytesMax;

    public void Start()
    {
        _patience = Runtime.Clock.Provider.CreateTimer(static state =>
        {
            var peer = (ServerPeer)state!;
            if (!peer._welcomed) peer.Close($"it did not introduce itself within {HelloPatience}");
        }, this, HelloPatience, Timeout.InfiniteTimeSpan);
        StartReading();
    }

    protected override Exception? Refuse(GrainId target) => null;

    protected override Exception Lost(GrainId target, string reason) =>
        target.IsDefault ? new SiloUnavailableException(reason) : new ClientNotAvailableException(target);

    protected override void OnFrame(FrameKind kind, WireReader reader)
    {
        if (_welcomed) base.OnFrame(kind, reader);
        else if (kind == FrameKind.Hello) Hello(reader);
        else throw new WireFormatException($"A client begins with {FrameKind.Hello}, not with {(int)kind}");
    }

    protected override Task ServeAsync(Operation operation, WireReader reader) => operation switch
    {
        Operation.Subscribe => _streams.SubscribeAsync(reader),
        Operation.Unsubscribe => _streams.UnsubscribeAsync(reader),
        Operation.Publish => _streams.PublishAsync(reader),
        Operation.Announce => Announce(reader),
        _ => throw new WireFormatException($"A client does not ask for {operation}."),
    };

    protected override void OnClosed(string reason, bool expected)
    {
        _patience?.Dispose();
        _server.Forget(this, reason, expected);
        _streams.Close();
        base.OnClosed(reason, expected);
    }

    private void Hello(WireReader reader)
    {
        if (reader.Fixed64() != Protocol.Magic) throw new WireFormatException("What connected does not speak the gateway's protocol.");
        var version = reader.Varint();
        var (clusterId, serviceId) = (reader.Text(), reader.Text());
        var refused = version != Protocol.Version ? $"the silo speaks version {Protocol.Version} of the gateway's protocol and the client {version}"
            : (clusterId, serviceId) != (_server.Cluster.ClusterId, _server.Cluster.ServiceId)
                ? $"this is cluster '{_server.Cluster.ClusterId}' of service '{_server.Cluster.ServiceId}', and the client asks for '{clusterId}' of '{serviceId}'"
                : null;
        var writer = Protocol.Begin(refused is null ? FrameKind.Welcome : FrameKind.Refused, Session);
        if (refused is not null)
        {
            writer.Text(refused);
            Send(writer);
            Close(refused);
            return;
        }
        _welcomed = true;
        writer.Text(Runtime.Silo.Name);
        writer.Varint((uint)_server.GrainTypes.Count);
        foreach (var (name, type) in _server.GrainTypes)
        {
            writer.Text(name);
            writer.Text(type.ToString());
        }
        Send(writer);
    }

    private Task Announce(WireReader reader)
    {
        for (var count = reader.Count(); count > 0; count--) _server.Own(IdentityCodecs.ReadGrainId(reader), this);
        return Task.CompletedTask;
    }

    /// <summary>An observer that a client sends, and that is not the silo's own, lives with that client.</summary>
    private sealed class ServerSession(SiloRuntime runtime, GatewayServer server) : IWireSession
    {
        public ServerPeer? Peer { get; set; }

        public object Reference(GrainId grainId, Type interfaceType)
        {
            if (ObserverDirectory.IsObserver(grainId) && !runtime.Observers.Contains(grainId) && !server.Takes(grainId)) server.Own(grainId, Peer!);
            return runtime.References.Create(grainId, interfaceType);
        }

        public void Sending(GrainReference reference)
        {
        }
    }
}
