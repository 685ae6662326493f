using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace Squad.Silo;

/// <summary>The process must not start as it was asked to; the message says why, and is all that is printed.</summary>
internal sealed class StartRefusedException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>What to tell whoever started the process; null for a failure that is not theirs to mend, whose stack is to be seen.</summary>
    public static string? Explain(Exception failure) => failure switch
    {
        StartRefusedException => failure.Message,
        // "Failed to convert configuration value 'cloud' at 'Squad:Sandbox:Engine' to type 'Squad.Platform.Sandboxes.SandboxEngineKind'."
        InvalidOperationException { InnerException: FormatException { Message: var why } } => $"{failure.Message} {why}{Choices(failure.Message)}",
        OptionsValidationException wrong => $"The settings are not valid:\n  {string.Join("\n  ", wrong.Failures)}",
        // "Failed to bind to address http://127.0.0.1:5080: address already in use."
        IOException { InnerException: AddressInUseException } => $"{failure.Message} Stop the program that listens there, or choose another address with SQUAD_URLS.",
        _ => null,
    };

    /// <summary>The names that would do, where the setting is one of several.</summary>
    private static string Choices(string message)
    {
        var type = message.Split('\'') is [.., var name, _] ? Type.GetType($"{name}, Squad.Platform") ?? Type.GetType($"{name}, Squad.Grains") : null;
        return type is { IsEnum: true } ? $" It must be {string.Join(" or ", Enum.GetNames(type))}." : "";
    }
}
