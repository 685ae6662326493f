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
public sealed partial class StreamAnnouncements(IClusterClient cluster, TimeProvider time, ILogger<StreamAnnouncements> logger)
{
    /// <summary>A lost announcement (the server that sent it died) delays a watcher by no more than this.</summary>
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromSeconds(2);

    private readonly Lock gate = new();
    private readonly Dictionary<string, Heard> streams = [];

    /// <summary>Begins to listen; dispose to stop. The subscription is shared by all listeners of the stream.</summary>
    public async Task<Listener> ListenAsync(string stream, CancellationToken cancellation)
    {
        Heard heard;
        Listener listener;
        lock (gate)
        {
            if (!streams.TryGetValue(stream, out heard!))
                streams.Add(stream, heard = new Heard(stream));
            heard.Listeners = [.. heard.Listeners, listener = new Listener(this, heard, time, cancellation)];
            heard.Subscription ??= SubscribeAsync(heard);
        }

        try
        {
            await heard.Subscription;
        }
        catch
        {
            await listener.DisposeAsync();
            throw;
        }

        return listener;
    }

    private async Task<StreamSubscriptionHandle<EventsAppended>> SubscribeAsync(Heard heard)
    {
        var slash = heard.Stream.IndexOf('/', StringComparison.Ordinal);
        return await cluster.GetStreamProvider(EventStreams.Provider)
            .GetStream<EventsAppended>(StreamId.Create(heard.Stream[..slash], heard.Stream[(slash + 1)..]))
            .SubscribeAsync((_, _) =>
            {
                foreach (var listener in heard.Listeners)
                    listener.Wake();
                return Task.CompletedTask;
            });
    }

    private async Task LeaveAsync(Heard heard, Listener listener)
    {
        lock (gate)
        {
            if (!heard.Listeners.Contains(listener))
                return;
            heard.Listeners = [.. heard.Listeners.Where(other => other != listener)];
            if (heard.Listeners.Length > 0)
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
        private readonly ITimer lookAgain;
        private readonly CancellationToken cancellation;
        private readonly CancellationTokenRegistration cancelled;
        private TaskCompletionSource next = NewSignal();

        internal Listener(StreamAnnouncements owner, Heard heard, TimeProvider time, CancellationToken cancellation)
        {
            (this.owner, this.heard, this.cancellation) = (owner, heard, cancellation);
            lookAgain = time.CreateTimer(static listener => ((Listener)listener!).Wake(), this, LookAgainAfter, LookAgainAfter);
            cancelled = cancellation.UnsafeRegister(static (listener, token) => Volatile.Read(ref ((Listener)listener!).next).TrySetCanceled(token), this);
        }

        /// <summary>
        /// Completes at the next announcement after this property was read, or a little later though there was none; cancelled with the listener. Read it before
        /// reading the log, and nothing is missed.
        /// </summary>
        public Task Next => cancellation.IsCancellationRequested ? Task.FromCanceled(cancellation) : Volatile.Read(ref next).Task;

        public async ValueTask DisposeAsync()
        {
            await cancelled.DisposeAsync();
            await lookAgain.DisposeAsync();
            await owner.LeaveAsync(heard, this);
        }

        internal void Wake()
        {
            var awaited = Volatile.Read(ref next);
            if (!awaited.Task.IsCanceled && Interlocked.CompareExchange(ref next, NewSignal(), awaited) == awaited)
                awaited.TrySetResult();
        }

        private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    internal sealed class Heard(string stream)
    {
        private volatile Listener[] listeners = [];

        public string Stream { get; } = stream;

        /// <summary>Replaced as a whole, so that an announcement needs no lock.</summary>
        public Listener[] Listeners
        {
            get => listeners;
            set => listeners = value;
        }

        public Task<StreamSubscriptionHandle<EventsAppended>>? Subscription { get; set; }
    }
}
