using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;

namespace Squad.Grains.Sessions;

/// <summary>Keeps an engine's environment, which may hold secrets, encrypted while a session waits for its sandbox.</summary>
internal sealed class EnvironmentProtector(IDataProtectionProvider provider)
{
    private readonly IDataProtector protector = provider.CreateProtector("squad.session-environment");

    public string? Protect(ImmutableDictionary<string, string> environment) =>
        environment.IsEmpty ? null : protector.Protect(JsonSerializer.Serialize(environment));

    public ImmutableDictionary<string, string> Unprotect(string? text) =>
        text is null
            ? ImmutableDictionary<string, string>.Empty
            : JsonSerializer.Deserialize<ImmutableDictionary<string, string>>(protector.Unprotect(text))!;
}
