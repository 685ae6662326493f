using Orleans.Runtime;
using Orleans.Streams.Core;

namespace Orleans.Streams;

/// <summary>
/// One consumer's place in one stream, and the pump that moves it, on the stream's owner. A grain's items are delivered in its turns, which
/// activates it if need be; a client's run one after another in a queue of the subscription, in the silo or client that subscribed.
/// Delivery is at least once: an item whose consumer fails is given again, after pauses of one second and more, until the provider's
/// MaxEventDeliveryTime is over, then skipped for this consumer, which is told by OnErrorAsync.
/// </summary>
internal sealed class StreamSubscription(StreamHub hub, GrainId? owner, Guid id, bool isImplicit)
{
    private const int BatchSize = 256;
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private volatile Attachment? _attached;
    private volatile PumpQueue? _pump;

    public Guid Id => id;
    public StreamId StreamId => hub.StreamId;

    /// <summary>The grain that subscribed, or null for the client.</summary>
    public GrainId? Owner => owner;
    public bool IsImplicit => isImplicit;

    /// <summary>An observer of a live activation waits for items.</summary>
    public bool IsAttached => _attached is { Activation: { HasEnded: false, Runtime.IsDead: false } };

    /// <summary>The silo or client whose code subscribed.</summary>
    public SiloRuntime? Home => _attached?.Home;

    /// <summary>Where it is served now; an earlier pump has nothing to say any more.</summary>
    public TurnQueue? Pump => _pump;

    // Under the hub's lock:
    public long Position { get; set; }
    public StreamSequenceToken? StartsAt { get; set; }
    public bool HasEnded { get; set; }
    public bool IsPumping { get; set; }

    /// <summary>What the pump has read and not yet dealt with.</summary>
    public StreamBatch? Reading { get; set; }

    public void Attach(SiloRuntime home, Activation? activation, StreamConsumer consumer) =>
        _attached = new Attachment(home, activation, consumer);

    public void Detach() => _attached = null;

    /// <summary>Gives the subscription a pump on this silo, at rest. Under the hub's lock.</summary>
    public void ServeFrom(SiloRuntime owner)
    {
        _pump = new PumpQueue(owner);
        IsPumping = false;
    }

    /// <summary>There may be something to read. Under the hub's lock.</summary>
    public void Wake()
    {
        if (IsPumping || HasEnded) return;
        IsPumping = true;
        var pump = _pump!;
        pump.Start(() => PumpAsync(pump));
    }

    private async Task PumpAsync(PumpQueue pump)
    {
        while (hub.Read(this, pump, BatchSize) is { } batch)
        {
            if (batch.Missed is { } missed) await TellAsync(missed);
            var pause = FirstPause;
            var began = pump.Runtime.Clock.Provider.GetTimestamp();
            while (!batch.IsDone && !HasEnded)
            {
                var before = (batch.Entry, batch.Item);
                var (error, byConsumer) = await DeliverAsync(batch);
                if (error is null)
                {
                    if (pump.Runtime.Router?.Fabric.Repeats?.Invoke(StreamId) == true) batch.GoBack(before);
                    continue;
                }
                if (error is ClientNotAvailableException && owner is null)
                {
                    hub.End(this);
                    continue;
                }
                if ((batch.Entry, batch.Item) != before) (pause, began) = (FirstPause, pump.Runtime.Clock.Provider.GetTimestamp());
                await Task.Delay(pause, pump.Runtime.Clock.Provider);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
                if (HasEnded || batch.IsDone || pump.Runtime.Clock.Provider.GetElapsedTime(began) <= hub.Provider.MaxDeliveryTime) continue;
                await GiveUpAsync(batch, error, byConsumer);
                (pause, began) = (FirstPause, pump.Runtime.Clock.Provider.GetTimestamp());
            }
            hub.Advance(this, pump, batch);
        }
    }

    private async Task GiveUpAsync(StreamBatch batch, Exception error, bool byConsumer)
    {
        RuntimeLog.StreamDeliveryFailed(hub.Provider.Runtime.Logger, StreamId, Id, byConsumer ? 1 : (int)(batch.Next - batch.First), error);
        if (!byConsumer)
        {
            batch.SkipAll(); // the grain cannot even be activated
            return;
        }
        batch.NextItem();
        await TellAsync(new StreamEventDeliveryFailureException($"An item of {StreamId} was skipped: its consumer kept failing.", error));
    }

    private async Task TellAsync(Exception problem)
    {
        try
        {
            await InConsumerAsync(async consumer =>
            {
                await consumer.TellAsync(problem);
                return null;
            });
        }
        catch (Exception error)
        {
            RuntimeLog.StreamDeliveryFailed(hub.Provider.Runtime.Logger, StreamId, Id, 0, error);
        }
    }

    /// <summary>Delivers as far as the consumer goes; gives its error, or the one that kept it from being reached.</summary>
    private async Task<(Exception? Error, bool ByConsumer)> DeliverAsync(StreamBatch batch)
    {
        try
        {
            var error = await InConsumerAsync(async consumer =>
            {
                try
                {
                    while (!batch.IsDone && !HasEnded) await consumer.DeliverAsync(batch);
                    return null;
                }
                catch (Exception thrown)
                {
                    return thrown;
                }
            }, unattached: batch.SkipAll);
            return (error, true);
        }
        catch (Exception error)
        {
            return (error, false);
        }
    }

    private Task<Exception?> InConsumerAsync(Func<StreamConsumer, Task<Exception?>> action, Action? unattached = null)
    {
        var runtime = hub.Provider.Runtime;
        if (owner is { } grainId)
            return StreamCall.Send(runtime.ReferenceTo(grainId), StreamCall.DeliveryFrom(runtime), grain => InGrainAsync(grain, action, unattached));
        var attached = _attached!;
        return attached.Home == runtime
            ? action(attached.Consumer)
            : StreamCall.Send(runtime.ReferenceTo(attached.Address), StreamCall.DeliveryFrom(runtime), _ => action(attached.Consumer));
    }

    private async Task<Exception?> InGrainAsync(object grain, Func<StreamConsumer, Task<Exception?>> action, Action? unattached)
    {
        var activation = Activation.Current!;
        if (ConsumerIn(activation) is null && grain is IStreamSubscriptionObserver observer)
            await observer.OnSubscribed(new SubscriptionHandleFactory(hub.Provider, this));
        if (ConsumerIn(activation) is { } consumer) return await action(consumer);
        RuntimeLog.StreamConsumerUnattached(hub.Provider.Runtime.Logger, StreamId, activation.GrainId, Id);
        unattached?.Invoke();
        return null;
    }

    private StreamConsumer? ConsumerIn(Activation activation) =>
        _attached is { } attached && attached.Activation == activation ? attached.Consumer : null;

    private sealed class Attachment(SiloRuntime home, Activation? activation, StreamConsumer consumer) : IGrainObserver
    {
        private GrainId _address;

        public SiloRuntime Home => home;
        public Activation? Activation => activation;
        public StreamConsumer Consumer => consumer;

        /// <summary>Where the owner, if it is another silo, calls a consumer that is not a grain.</summary>
        public GrainId Address
        {
            get
            {
                if (_address.IsDefault) _address = home.Observers.Add(this);
                return _address;
            }
        }
    }

    private sealed class PumpQueue(SiloRuntime runtime) : TurnQueue(runtime)
    {
        public override object GetTarget() => this;

        public void Start(Func<Task> pump)
        {
            using (ExecutionContext.IsFlowSuppressed() ? default : ExecutionContext.SuppressFlow())
            {
                // A pump catches what consumers and grains throw; what is left is a bug, and ends in the unobserved exceptions.
                new Task(static state => _ = ((Func<Task>)state!)(), pump).Start(this);
            }
        }
    }
}
