using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Runtime;
using Orleans.Streams;
using Squad.Events;

namespace Squad.Api.Live;

/// <summary>
/// Hears, once for this process and stream, that a stream's log has grown, and wakes everybody here who watches it.
/// An announcement carries no data, so a watcher that is slow costs nothing, and one that is lost only delays (see <see cref="EventRelay"/>).
/// </summary>
public sealed partial class StreamAnnouncements(IClusterClient cluster, ILogger<StreamAnnouncements> logger)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, Heard> streams = [];

    /// <summary>Begins to listen; dispose to stop. The subscription is shared by all listeners of the stream.</summary>
    public async Task<Listener> ListenAsync(string stream)
    {
        Heard heard;
        lock (gate)
        {
            if (!streams.TryGetValue(stream, out heard!))
                streams.Add(stream, heard = new Heard(stream));
            heard.Listeners++;
            heard.Subscription ??= SubscribeAsync(heard);
        }

        try
        {
            await heard.Subscription;
        }
        catch
        {
            await LeaveAsync(heard);
            throw;
        }

        return new Listener(this, heard);
    }

    private async Task<StreamSubscriptionHandle<EventsAppended>> SubscribeAsync(Heard heard)
    {
        var slash = heard.Stream.IndexOf('/', StringComparison.Ordinal);
        return await cluster.GetStreamProvider(EventStreams.Provider)
            .GetStream<EventsAppended>(StreamId.Create(heard.Stream[..slash], heard.Stream[(slash + 1)..]))
            .SubscribeAsync((_, _) =>
            {
                heard.Wake();
                return Task.CompletedTask;
            });
    }

    private async Task LeaveAsync(Heard heard)
    {
        lock (gate)
        {
            if (--heard.Listeners > 0)
                return;
            streams.Remove(heard.Stream);
        }

        try
        {
            await (await heard.Subscription!).UnsubscribeAsync();
        }
        catch (Exception e)
        {
            LogUnsubscribeFailed(e, heard.Stream);
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Unsubscribing from the announcements of {Stream} failed")]
    private partial void LogUnsubscribeFailed(Exception exception, string stream);

    /// <summary>One watcher's ear.</summary>
    public sealed class Listener : IAsyncDisposable
    {
        private readonly StreamAnnouncements owner;
        private readonly Heard heard;

        internal Listener(StreamAnnouncements owner, Heard heard) => (this.owner, this.heard) = (owner, heard);

        /// <summary>Completes at the next announcement after this property was read. Read it before reading the log, and nothing is missed.</summary>
        public Task Next => heard.Next;

        public ValueTask DisposeAsync() => new(owner.LeaveAsync(heard));
    }

    internal sealed class Heard(string stream)
    {
        private TaskCompletionSource next = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Stream { get; } = stream;

        public int Listeners { get; set; }

        public Task<StreamSubscriptionHandle<EventsAppended>>? Subscription { get; set; }

        public Task Next => Volatile.Read(ref next).Task;

        public void Wake() =>
            Interlocked.Exchange(ref next, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
    }
}
