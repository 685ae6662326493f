namespace Orleans.Configuration;

/// <summary>Which cluster and service this is.</summary>
public class ClusterOptions
{
    public const string DefaultClusterId = "default";
    public const string DefaultServiceId = "default";
    internal const string DevelopmentClusterId = "dev";
    internal const string DevelopmentServiceId = "dev";

    /// <summary>Default: "default".</summary>
    public string ClusterId { get; set; } = DefaultClusterId;

    /// <summary>Default: "default".</summary>
    public string ServiceId { get; set; } = DefaultServiceId;
}

public class SiloOptions
{
    /// <summary>Default: "Silo_" and five random characters.</summary>
    public string SiloName { get; set; } = null!;
}

/// <summary>How calls behave.</summary>
public abstract class MessagingOptions
{
    /// <summary>How long a caller waits for an answer. Default: 30 s.</summary>
    public TimeSpan ResponseTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Cancel the callee's CancellationToken when its caller's time is up. Default: false.</summary>
    public bool CancelRequestOnTimeout { get; set; }

    /// <summary>The largest message between processes, in bytes: a larger one fails, and one that comes ends its connection. Default: 100 MiB.</summary>
    public int MaxMessageBodySize { get; set; } = 100 * 1024 * 1024;
}

/// <summary>Calls from outside of grains.</summary>
public class ClientMessagingOptions : MessagingOptions;

/// <summary>Calls from grains, and limits of an activation.</summary>
public class SiloMessagingOptions : MessagingOptions
{
    /// <summary>Calls that may wait at one activation before more are refused with LimitExceededException; 0 is no limit. Default: 0.</summary>
    public int MaxEnqueuedRequestsHardLimit { get; set; }
}

/// <summary>Where a client finds its cluster.</summary>
public class StaticGatewayListProviderOptions
{
    /// <summary>One address, <c>unix:///path/to/socket</c>.</summary>
    public List<Uri> Gateways { get; set; } = [];
}

/// <summary>How turns are watched.</summary>
public class SchedulingOptions
{
    public static readonly TimeSpan DEFAULT_TURN_WARNING_THRESHOLD = TimeSpan.FromSeconds(1);

    /// <summary>A turn that takes longer is told of in the log; infinite for none. Default: 1 s.</summary>
    public TimeSpan TurnWarningLengthThreshold { get; set; } = DEFAULT_TURN_WARNING_THRESHOLD;
}

/// <summary>When activations are collected.</summary>
public class GrainCollectionOptions
{
    public static readonly TimeSpan DEFAULT_ACTIVATION_TIMEOUT = TimeSpan.FromSeconds(30);
    public static readonly TimeSpan DEFAULT_COLLECTION_QUANTUM = TimeSpan.FromMinutes(1);
    public static readonly TimeSpan DEFAULT_DEACTIVATION_TIMEOUT = TimeSpan.FromSeconds(30);

    /// <summary>How long an activation may be idle. Default: 15 min.</summary>
    public TimeSpan CollectionAge { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How often idle activations are looked for. Default: 1 min.</summary>
    public TimeSpan CollectionQuantum { get; set; } = DEFAULT_COLLECTION_QUANTUM;

    /// <summary>Idle ages by full name of the grain class.</summary>
    public Dictionary<string, TimeSpan> ClassSpecificCollectionAge { get; set; } = [];

    /// <summary>When the token given to OnActivateAsync is cancelled and the activation fails. Default: 30 s.</summary>
    public TimeSpan ActivationTimeout { get; set; } = DEFAULT_ACTIVATION_TIMEOUT;

    /// <summary>When the token given to OnDeactivateAsync is cancelled. Default: 30 s.</summary>
    public TimeSpan DeactivationTimeout { get; set; } = DEFAULT_DEACTIVATION_TIMEOUT;
}

public class MemoryGrainStorageOptions
{
    public const int NumStorageGrainsDefaultValue = 10;

    /// <summary>Kept for the contract: here the memory is one table.</summary>
    public int NumStorageGrains { get; set; } = NumStorageGrainsDefaultValue;
}

/// <summary>How streams are delivered.</summary>
public class StreamPullingAgentOptions
{
    public static readonly TimeSpan DEFAULT_MAX_EVENT_DELIVERY_TIME = TimeSpan.FromMinutes(1);

    /// <summary>How long an item is given again to a consumer that fails, before it is skipped. Default: 1 min.</summary>
    public TimeSpan MaxEventDeliveryTime { get; set; } = DEFAULT_MAX_EVENT_DELIVERY_TIME;
}

/// <summary>How much of each stream the memory provider keeps.</summary>
public class SimpleQueueCacheOptions
{
    public const int DEFAULT_CACHE_SIZE = 4096;

    /// <summary>Items of one stream kept for slow and for resuming consumers. Default: 4096.</summary>
    public int CacheSize { get; set; } = DEFAULT_CACHE_SIZE;
}
