using Orleans.Runtime;
using Orleans.Serialization;

namespace Orleans.Gateway;

/// <summary>A sequence of a grain beyond the gateway: opened at its first step, read step by step, each within the response timeout.</summary>
internal sealed class RemoteSequence<T>(GatewayClient client, GrainReference target, Call call) : IAsyncEnumerable<T>
{
    public IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default) => new Enumerator(client, target, call, cancellationToken);

    private sealed class Enumerator(GatewayClient client, GrainReference target, Call call, CancellationToken cancellationToken) : IAsyncEnumerator<T>
    {
        private Peer? _peer;
        private ulong _number;

        public T Current { get; private set; } = default!;

        public async ValueTask<bool> MoveNextAsync()
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (_peer is null)
            {
                var peer = await client.ConnectedAsync(cancellationToken);
                call.Context = RequestContext.Current;
                _number = await client.InTimeAsync(peer.OpenAsync(target, call), call, cancellationToken);
                _peer = peer;
            }
            var codec = CodecProvider.Shared.Get<T>();
            var (moved, item) = await client.InTimeAsync(_peer.RequestAsync(Operation.Next, writer => writer.Varint(_number),
                reader => reader.Byte() == 0 ? (false, default) : (true, codec.Read(reader, reader.Kind()))), call, cancellationToken);
            Current = item!;
            return moved;
        }

        public ValueTask DisposeAsync()
        {
            _peer?.Post(Operation.Close, writer => writer.Varint(_number));
            return default;
        }
    }
}
