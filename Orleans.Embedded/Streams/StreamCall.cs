using Orleans.Runtime;

namespace Orleans.Streams;

/// <summary>
/// What streams send: an entry to the owner of its stream, or items to a consumer. An ordinary turn of the grain, which waits for its running
/// call.
/// </summary>
internal sealed class StreamCall(CallInfo info, Func<object, Task<Exception?>> step) : TaskCall<Exception?>
{
    public static readonly CallInfo Append = new() { Interface = typeof(IAsyncStream), Method = "Append" };

    // A slow consumer only stalls itself, and the bounded log says when it has lost something.
    private static readonly CallInfo LocalDelivery =
        new() { Interface = typeof(IAsyncStream), Method = "Deliver", Timeout = Timeout.InfiniteTimeSpan };

    // Between silos a message may be lost, and nobody would ever try again.
    private static readonly CallInfo RemoteDelivery = new() { Interface = typeof(IAsyncStream), Method = "Deliver" };

    public override CallInfo Info => info;

    public static CallInfo DeliveryFrom(SiloRuntime owner) => owner.Router is null ? LocalDelivery : RemoteDelivery;

    public static Task<Exception?> Send(GrainReference target, CallInfo info, Func<object, Task<Exception?>> step) =>
        new StreamCall(info, step).SendTask(target);

    protected override Task<Exception?> InvokeTask(object target) => step(target);

    protected override void Recycle()
    {
    }
}
