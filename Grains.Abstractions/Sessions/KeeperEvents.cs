using System.Collections.Immutable;
using Orleans;

namespace Squad.Sessions;

/// <summary>Consecutive events as Keeper wrote them, with those that move the session read already.</summary>
/// <param name="First">Keeper's number of the first.</param>
/// <param name="Count">How many, at least 1.</param>
/// <param name="Lines">UTF-8, one JSON object a line: <c>{"n":55,"at":"2026-11-22T02:10:00.123Z","type":"engine.output","data":{…}}\n</c>. Not changed after the call.</param>
/// <param name="Signals">Of these events, all but output, in order.</param>
[GenerateSerializer, Immutable, Alias("squad.keeper-events")]
public sealed record KeeperEvents(
    [property: Id(0)] long First,
    [property: Id(1)] int Count,
    [property: Id(2)] ReadOnlyMemory<byte> Lines,
    [property: Id(3)] ImmutableArray<KeeperNews> Signals);

/// <param name="Type">Event type, e.g. <c>engine.exited</c>.</param>
/// <param name="Data">The event's data as JSON text.</param>
[GenerateSerializer, Immutable, Alias("squad.keeper-news")]
public sealed record KeeperNews([property: Id(0)] long Number, [property: Id(1)] string Type, [property: Id(2)] string Data);
