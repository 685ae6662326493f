using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using Squad.Platform.Events;

namespace Squad.Api.Live;

/// <summary>Events as clients get them: <c>{"first":7,"events":[{"seq":7,…},…]}</c>. The events are the log's bytes, written through without parsing.</summary>
[JsonConverter(typeof(EventsMessageConverter))]
public sealed record EventsMessage(EventBatch Batch);

internal sealed class EventsMessageConverter : JsonConverter<EventsMessage>
{
    public override EventsMessage Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("Event messages are only written.");

    public override void Write(Utf8JsonWriter writer, EventsMessage value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WriteNumber("first", value.Batch.First);
        writer.WritePropertyName("events");
        WriteEvents(writer, value.Batch.Body.Span);
        writer.WriteEndObject();
    }

    /// <summary>The lines of a log body as a JSON array.</summary>
    internal static void WriteEvents(Utf8JsonWriter writer, ReadOnlySpan<byte> body)
    {
        // A line holds no newline of its own (JSON escapes it), so a newline is always between two events.
        var array = ArrayPool<byte>.Shared.Rent(body.Length + 2);
        try
        {
            array[0] = (byte)'[';
            body.Replace(array.AsSpan(1), (byte)'\n', (byte)',');
            var end = body.Length == 0 ? 1 : body.Length; // over the last comma
            array[end] = (byte)']';
            writer.WriteRawValue(array.AsSpan(0, end + 1), skipInputValidation: true);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(array);
        }
    }
}
