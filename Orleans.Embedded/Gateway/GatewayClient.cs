using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime;
using Orleans.Serialization;

namespace Orleans.Gateway;

/// <summary>
/// The way of a process without grains to the silo of this machine. Keeps one connection; when it is lost, calls under way fail, new ones wait for
/// the next connection up to their response timeout, and streams are subscribed to again. Safe from any thread.
/// </summary>
internal sealed class GatewayClient : IOutside, IWireSession
{
    private const int HeldMax = 100_000;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan HelloPatience = TimeSpan.FromSeconds(5);

    private readonly SiloRuntime _runtime;
    private readonly ClusterOptions _cluster;
    private readonly TimeSpan _responseTimeout;
    private readonly Lock _gate = new();
    private readonly Queue<(GrainReference Target, Call Call)> _held = [];
    private readonly HashSet<GrainId> _observers = [];
    private readonly CancellationTokenSource _stopping = new();
    private volatile Dictionary<string, GrainType>? _types;
    private volatile ClientPeer? _peer;
    private volatile int _heldCount;
    private TaskCompletionSource<ClientPeer> _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _running = Task.CompletedTask;

    public GatewayClient(SiloRuntime runtime, IOptions<StaticGatewayListProviderOptions> gateways, IOptions<ClusterOptions> cluster,
        IOptions<ClientMessagingOptions> messaging)
    {
        _runtime = runtime;
        _cluster = cluster.Value;
        _responseTimeout = messaging.Value.ResponseTimeout;
        FrameBytesMax = messaging.Value.MaxMessageBodySize;
        Path = gateways.Value.Gateways is [{ Scheme: "unix" } only] ? only.LocalPath
            : throw new OrleansConfigurationException($"{nameof(StaticGatewayListProviderOptions)}.{nameof(StaticGatewayListProviderOptions.Gateways)} "
                + "must have one address, of the form unix:///path/to/socket: this runtime has no other gateway.");
        Subscriptions = new ClientSubscriptions(this, runtime);
    }

    public string Path { get; }
    public int FrameBytesMax { get; }
    public ClientSubscriptions Subscriptions { get; }
    public bool IsConnected => _peer is not null;

    /// <summary>Connects, and from then on stays connected.</summary>
    /// <exception cref="SiloUnavailableException">Nobody listens, or it refuses.</exception>
    public async Task StartAsync(CancellationToken cancellation)
    {
        var (peer, name) = await ConnectAsync(cancellation);
        GatewayLog.Connected(_runtime.Logger, name, Path);
        _running = StayConnectedAsync(peer);
    }

    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        _peer?.Close("the client stops", expected: true);
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>The connection, which may be waited for up to the response timeout.</summary>
    public async Task<Peer> ConnectedAsync(CancellationToken cancellation)
    {
        if (_peer is { } present) return present;
        try
        {
            return await Volatile.Read(ref _connected).Task.WaitAsync(_responseTimeout, _runtime.Clock.Provider, cancellation);
        }
        catch (TimeoutException)
        {
            throw Away();
        }
    }

    /// <summary>Waits for an answer no longer than the call's caller would.</summary>
    public async Task<T> InTimeAsync<T>(Task<T> answer, Call call, CancellationToken cancellation)
    {
        var timeout = call.Info.Timeout ?? _responseTimeout;
        try
        {
            return await answer.WaitAsync(timeout, _runtime.Clock.Provider, cancellation);
        }
        catch (TimeoutException) when (!answer.IsCompleted)
        {
            throw new TimeoutException($"No answer within {timeout} to {call.Info}.");
        }
    }

    public Exception? Unreachable => _peer is null ? Away() : null;

    public bool Takes(GrainId grainId) => !ObserverDirectory.IsObserver(grainId) || !_runtime.Observers.Contains(grainId);

    public void Send(GrainReference target, Call call)
    {
        if (_heldCount == 0 && _peer is { } peer && peer.Unsent < Peer.UnsentMax && peer.TrySend(target, call)) return;
        if (call.Info.OneWay && _peer is null)
        {
            call.Fail(Away());
            return;
        }
        bool full;
        lock (_gate)
        {
            while (_held.TryPeek(out var oldest) && oldest.Call.IsAbandoned) _held.Dequeue();
            full = _held.Count >= HeldMax;
            if (!full) _held.Enqueue((target, call));
            _heldCount = _held.Count;
        }
        if (full) call.Fail(new LimitExceededException($"{HeldMax} calls wait for the silo at '{Path}' already."));
        ReleaseHeld();
    }

    public GrainType? GrainTypeOf(Type interfaceType, string? classNamePrefix)
    {
        if (_types is not { } types) throw Away();
        if (classNamePrefix is not null) throw new NotSupportedException("Through the gateway a grain class is named by [DefaultGrainType], not by a prefix.");
        return types.TryGetValue(TypeNames.Of(interfaceType), out var found) ? found
            : throw new ArgumentException($"Could not find an implementation for interface {interfaceType}.");
    }

    public IAsyncEnumerable<TItem> Enumerate<TItem>(GrainReference target, Call call) => new RemoteSequence<TItem>(this, target, call);

    public object Reference(GrainId grainId, Type interfaceType) => _runtime.References.Create(grainId, interfaceType);

    public void Sending(GrainReference reference)
    {
        if (!ObserverDirectory.IsObserver(reference.GrainId) || !_runtime.Observers.Contains(reference.GrainId)) return;
        lock (_gate) _observers.Add(reference.GrainId);
    }

    /// <summary>The silo has let a connection in: everything goes there now.</summary>
    internal void Welcome(ClientPeer peer, Dictionary<string, GrainType> types)
    {
        GrainId[] observers;
        TaskCompletionSource<ClientPeer> waiting;
        lock (_gate)
        {
            _observers.RemoveWhere(id => !_runtime.Observers.Contains(id));
            observers = [.. _observers];
            waiting = _connected;
        }
        if (observers.Length > 0)
        {
            peer.Post(Operation.Announce, writer =>
            {
                writer.Varint((uint)observers.Length);
                foreach (var id in observers) IdentityCodecs.WriteGrainId(writer, id);
            });
        }
        _types = types;
        _peer = peer;
        waiting.TrySetResult(peer);
        Subscriptions.Renew(peer);
        ReleaseHeld();
    }

    internal void Leave(ClientPeer peer)
    {
        lock (_gate)
        {
            if (_peer != peer) return;
            _peer = null;
            _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>Sends what waited, as far as the connection takes it.</summary>
    internal void ReleaseHeld()
    {
        while (_heldCount > 0 && _peer is { } peer && peer.Unsent < Peer.UnsentMax)
        {
            (GrainReference Target, Call Call) next;
            lock (_gate)
            {
                if (!_held.TryDequeue(out next)) return;
                _heldCount = _held.Count;
            }
            if (next.Call.IsAbandoned || peer.TrySend(next.Target, next.Call)) continue;
            lock (_gate)
            {
                _held.Enqueue(next);
                _heldCount = _held.Count;
            }
        }
    }

    private SiloUnavailableException Away() => new($"No silo can be reached at '{Path}'.");

    private async Task<(ClientPeer Peer, string Name)> ConnectAsync(CancellationToken cancellation)
    {
        var endPoint = GatewaySocket.EndPoint(Path);
        Socket socket;
        try
        {
            socket = await GatewaySocket.ConnectAsync(endPoint, _runtime.Clock.Provider, cancellation);
        }
        catch (SocketException error)
        {
            throw new SiloUnavailableException($"No silo listens at '{Path}' ({error.Message}).", error);
        }
        var peer = new ClientPeer(this, socket, _runtime);
        peer.Introduce(_cluster.ClusterId, _cluster.ServiceId);
        try
        {
            return (peer, await peer.Welcomed.WaitAsync(HelloPatience, _runtime.Clock.Provider, cancellation));
        }
        catch (Exception error) when (error is TimeoutException or OperationCanceledException)
        {
            peer.Close("the silo did not answer", expected: true);
            if (error is OperationCanceledException) throw;
            throw new SiloUnavailableException($"The silo at '{Path}' did not answer within {HelloPatience}.", error);
        }
    }

    private async Task StayConnectedAsync(ClientPeer? peer)
    {
        var pause = FirstPause;
        var told = false;
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                if (peer is null)
                {
                    (peer, var name) = await ConnectAsync(_stopping.Token);
                    GatewayLog.Connected(_runtime.Logger, name, Path);
                    (pause, told) = (FirstPause, false);
                }
                var reason = await peer.Ended;
                if (_stopping.IsCancellationRequested) return;
                if (!told) GatewayLog.Away(_runtime.Logger, Path, reason);
                told = true;
            }
            catch (Exception error) when (!_stopping.IsCancellationRequested)
            {
                // Whatever it is, the silo is away until an attempt succeeds.
                if (!told) GatewayLog.Away(_runtime.Logger, Path, error.Message);
                told = true;
            }
            peer = null;
            await Task.Delay(pause, _runtime.Clock.Provider, _stopping.Token);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }
}
