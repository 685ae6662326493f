using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
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
            writer.WriteString("at", at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
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
    public static ReadOnlyMemory<byte> Renumber(ReadOnlySpan<byte> lines, int skip, long seq, out int count)
    {
        for (; skip > 0; skip--)
            lines = lines[(lines.IndexOf((byte)'\n') + 1)..];
        count = lines.Count((byte)'\n');
        // A line grows by the longer name, and by the digits that its sequence number has more than its own number (which has one at least).
        var growth = SeqPrefix.Length - NumberPrefix.Length + (seq + count).ToString(CultureInfo.InvariantCulture).Length - 1;
        var target = new byte[lines.Length + (count * growth)];
        var written = 0;
        for (var next = seq; !lines.IsEmpty; next++)
        {
            var end = lines.IndexOf((byte)'\n');
            if (end < 0 || !lines.StartsWith(NumberPrefix))
                throw new FormatException($"An event line must begin with {{\"n\": and end with a newline; found '{Head(lines)}'.");
            var rest = lines[NumberPrefix.Length..(end + 1)];
            rest = rest[rest.IndexOf((byte)',')..];
            SeqPrefix.CopyTo(target.AsSpan(written));
            written += SeqPrefix.Length;
            Utf8Formatter.TryFormat(next, target.AsSpan(written), out var digits);
            written += digits;
            rest.CopyTo(target.AsSpan(written));
            written += rest.Length;
            lines = lines[(end + 1)..];
        }

        return target.AsMemory(0, written);
    }

    /// <summary>Whether one of the lines is an event of this type.</summary>
    public static bool Contains(ReadOnlySpan<byte> lines, string type)
    {
        while (!lines.IsEmpty)
        {
            var reader = new Utf8JsonReader(lines[..lines.IndexOf((byte)'\n')]);
            while (reader.Read())
            {
                if (reader.CurrentDepth == 1 && reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("type"u8))
                {
                    reader.Read();
                    if (reader.ValueTextEquals(type))
                        return true;
                }
            }

            lines = lines[(lines.IndexOf((byte)'\n') + 1)..];
        }

        return false;
    }

    private static string Head(ReadOnlySpan<byte> line) => Encoding.UTF8.GetString(line[..Math.Min(line.Length, 60)]);
}
