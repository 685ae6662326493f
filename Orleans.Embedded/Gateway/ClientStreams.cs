using System.Collections.Concurrent;
using Orleans.Providers.Streams.Common;
using Orleans.Runtime;
using Orleans.Serialization;
using Orleans.Streams;

namespace Orleans.Gateway;

/// <summary>
/// The stream subscriptions of a client. They outlive a connection: after the next one they go on with what is said from then on; what was said
/// meanwhile is lost to them, as memory streams lose what they no longer keep.
/// </summary>
internal sealed class ClientSubscriptions(GatewayClient client, SiloRuntime runtime)
{
    private readonly ConcurrentDictionary<ulong, ClientSubscription> _subscriptions = new();
    private ulong _last;

    public GatewayClient Client => client;

    public IEnumerable<ClientSubscription> Of(string provider, StreamId streamId) =>
        _subscriptions.Values.Where(subscription => subscription.Provider == provider && subscription.StreamId == streamId);

    public async Task AddAsync(ClientSubscription subscription, StreamSequenceToken? token)
    {
        subscription.Number = Interlocked.Increment(ref _last);
        var peer = await client.ConnectedAsync(default);
        // Known before it is asked for: the first item may come before the answer.
        _subscriptions[subscription.Number] = subscription;
        try
        {
            await subscription.SubscribeAsync(peer, token);
        }
        catch
        {
            _subscriptions.TryRemove(subscription.Number, out _);
            throw;
        }
    }

    public async Task RemoveAsync(ClientSubscription subscription)
    {
        // Without a connection there is nothing at the silo either.
        if (_subscriptions.TryRemove(subscription.Number, out _) && client.IsConnected)
        {
            await (await client.ConnectedAsync(default)).RequestAsync(Operation.Unsubscribe, writer => writer.Varint(subscription.Number), static _ => true);
        }
    }

    /// <summary>On a new connection.</summary>
    public void Renew(Peer peer)
    {
        foreach (var subscription in _subscriptions.Values) _ = RenewAsync(subscription, peer);
    }

    public Task DeliverAsync(WireReader reader) =>
        _subscriptions.TryGetValue(reader.Varint(), out var subscription) ? subscription.DeliverAsync(reader) : Task.CompletedTask;

    private async Task RenewAsync(ClientSubscription subscription, Peer peer)
    {
        try
        {
            await subscription.SubscribeAsync(peer, null);
        }
        catch (Exception error)
        {
            if (peer.Closed is null) GatewayLog.ResubscribeFailed(runtime.Logger, subscription.StreamId, error);
        }
    }
}

/// <summary>One subscription of a client.</summary>
internal abstract class ClientSubscription(string provider, StreamId streamId)
{
    public ulong Number { get; set; }
    public string Provider => provider;
    public StreamId StreamId => streamId;
    public Guid Id { get; } = Guid.NewGuid();
    public abstract Task SubscribeAsync(Peer peer, StreamSequenceToken? token);
    public abstract Task DeliverAsync(WireReader reader);
}

internal sealed class ClientSubscription<T>(string provider, StreamId streamId, StreamConsumer consumer) : ClientSubscription(provider, streamId)
{
    public StreamConsumer Consumer { get; set; } = consumer;

    public override Task SubscribeAsync(Peer peer, StreamSequenceToken? token) => peer.RequestAsync(Operation.Subscribe, writer =>
    {
        StreamFrames.WriteStream<T>(writer, Provider, StreamId);
        writer.Varint(Number);
        StreamFrames.WriteToken(writer, token);
    }, static _ => true);

    public override Task DeliverAsync(WireReader reader)
    {
        var token = StreamFrames.ReadToken(reader);
        var entry = StreamFrames.ReadEntry<T>(reader);
        return DeliverAsync(new StreamBatch(token?.SequenceNumber ?? 0, [entry], 0, null));
    }

    private async Task DeliverAsync(StreamBatch batch)
    {
        while (!batch.IsDone) await Consumer.DeliverAsync(batch);
    }
}

/// <summary>Streams of the silo, for a client of its gateway.</summary>
internal sealed class GatewayStreamProvider(string name, GatewayClient client) : IStreamProvider
{
    public string Name => name;
    public bool IsRewindable => true;

    public IAsyncStream<T> GetStream<T>(StreamId streamId) => new GatewayStream<T>(name, streamId, client);
}

/// <summary>A reference to a stream. Immutable.</summary>
internal sealed class GatewayStream<T>(string provider, StreamId streamId, GatewayClient client) : IAsyncStream<T>
{
    public bool IsRewindable => true;
    public string ProviderName => provider;
    public StreamId StreamId => streamId;

    public Task OnNextAsync(T item, StreamSequenceToken? token = null) => PublishAsync(new[] { item });
    public Task OnNextBatchAsync(IEnumerable<T> batch, StreamSequenceToken? token = null) => PublishAsync(batch.ToArray());
    public Task OnCompletedAsync() => PublishAsync(new StreamEnd(null));
    public Task OnErrorAsync(Exception ex) => PublishAsync(new StreamEnd(ex));

    public Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncObserver<T> observer) => SubscribeAsync(observer, null);

    public Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncObserver<T> observer, StreamSequenceToken? token, string? filterData = null) =>
        SubscribeAsync(new ItemConsumer<T>(observer), token);

    public Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncBatchObserver<T> observer) => SubscribeAsync(observer, null);

    public Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncBatchObserver<T> observer, StreamSequenceToken? token) =>
        SubscribeAsync(new BatchConsumer<T>(observer), token);

    public Task<IList<StreamSubscriptionHandle<T>>> GetAllSubscriptionHandles() => Task.FromResult<IList<StreamSubscriptionHandle<T>>>(
        [.. client.Subscriptions.Of(provider, streamId).OfType<ClientSubscription<T>>().Select(s => new GatewaySubscriptionHandle<T>(s, client.Subscriptions))]);

    public bool Equals(IAsyncStream<T>? other) => other is not null && other.StreamId == streamId && other.ProviderName == provider;
    public override bool Equals(object? obj) => Equals(obj as IAsyncStream<T>);
    public override int GetHashCode() => streamId.GetHashCode();
    public int CompareTo(IAsyncStream<T>? other) => other is null ? 1 : streamId.CompareTo(other.StreamId);

    private async Task<StreamSubscriptionHandle<T>> SubscribeAsync(StreamConsumer consumer, StreamSequenceToken? token)
    {
        var subscription = new ClientSubscription<T>(provider, streamId, consumer);
        await client.Subscriptions.AddAsync(subscription, token);
        return new GatewaySubscriptionHandle<T>(subscription, client.Subscriptions);
    }

    private async Task PublishAsync(object entry)
    {
        await (await client.ConnectedAsync(default)).RequestAsync(Operation.Publish, writer =>
        {
            StreamFrames.WriteStream<T>(writer, provider, streamId);
            StreamFrames.WriteEntry<T>(writer, entry);
        }, static _ => true);
    }
}

internal sealed class GatewaySubscriptionHandle<T>(ClientSubscription<T> subscription, ClientSubscriptions all) : StreamSubscriptionHandle<T>
{
    public override StreamId StreamId => subscription.StreamId;
    public override string ProviderName => subscription.Provider;
    public override Guid HandleId => subscription.Id;

    public override Task UnsubscribeAsync() => all.RemoveAsync(subscription);

    public override Task<StreamSubscriptionHandle<T>> ResumeAsync(IAsyncObserver<T> observer, StreamSequenceToken? token = null) =>
        ResumeAsync(new ItemConsumer<T>(observer), token);

    public override Task<StreamSubscriptionHandle<T>> ResumeAsync(IAsyncBatchObserver<T> observer, StreamSequenceToken? token = null) =>
        ResumeAsync(new BatchConsumer<T>(observer), token);

    public override bool Equals(StreamSubscriptionHandle<T>? other) => other is not null && other.HandleId == HandleId;
    public override bool Equals(object? obj) => Equals(obj as StreamSubscriptionHandle<T>);
    public override int GetHashCode() => HandleId.GetHashCode();

    private async Task<StreamSubscriptionHandle<T>> ResumeAsync(StreamConsumer consumer, StreamSequenceToken? token)
    {
        await all.RemoveAsync(subscription);
        subscription.Consumer = consumer;
        await all.AddAsync(subscription, token);
        return this;
    }
}

/// <summary>How streams lie in frames.</summary>
internal static class StreamFrames
{
    private const byte Items = 0;
    private const byte Completed = 1;
    private const byte Failed = 2;

    public static void WriteStream<T>(WireWriter writer, string provider, StreamId streamId)
    {
        writer.Text(provider);
        IdentityCodecs.WriteStreamId(writer, streamId);
        writer.Text(TypeNames.Of(typeof(T)));
    }

    public static void WriteToken(WireWriter writer, StreamSequenceToken? token)
    {
        writer.Byte(token is null ? (byte)0 : (byte)1);
        if (token is null) return;
        writer.ZigZag(token.SequenceNumber);
        writer.ZigZag(token.EventIndex);
    }

    public static EventSequenceTokenV2? ReadToken(WireReader reader) =>
        reader.Byte() == 0 ? null : new EventSequenceTokenV2(reader.ZigZag(), (int)reader.ZigZag());

    /// <summary>An array of items, or a <see cref="StreamEnd"/>.</summary>
    public static void WriteEntry<T>(WireWriter writer, object entry)
    {
        if (entry is T[] items)
        {
            writer.Byte(Items);
            CodecProvider.Shared.Get<T[]>().Write(writer, 0, items);
            return;
        }
        var end = (StreamEnd)entry;
        writer.Byte(end.Error is null ? Completed : Failed);
        if (end.Error is not null) CodecProvider.Shared.Get<Exception>().Write(writer, 0, end.Error);
    }

    public static object ReadEntry<T>(WireReader reader) => reader.Byte() switch
    {
        Items => CodecProvider.Shared.Get<T[]>().Read(reader, reader.Kind()) ?? [],
        Completed => new StreamEnd(null),
        Failed => new StreamEnd(CodecProvider.Shared.Get<Exception>().Read(reader, reader.Kind())),
        var other => throw new WireFormatException($"{other} is no form of a stream's entry."),
    };
}
