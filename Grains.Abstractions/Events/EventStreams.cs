using Orleans;

namespace Squad.Events;

/// <summary>Names of event streams, as clients write them.</summary>
public static class EventStreams
{
    /// <summary>Name of the Orleans stream provider and namespace through which appends are announced.</summary>
    public const string Provider = "events";

    public static string Session(string id) => $"session/{id}";

    public static string SessionsOf(string userId) => $"sessions/{userId}";
}

/// <summary>Said on the Orleans stream after each durable append: the log of the stream now reaches <paramref name="Last"/>.</summary>
[GenerateSerializer, Immutable, Alias("squad.events-appended")]
public sealed record EventsAppended([property: Id(0)] long Last);
