using System.Buffers;
using System.Text.Json;
using Squad.Keeper.Events;
using Squad.Keeper.Loop;
using Squad.Keeper.Native;

namespace Squad.Keeper.Control;

/// <summary>Takes answer lines.</summary>
internal delegate void AnswerSink(ReadOnlySpan<byte> answers);

/// <summary>
/// One connection: takes commands, gets answers, and, once it has attached, the events. Never waits: what it does not take stays in the journal. Answers
/// go between whole events.
/// </summary>
internal sealed class Client : IDisposable
{
    private const int AnswerBytesMax = 256 * 1024;
    private const int EventBytes = 512 * 1024;

    private readonly EventLoop _loop;
    private readonly int _input;
    private readonly int _output;
    private readonly Action<Client, ReadOnlyMemory<byte>, bool> _command;
    private readonly CommandLines _lines = new();
    private readonly ArrayBufferWriter<byte> _answers = new(256);
    private readonly Watch _reading;
    private Watch? _writing;
    private EventCursor? _cursor;
    private byte[] _block = [];
    private int _sent;
    private int _length;

    /// <param name="command">Called with each line, and whether it was too long to be taken.</param>
    public Client(EventLoop loop, int input, int output, Action<Client, ReadOnlyMemory<byte>, bool> command)
    {
        (_loop, _input, _output, _command) = (loop, input, output, command);
        _reading = loop.Add(input, Libc.PollIn, Read);
    }

    public bool IsClosed { get; private set; }

    /// <summary>Takes the answers instead of the connection, which then cannot attach: for a standard output that must never block.</summary>
    public AnswerSink? Answers { get; init; }

    /// <summary>Called once when the connection has ended.</summary>
    public Action<Client>? Closed { get; set; }

    /// <summary>From now on it gets the events from <paramref name="cursor"/>.</summary>
    public void Attach(EventCursor cursor)
    {
        _cursor?.Dispose();
        _cursor = cursor;
        if (_block.Length < EventBytes)
        {
            var larger = new byte[EventBytes];
            Buffer.BlockCopy(_block, _sent, larger, 0, _length - _sent);
            (_block, _sent, _length) = (larger, 0, _length - _sent);
        }
    }

    /// <summary>Answers a command: <c>{"op":"done","id":7}</c> and the like. A client that takes no answers is closed.</summary>
    public void Answer(Action<Utf8JsonWriter> members)
    {
        if (IsClosed)
            return;
        using (var json = new Utf8JsonWriter(_answers))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }
        _answers.Write("\n"u8);
        if (Answers is not null)
        {
            Answers(_answers.WrittenSpan);
            _answers.ResetWrittenCount();
            return;
        }
        if (_answers.WrittenCount > AnswerBytesMax)
            Dispose();
        else
            Send();
    }

    /// <summary>Sends what it takes now; goes on by itself when it takes more.</summary>
    public void Send()
    {
        while (!IsClosed)
        {
            if (_sent == _length && !Fill())
            {
                if (_writing is not null)
                    _writing.Interest = 0;
                return;
            }
            var bytes = _block.AsSpan(_sent, _length - _sent);
            var put = _input == _output ? Libc.Send(_output, bytes) : Libc.Write(_output, bytes);
            if (put >= 0)
            {
                _sent += put;
            }
            else if (Libc.LastError == Libc.Again)
            {
                _writing ??= _loop.Add(_output, Libc.PollOut, _ => Send());
                _writing.Interest = Libc.PollOut;
                return;
            }
            else
            {
                Dispose();
            }
        }
    }

    public void Dispose()
    {
        if (IsClosed)
            return;
        IsClosed = true;
        _loop.Remove(_reading);
        _loop.Remove(_writing);
        _cursor?.Dispose();
        if (_input == _output)
            _ = Libc.Close(_input);
        Closed?.Invoke(this);
    }

    private bool Fill()
    {
        (_sent, _length) = (0, 0);
        if (_answers.WrittenCount > 0)
        {
            if (_block.Length < _answers.WrittenCount)
                _block = new byte[_answers.WrittenCount];
            _answers.WrittenSpan.CopyTo(_block);
            _length = _answers.WrittenCount;
            _answers.ResetWrittenCount();
        }
        else if (_cursor is not null)
        {
            _length = _cursor.Read(_block.AsSpan(0, EventBytes));
        }
        return _length > 0;
    }

    private void Read(short events)
    {
        var got = Libc.Read(_input, _lines.Room);
        if (got < 0 && Libc.LastError == Libc.Again)
            return;
        if (got <= 0)
        {
            // No more commands. A client that has only closed its own side still gets events; one that is gone shows at the next write or as a hang-up.
            if (got < 0 || (_input == _output && (events & (Libc.PollHangup | Libc.PollError)) != 0))
                Dispose();
            else
                _reading.Interest = _input == _output ? Libc.PollHangup : (short)0;
            return;
        }
        _lines.Added(got);
        while (!IsClosed && _lines.TryTake(out var line, out var tooLong))
            _command(this, line, tooLong);
    }
}
