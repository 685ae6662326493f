using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Squad.Keeper.Events;

/// <summary>Which output a text belongs to.</summary>
internal enum OutputKind
{
    Stdout,
    Stderr,
    Terminal,
    SetupStdout,
    SetupStderr,
}

/// <summary>
/// Makes events: <c>{"n":55,"at":"2026-11-22T02:10:00.123Z","type":"engine.output","data":{"stream":"stdout","text":"hello"}}</c>.
/// Output is put together from prepared pieces straight into the journal's buffer: per line it costs a copy and two vectorised searches.
/// </summary>
internal sealed class EventWriter(Journal journal, Printer printer, TimeProvider time)
{
    private const int EnvelopeBytes = 160;
    private const int AtOffset = 7;

    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private readonly byte[][] _outputs =
    [
        Output("engine.output", "stdout"), Output("engine.output", "stderr"), Output("engine.output", "terminal"),
        Output("setup.output", "stdout"), Output("setup.output", "stderr"),
    ];

    private readonly byte[] _event = Encoding.ASCII.GetBytes(",\"at\":\"0000-00-00T00:00:00.000Z\",\"type\":\"engine.event\",\"data\":");
    private readonly byte[] _now = new byte[24];
    private readonly ArrayBufferWriter<byte> _data = new(512);

    /// <summary>Events of output written so far: tells whether something happened since.</summary>
    public long Outputs { get; private set; }

    public bool TakesOutput => journal.TakesOutput;

    /// <summary>Takes the time for the outputs that follow: all that came in one read came at once.</summary>
    public void BeginBatch()
    {
        Outputs++;
        time.GetUtcNow().TryFormat(_now, out _, "yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
        foreach (var prepared in _outputs)
            _now.CopyTo(prepared.AsSpan(AtOffset));
        _now.CopyTo(_event.AsSpan(AtOffset));
    }

    public void AddOutput(OutputKind kind, ReadOnlySpan<byte> text, bool partial)
    {
        var target = journal.Reserve(EnvelopeBytes + text.Length * JsonText.GrowthMax);
        var at = Number(target);
        var prepared = _outputs[(int)kind];
        prepared.CopyTo(target[at..]);
        at += prepared.Length;
        at += JsonText.Escape(text, target[at..]);
        var end = partial ? "\",\"partial\":true}}\n"u8 : "\"}}\n"u8;
        end.CopyTo(target[at..]);
        CommitOutput(target[..(at + end.Length)]);
    }

    /// <summary>A line that is a JSON object, as it is.</summary>
    public void AddObject(ReadOnlySpan<byte> line)
    {
        var target = journal.Reserve(EnvelopeBytes + line.Length);
        var at = Number(target);
        _event.CopyTo(target[at..]);
        at += _event.Length;
        line.CopyTo(target[at..]);
        at += line.Length;
        "}\n"u8.CopyTo(target[at..]);
        CommitOutput(target[..(at + 2)]);
    }

    /// <summary>Writes and sends the outputs added since <see cref="BeginBatch"/>.</summary>
    public void EndBatch()
    {
        journal.Flush();
        if (printer.PrintsOutput)
            printer.Send();
    }

    /// <summary>Adds one lifecycle event, writes and sends it. It goes in also when the journal is full.</summary>
    public void Emit(string type, Action<Utf8JsonWriter> members)
    {
        time.GetUtcNow().TryFormat(_now, out _, "yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
        _data.ResetWrittenCount();
        using (var json = new Utf8JsonWriter(_data, Relaxed))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }
        var target = journal.Reserve(EnvelopeBytes + type.Length + _data.WrittenCount);
        var at = Number(target);
        at += Append(target[at..], ",\"at\":\""u8);
        at += Append(target[at..], _now);
        at += Append(target[at..], "\",\"type\":\""u8);
        at += Encoding.ASCII.GetBytes(type, target[at..]);
        at += Append(target[at..], "\",\"data\":"u8);
        at += Append(target[at..], _data.WrittenSpan);
        at += Append(target[at..], "}\n"u8);
        printer.Print(target[..at]);
        printer.Send();
        journal.Commit(at);
        journal.Flush();
    }

    public void Error(string code, string message) => Emit("error", json =>
    {
        json.WriteString("code", code);
        json.WriteString("message", message);
    });

    private void CommitOutput(ReadOnlySpan<byte> line)
    {
        if (printer.PrintsOutput)
            printer.Print(line);
        journal.Commit(line.Length);
    }

    private int Number(Span<byte> target)
    {
        "{\"n\":"u8.CopyTo(target);
        Utf8Formatter.TryFormat(journal.Last + 1, target[5..], out var digits);
        return 5 + digits;
    }

    private static int Append(Span<byte> target, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(target);
        return bytes.Length;
    }

    private static byte[] Output(string type, string stream) => Encoding.ASCII.GetBytes(
        $",\"at\":\"0000-00-00T00:00:00.000Z\",\"type\":\"{type}\",\"data\":{{\"stream\":\"{stream}\",\"text\":\"");
}
