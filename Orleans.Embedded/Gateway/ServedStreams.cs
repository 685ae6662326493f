using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using Orleans.Serialization;
using Orleans.Streams;

namespace Orleans.Gateway;

/// <summary>What one client has to do with streams: its subscriptions end with its connection.</summary>
internal sealed class ServedStreams(Peer peer, IServiceProvider services)
{
    private readonly ConcurrentDictionary<ulong, ServedStream> _subscriptions = new();
    private volatile bool _closed;

    public Task SubscribeAsync(WireReader reader)
    {
        var stream = Read(reader);
        var number = reader.Varint();
        var token = StreamFrames.ReadToken(reader);
        return SubscribeAsync(stream, number, token);
    }

    public Task UnsubscribeAsync(WireReader reader) =>
        _subscriptions.TryRemove(reader.Varint(), out var stream) ? stream.UnsubscribeAsync() : Task.CompletedTask;

    public Task PublishAsync(WireReader reader) => Read(reader).PublishAsync(reader);

    public void Close()
    {
        _closed = true;
        foreach (var number in _subscriptions.Keys)
        {
            if (_subscriptions.TryRemove(number, out var stream)) _ = stream.UnsubscribeAsync();
        }
    }

    private async Task SubscribeAsync(ServedStream stream, ulong number, StreamSequenceToken? token)
    {
        await stream.SubscribeAsync(number, token);
        _subscriptions[number] = stream;
        if (_closed) Close();
    }

    private ServedStream Read(WireReader reader)
    {
        var (provider, streamId, item) = (reader.Text(), IdentityCodecs.ReadStreamId(reader), reader.Text());
        var type = TypeNames.Find(item) ?? throw new SerializerException($"No type here has the alias '{item}'.");
        var streams = services.GetKeyedService<IStreamProvider>(provider) ?? throw new Storage.BadProviderConfigException($"The silo has no stream provider '{provider}'.");
        return (ServedStream)Activator.CreateInstance(typeof(ServedStream<>).MakeGenericType(type), BindingFlags.Instance | BindingFlags.Public,
            null, [peer, streams, streamId], null)!;
    }
}

internal abstract class ServedStream
{
    public abstract Task SubscribeAsync(ulong number, StreamSequenceToken? token);
    public abstract Task UnsubscribeAsync();
    public abstract Task PublishAsync(WireReader reader);
}

/// <summary>Brings a stream's items to the client; the next ones when it has taken these.</summary>
internal sealed class ServedStream<T>(Peer peer, IStreamProvider provider, StreamId streamId) : ServedStream, IAsyncBatchObserver<T>
{
    private readonly IAsyncStream<T> _stream = provider.GetStream<T>(streamId);
    private StreamSubscriptionHandle<T>? _handle;
    private ulong _number;

    public override async Task SubscribeAsync(ulong number, StreamSequenceToken? token)
    {
        _number = number;
        _handle = await _stream.SubscribeAsync(this, token);
    }

    public override Task UnsubscribeAsync() => _handle?.UnsubscribeAsync() ?? Task.CompletedTask;

    public override Task PublishAsync(WireReader reader) => StreamFrames.ReadEntry<T>(reader) switch
    {
        StreamEnd { Error: { } error } => _stream.OnErrorAsync(error),
        StreamEnd => _stream.OnCompletedAsync(),
        var items => _stream.OnNextBatchAsync((T[])items),
    };

    public Task OnNextAsync(IList<SequentialItem<T>> items) => DeliverAsync(items[0].Token, items.Select(item => item.Item).ToArray());
    public Task OnCompletedAsync() => DeliverAsync(null, new StreamEnd(null));
    public Task OnErrorAsync(Exception ex) => DeliverAsync(null, new StreamEnd(ex));

    private Task DeliverAsync(StreamSequenceToken? token, object entry) => peer.Closed is not null ? Task.CompletedTask
        : peer.RequestAsync(Operation.Deliver, writer =>
        {
            writer.Varint(_number);
            StreamFrames.WriteToken(writer, token);
            StreamFrames.WriteEntry<T>(writer, entry);
        }, static _ => true);
}
