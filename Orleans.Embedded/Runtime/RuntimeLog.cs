using Microsoft.Extensions.Logging;

namespace Orleans.Runtime;

internal static partial class RuntimeLog
{
    [LoggerMessage(1, LogLevel.Warning, "One-way call {Call} to {GrainId} failed")]
    public static partial void OneWayCallFailed(ILogger logger, CallInfo call, GrainId grainId, Exception error);

    [LoggerMessage(2, LogLevel.Error, "{GrainId} could not be activated")]
    public static partial void ActivationFailed(ILogger logger, GrainId grainId, Exception error);

    [LoggerMessage(3, LogLevel.Warning, "{GrainId} failed while it was deactivated")]
    public static partial void DeactivationFailed(ILogger logger, GrainId grainId, Exception error);

    [LoggerMessage(4, LogLevel.Debug, "{GrainId} ended: {Reason}, {Description}")]
    public static partial void Deactivated(ILogger logger, GrainId grainId, DeactivationReasonCode reason, string description);

    [LoggerMessage(5, LogLevel.Error, "A timer of {GrainId} failed")]
    public static partial void TimerFailed(ILogger logger, GrainId grainId, Exception error);

    [LoggerMessage(6, LogLevel.Information, "Silo {Name} is active after {Milliseconds} ms")]
    public static partial void SiloActive(ILogger logger, string name, long milliseconds);

    [LoggerMessage(7, LogLevel.Information, "Silo {Name} has stopped, {Activations} activations ended")]
    public static partial void SiloStopped(ILogger logger, string name, int activations);

    [LoggerMessage(8, LogLevel.Warning, "Silo {Name} gave up waiting for {Activations} activations to end")]
    public static partial void SiloStopGaveUp(ILogger logger, string name, int activations);

    [LoggerMessage(9, LogLevel.Warning, "Stream {StreamId}: subscription {SubscriptionId} could not be served and skips {Items} items")]
    public static partial void StreamDeliveryFailed(ILogger logger, StreamId streamId, Guid subscriptionId, int items, Exception error);

    [LoggerMessage(10, LogLevel.Warning, "Stream {StreamId}: subscription {SubscriptionId} was too slow, items before {Token} are lost to it")]
    public static partial void StreamConsumerTooSlow(ILogger logger, StreamId streamId, Guid subscriptionId, long token);

    [LoggerMessage(11, LogLevel.Debug, "Stream {StreamId}: {GrainId} has no observer for subscription {SubscriptionId}, items are dropped")]
    public static partial void StreamConsumerUnattached(ILogger logger, StreamId streamId, GrainId grainId, Guid subscriptionId);

    [LoggerMessage(12, LogLevel.Warning, "{Grain}: the turn of {Turn} has taken {Duration} and goes on. A grain must not block: nothing else runs there meanwhile")]
    public static partial void TurnIsLong(ILogger logger, TurnQueue grain, string turn, TimeSpan duration);
}
