using System.Globalization;
using System.Text;

namespace Orleans.Runtime;

/// <summary>
/// Keys as bytes: integers in upper-case hexadecimal, GUIDs as 32 lower-case hexadecimal digits, and for compound keys
/// a '+' and the extension after either.
/// </summary>
public static class GrainIdKeyExtensions
{
    public static IdSpan CreateIntegerKey(long key) => IdSpan.Create(key.ToString("X", CultureInfo.InvariantCulture));

    public static IdSpan CreateIntegerKey(long key, string keyExtension) => string.IsNullOrWhiteSpace(keyExtension)
        ? CreateIntegerKey(key)
        : IdSpan.Create($"{key.ToString("X", CultureInfo.InvariantCulture)}+{keyExtension}");

    public static IdSpan CreateGuidKey(Guid key) => IdSpan.Create(key.ToString("N"));

    public static IdSpan CreateGuidKey(Guid key, string keyExtension) => string.IsNullOrWhiteSpace(keyExtension)
        ? CreateGuidKey(key)
        : IdSpan.Create($"{key:N}+{keyExtension}");

    public static bool TryGetIntegerKey(this GrainId grainId, out long key, out string? keyExt)
    {
        Split(grainId, out var head, out keyExt);
        return long.TryParse(head, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out key);
    }

    public static bool TryGetGuidKey(this GrainId grainId, out Guid key, out string? keyExt)
    {
        Split(grainId, out var head, out keyExt);
        return Guid.TryParseExact(head, "N", out key);
    }

    public static long GetIntegerKey(this GrainId grainId) => grainId.GetIntegerKey(out _);

    public static long GetIntegerKey(this GrainId grainId, out string? keyExt) => grainId.TryGetIntegerKey(out var key, out keyExt)
        ? key
        : throw new ArgumentException($"{grainId} has no integer key.", nameof(grainId));

    public static Guid GetGuidKey(this GrainId grainId) => grainId.GetGuidKey(out _);

    public static Guid GetGuidKey(this GrainId grainId, out string? keyExt) => grainId.TryGetGuidKey(out var key, out keyExt)
        ? key
        : throw new ArgumentException($"{grainId} has no GUID key.", nameof(grainId));

    private static void Split(GrainId grainId, out string head, out string? extension)
    {
        var bytes = grainId.Key.AsSpan();
        var plus = bytes.IndexOf((byte)'+');
        head = Encoding.UTF8.GetString(plus < 0 ? bytes : bytes[..plus]);
        extension = plus < 0 ? null : Encoding.UTF8.GetString(bytes[(plus + 1)..]);
    }
}
