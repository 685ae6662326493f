using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace Squad.Platform.Sandboxes.Keeper;

/// <summary>
/// Recognises Keeper's lines by their fixed prefix, so that output costs a number's comparison and not a JSON parse:
/// <c>{"n":55,"at":"2026-11-22T02:10:00.123Z","type":"engine.output","data":{"stream":"stdout","text":"hello"}}</c>.
/// </summary>
internal static class KeeperLines
{
    /// <summary>Longest line that Keeper writes: 64 KiB of text, each byte of it escaped, and the envelope around.</summary>
    public const int LineBytesMax = 512 * 1024;

    private const int AtLength = 24;

    private static ReadOnlySpan<byte> Start => "{\"n\":"u8;

    private static ReadOnlySpan<byte> AtKey => ",\"at\":\""u8;

    private static ReadOnlySpan<byte> TypeKey => "\",\"type\":\""u8;

    private static ReadOnlySpan<byte> DataKey => "\",\"data\":"u8;

    public static bool IsReply(ReadOnlySpan<byte> line) => line.StartsWith("{\"op\":"u8);

    /// <summary>The number of an event line.</summary>
    /// <exception cref="KeeperProtocolException">It is not an event line.</exception>
    public static long NumberOf(ReadOnlySpan<byte> line)
    {
        if (!line.StartsWith(Start) || !Utf8Parser.TryParse(line[Start.Length..], out long n, out _))
            throw Garbage("an event", line);
        return n;
    }

    /// <summary>Checks one line (without its newline) and parses it when it is a signal.</summary>
    /// <exception cref="KeeperProtocolException">It is not the event numbered <paramref name="expected"/>.</exception>
    public static KeeperSignal? Check(ReadOnlySpan<byte> line, long expected)
    {
        if (!line.StartsWith(Start) || !Utf8Parser.TryParse(line[Start.Length..], out long n, out var digits))
            throw Garbage($"event {expected}", line);
        if (n != expected)
            throw new KeeperProtocolException($"Expected event {expected}, got event {n}.");
        var rest = line[(Start.Length + digits)..];
        if (!rest.StartsWith(AtKey) || rest.Length < AtKey.Length + AtLength + TypeKey.Length
            || !rest[(AtKey.Length + AtLength)..].StartsWith(TypeKey) || !rest.EndsWith("}}"u8))
            throw Garbage($"event {expected}", line);
        var at = rest.Slice(AtKey.Length, AtLength);
        rest = rest[(AtKey.Length + AtLength + TypeKey.Length)..];
        if (rest.StartsWith("engine.output\""u8) || rest.StartsWith("engine.event\""u8) || rest.StartsWith("setup.output\""u8))
            return null;
        return Parse(line, rest, at, n);
    }

    private static KeeperSignal Parse(ReadOnlySpan<byte> line, ReadOnlySpan<byte> rest, ReadOnlySpan<byte> at, long n)
    {
        var end = rest.IndexOf((byte)'"');
        if (end < 0 || !rest[end..].StartsWith(DataKey)
            || !DateTimeOffset.TryParseExact(Encoding.ASCII.GetString(at), "yyyy-MM-ddTHH:mm:ss.fffZ", null, System.Globalization.DateTimeStyles.AssumeUniversal, out var time))
            throw Garbage($"event {n}", line);
        try
        {
            var reader = new Utf8JsonReader(rest[(end + DataKey.Length)..^1]);
            var data = JsonElement.ParseValue(ref reader);
            return new KeeperSignal(n, time, Encoding.UTF8.GetString(rest[..end]), data);
        }
        catch (JsonException)
        {
            throw Garbage($"event {n}", line);
        }
    }

    private static KeeperProtocolException Garbage(string expected, ReadOnlySpan<byte> line) =>
        new($"Expected {expected}, got '{Encoding.UTF8.GetString(line[..Math.Min(line.Length, 80)])}'.");
}
