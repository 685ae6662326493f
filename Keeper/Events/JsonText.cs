using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Squad.Keeper.Events;

/// <summary>
/// Bytes of a program to the inside of a JSON string. Text that needs nothing is copied whole; invalid UTF-8 becomes U+FFFD, control characters are escaped.
/// </summary>
internal static class JsonText
{
    /// <summary>Most bytes that one byte can become: <c>\u001b</c>.</summary>
    public const int GrowthMax = 6;

    private static readonly SearchValues<byte> PlainAscii = SearchValues.Create(
        [.. Enumerable.Range(0x20, 0x60).Select(code => (byte)code).Where(code => code is not ((byte)'"' or (byte)'\\'))]);

    private static readonly SearchValues<byte> Escaped = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Select(code => (byte)code), (byte)'"', (byte)'\\']);

    /// <summary>Writes the escaped text, and returns its length. The target holds at least <see cref="GrowthMax"/> times the source.</summary>
    public static int Escape(ReadOnlySpan<byte> text, Span<byte> target)
    {
        var plain = text.IndexOfAnyExcept(PlainAscii);
        if (plain < 0)
        {
            text.CopyTo(target);
            return text.Length;
        }
        text[..plain].CopyTo(target);
        var rest = text[plain..];
        return plain + (Utf8.IsValid(rest) ? EscapeValid(rest, target[plain..]) : EscapeBroken(rest, target[plain..]));
    }

    /// <summary>Length of the longest start of <paramref name="text"/> that does not end within a character. Bytes that can never be a character are not held back.</summary>
    public static int WholeCharacters(ReadOnlySpan<byte> text)
    {
        for (var back = 1; back <= 3 && back <= text.Length; back++)
        {
            var lead = text[^back];
            if (lead < 0x80)
                return text.Length;
            if (lead < 0xC0)
                continue;
            return Rune.DecodeFromUtf8(text[^back..], out _, out _) == OperationStatus.NeedMoreData ? text.Length - back : text.Length;
        }
        return text.Length;
    }

    /// <summary>Whether a line is one JSON object that any reader will accept.</summary>
    public static bool IsObject(ReadOnlySpan<byte> line)
    {
        try
        {
            // One level less than what readers allow by default: the object is put inside of another.
            var reader = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = 60 });
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                return false;
            var escapes = line.IndexOf("\\u"u8) >= 0;
            while (reader.Read())
            {
                // An escaped half of a surrogate pair is grammatical, and still breaks whoever reads the string.
                if (escapes && reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped)
                    _ = reader.GetString();
            }
            return Utf8.IsValid(line);
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    private static int EscapeValid(ReadOnlySpan<byte> text, Span<byte> target)
    {
        var written = 0;
        while (true)
        {
            var plain = text.IndexOfAny(Escaped);
            if (plain < 0)
            {
                text.CopyTo(target[written..]);
                return written + text.Length;
            }
            text[..plain].CopyTo(target[written..]);
            written += plain;
            written += EscapeOne(text[plain], target[written..]);
            text = text[(plain + 1)..];
        }
    }

    private static int EscapeBroken(ReadOnlySpan<byte> text, Span<byte> target)
    {
        var written = 0;
        while (!text.IsEmpty)
        {
            var status = Rune.DecodeFromUtf8(text, out var rune, out var consumed);
            if (status != OperationStatus.Done)
                "\uFFFD"u8.CopyTo(target[written..]);
            else if (rune.Value is >= 0x20 and not ('"' or '\\'))
                text[..consumed].CopyTo(target[written..]);
            written += status != OperationStatus.Done ? 3
                : rune.Value is >= 0x20 and not ('"' or '\\') ? consumed
                : EscapeOne(text[0], target[written..]);
            text = text[consumed..];
        }
        return written;
    }

    private static int EscapeOne(byte code, Span<byte> target)
    {
        var letter = code switch
        {
            (byte)'"' => (byte)'"',
            (byte)'\\' => (byte)'\\',
            (byte)'\n' => (byte)'n',
            (byte)'\r' => (byte)'r',
            (byte)'\t' => (byte)'t',
            (byte)'\b' => (byte)'b',
            (byte)'\f' => (byte)'f',
            _ => (byte)0,
        };
        target[0] = (byte)'\\';
        if (letter != 0)
        {
            target[1] = letter;
            return 2;
        }
        "u00"u8.CopyTo(target[1..]);
        target[4] = "0123456789abcdef"u8[code >> 4];
        target[5] = "0123456789abcdef"u8[code & 15];
        return 6;
    }
}
