namespace Squad.Keeper.Control;

/// <summary>Why a command was not carried out.</summary>
/// <param name="Code">Stable, for programs.</param>
/// <param name="Message">For people.</param>
internal sealed record Refusal(string Code, string Message)
{
    public static Refusal EngineGone { get; } = new("engine.gone", "The engine is not running.");
}
