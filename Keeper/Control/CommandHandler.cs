using System.Text.Json;
using Squad.Keeper.Events;
using Squad.Keeper.Processes;
using Squad.Keeper.Work;

namespace Squad.Keeper.Control;

/// <summary>What commands act on.</summary>
internal interface ICommandTarget
{
    string? Session { get; }

    Refusal? Run(Spec spec);

    Refusal? Input(string text, bool enter, bool end);

    Refusal? Resize(int columns, int rows);

    Refusal? Signal(int signal);

    void Stop(long graceMs);

    /// <summary>Bytes of disk that the workspace takes; null where it cannot be told.</summary>
    Task<long?> MeasureDiskAsync();
}

/// <summary>
/// Reads commands and answers them. Nothing that a client sends ends Keeper or the connection: what cannot be read or done is refused.
/// </summary>
internal sealed class CommandHandler(Journal journal, ICommandTarget target)
{
    private const int DefaultGraceMs = 10_000;

    private Client? _attached;

    /// <summary>The connection that gets the events, or null.</summary>
    public Client? Attached => _attached is { IsClosed: false } ? _attached : null;

    /// <summary>Called when an acknowledgement has come.</summary>
    public Action? Acknowledged { get; set; }

    public void Handle(Client client, ReadOnlyMemory<byte> line, bool tooLong)
    {
        if (tooLong)
        {
            Refuse(client, null, new Refusal("command.tooLong", $"A command has at most {CommandLines.LineBytesMax} bytes."));
            return;
        }
        if (line.Span.Trim(" \t\r"u8).IsEmpty)
            return;
        long? id = null;
        Refusal? refusal;
        try
        {
            using var json = JsonDocument.Parse(line);
            if (json.RootElement.ValueKind != JsonValueKind.Object)
                throw new FormatException("it is not a JSON object");
            id = json.RootElement.TryGetProperty("id", out var given) && given.ValueKind == JsonValueKind.Number && given.TryGetInt64(out var number) ? number : null;
            refusal = Do(client, json.RootElement, id);
        }
        catch (Exception malformed) when (malformed is JsonException or FormatException or InvalidOperationException)
        {
            refusal = new Refusal("command.malformed", "The command cannot be read: " + malformed.Message);
        }
        if (refusal is not null)
            Refuse(client, id, refusal);
    }

    /// <summary>Lets a client have the events from the next that is written, without a command: standard output with <c>--stdio</c>.</summary>
    public void AttachNow(Client client)
    {
        client.Attach(new EventCursor(journal, journal.Last + 1));
        _attached = client;
    }

    private Refusal? Do(Client client, JsonElement command, long? id)
    {
        var op = Text(command, "op");
        Refusal? refusal;
        switch (op)
        {
            case "attach":
                return Attach(client, Number(command, "after", 0));
            case "ack":
                journal.Acknowledge(Number(command, "n", null));
                Acknowledged?.Invoke();
                return null;
            case "input":
                refusal = target.Input(Text(command, "text"), Flag(command, "enter"), Flag(command, "end"));
                break;
            case "resize":
                refusal = target.Resize(Small(command, "columns"), Small(command, "rows"));
                break;
            case "signal":
                var name = Text(command, "name");
                var signal = SignalNames.NumberOf(name);
                refusal = signal == 0 ? new Refusal("command.invalid", $"There is no signal '{name}'.") : target.Signal(signal);
                break;
            case "stop":
                target.Stop(Math.Clamp(Number(command, "graceMs", DefaultGraceMs), 0, 3_600_000));
                refusal = null;
                break;
            case "disk":
                _ = AnswerDiskAsync(client, id);
                return null;
            case "run":
                refusal = Run(command);
                break;
            default:
                return new Refusal("command.unknown", $"There is no command '{op}'.");
        }
        if (refusal is null && id is { } number)
            client.Answer(json =>
            {
                json.WriteString("op", "done");
                json.WriteNumber("id", number);
            });
        return refusal;
    }

    private async Task AnswerDiskAsync(Client client, long? id)
    {
        if (await target.MeasureDiskAsync() is not { } bytes)
            Refuse(client, id, new Refusal("disk.unknown", "The workspace is not there yet, or its size cannot be measured."));
        else if (id is { } number)
            client.Answer(json =>
            {
                json.WriteString("op", "done");
                json.WriteNumber("id", number);
                json.WriteNumber("bytes", bytes);
            });
    }

    private Refusal? Run(JsonElement command)
    {
        if (!command.TryGetProperty("spec", out var given))
            return new Refusal("spec.invalid", "spec is missing.");
        var (spec, error) = Spec.Read(given);
        return spec is null ? new Refusal("spec.invalid", error!) : target.Run(spec);
    }

    private Refusal? Attach(Client client, long after)
    {
        if (client.Answers is not null)
            return new Refusal("command.invalid", "Events are for connections to the socket; see --stdio.");
        if (after < 0 || after > journal.Last)
            return new Refusal("attach.ahead", $"The last event is {journal.Last}; none can be sent after {after}.");
        if (_attached is { } earlier && earlier != client)
            earlier.Dispose();
        _attached = client;
        var next = Math.Max(after + 1, journal.FirstKept);
        client.Answer(json =>
        {
            json.WriteString("op", "attached");
            json.WriteNumber("next", next);
            json.WriteNumber("last", journal.Last);
            json.WriteString("session", target.Session);
        });
        client.Attach(new EventCursor(journal, next));
        client.Send();
        return null;
    }

    private static void Refuse(Client client, long? id, Refusal refusal) => client.Answer(json =>
    {
        json.WriteString("op", "refused");
        if (id is { } number)
            json.WriteNumber("id", number);
        json.WriteString("code", refusal.Code);
        json.WriteString("message", refusal.Message);
    });

    private static string Text(JsonElement command, string name) =>
        command.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : throw new FormatException($"{name} is not a string");

    private static long Number(JsonElement command, string name, long? otherwise) =>
        !command.TryGetProperty(name, out var value) && otherwise is { } number ? number
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var given) ? given
        : throw new FormatException($"{name} is not a whole number");

    private static int Small(JsonElement command, string name) => (int)Math.Clamp(Number(command, name, null), int.MinValue, int.MaxValue);

    private static bool Flag(JsonElement command, string name) => command.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;
}
