namespace Squad.Platform.Sandboxes.Keeper;

/// <summary>Expected outcomes of talking to a Keeper. Refusals keep the code that Keeper gave.</summary>
internal static class KeeperErrors
{
    public static SquadError Unreachable(string directory, TimeSpan waited, string reason) =>
        SquadError.Unavailable("keeper.unreachable", $"No Keeper answered in {directory} within {waited.TotalSeconds:0.#} s ({reason}).");

    public static SquadError Gone { get; } =
        SquadError.Unavailable("keeper.gone", "Keeper closed the connection before it answered.");

    public static SquadError Refused(string code, string message) => SquadError.Conflict(code, message);
}
