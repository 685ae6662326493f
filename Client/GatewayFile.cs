using System.Text.Json;

namespace Squad.Client;

/// <summary>
/// <c>silo/gateway.json</c> in a data directory: where the silo of that directory listens, if at a port. Clients on its machine find it so without being told.
/// A silo that listens at its socket has none.
/// </summary>
/// <param name="Address">E.g. <c>gwy.tcp://127.0.0.1:30000/0</c>.</param>
/// <param name="ClusterId">The cluster it is of; it lets no client of another one in.</param>
/// <param name="ServiceId">The service it is of.</param>
public sealed record GatewayFile(Uri Address, string ClusterId, string ServiceId)
{
    /// <summary>Its path.</summary>
    public static string In(string dataDirectory) => Path.Combine(Path.GetFullPath(dataDirectory), "silo", "gateway.json");

    /// <summary>What is in it; null where there is none, or a silo is just writing it.</summary>
    public static GatewayFile? Read(string dataDirectory)
    {
        try
        {
            return JsonSerializer.Deserialize<GatewayFile>(File.ReadAllBytes(In(dataDirectory)), JsonSerializerOptions.Web);
        }
        catch (Exception absent) when (absent is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    public void Write(string dataDirectory) => File.WriteAllBytes(In(dataDirectory), JsonSerializer.SerializeToUtf8Bytes(this, JsonSerializerOptions.Web));

    public static void Delete(string dataDirectory) => File.Delete(In(dataDirectory));
}
