using System.Text.Json;

namespace Squad.Platform.Storage;

internal static class SnakeCase
{
    /// <summary><c>CreatedAt</c> to <c>created_at</c>.</summary>
    public static string Of(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);
}
