using System.Text.Json;
using System.Text.Json.Serialization;

namespace Squad.Platform.Sandboxes.Processes;

/// <summary>What is known of a process sandbox from its creation on; written once, never changed. Kept as <c>sandbox.json</c>.</summary>
/// <param name="Id">Random. Every process of the sandbox carries it in its environment, which is how they are told from all others.</param>
internal sealed record ProcessRecord(
    string Id,
    string Name,
    string Directory,
    Dictionary<string, string> Labels,
    Dictionary<string, string> Environment);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(ProcessRecord))]
internal sealed partial class ProcessJson : JsonSerializerContext;
