using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Squad.Grains.Events;

/// <summary>
/// Makes the lines of the event log: <c>{"seq":7,"at":"2026-11-22T02:10:00.123Z","type":"engine.output","data":{…}}\n</c>.
/// </summary>
public static class EventLines
{
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private static ReadOnlySpan<byte> NumberPrefix => "{\"n\":"u8;

    private static ReadOnlySpan<byte> SeqPrefix => "{\"seq\":"u8;

    /// <summary>One event of Squad's own.</summary>
    /// <param name="data">Writes the members of <c>data</c>.</param>
    public static byte[] Own(long seq, DateTimeOffset at, string type, Action<Utf8JsonWriter> data)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer, WriterOptions))
        {
            writer.WriteStartObject();
            writer.WriteNumber("seq", seq);
            writer.WriteString("at", at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture));
            writer.WriteString("type", type);
            writer.WriteStartObject("data");
            data(writer);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>
    /// Keeper's lines with its numbers replaced by sequence numbers: <c>{"n":55,…}</c> becomes <c>{"seq":123,…}</c>. Only the head of each line is touched, so the cost is a copy.
    /// </summary>
    /// <param name="lines">Complete lines, each beginning with <c>{"n":N,</c>, numbered without a gap.</param>
    /// <param name="skip">How many leading lines to leave out (they were taken before).</param>
    /// <param name="seq">Sequence number of the first line kept.</param>
    /// <exception cref="FormatException">A line does not begin as it should.</exception>
    public static byte[] Renumber(ReadOnlySpan<byte> lines, int skip, long seq, out int count)
    {
        for (; skip > 0; skip--)
            lines = lines[(lines.IndexOf((byte)'\n') + 1)..];
        var estimate = lines.Length + 64;
        var target = ArrayPool<byte>.Shared.Rent(estimate + (estimate / 8));
        try
        {
            var written = 0;
            count = 0;
            while (!lines.IsEmpty)
            {
                var end = lines.IndexOf((byte)'\n');
                if (end < 0 || !lines.StartsWith(NumberPrefix))
                    throw new FormatException($"An event line must begin with {{\"n\": and end with a newline; found '{Head(lines)}'.");
                var rest = lines[NumberPrefix.Length..(end + 1)];
                rest = rest[rest.IndexOf((byte)',')..];
                var needed = SeqPrefix.Length + 20 + rest.Length;
                if (target.Length - written < needed)
                    target = Grow(target, written, needed);
                SeqPrefix.CopyTo(target.AsSpan(written));
                written += SeqPrefix.Length;
                Utf8Formatter.TryFormat(seq + count, target.AsSpan(written), out var digits);
                written += digits;
                rest.CopyTo(target.AsSpan(written));
                written += rest.Length;
                count++;
                lines = lines[(end + 1)..];
            }

            return target.AsSpan(0, written).ToArray();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(target);
        }
    }

    private static byte[] Grow(byte[] buffer, int written, int needed)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(buffer.Length * 2, written + needed));
        buffer.AsSpan(0, written).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }

    private static string Head(ReadOnlySpan<byte> line) => Encoding.UTF8.GetString(line[..Math.Min(line.Length, 60)]);
}
