using System.Text;
using System.Text.Json;
using Squad.Grains.Events;

namespace Squad.Grains.Tests;

public sealed class EventLinesTests
{
    [Fact]
    public void Keeper_numbers_become_sequence_numbers_and_nothing_else_changes()
    {
        var lines = Lines("{\"n\":9,\"at\":\"t\",\"type\":\"engine.output\",\"data\":{\"text\":\"a,{\\\"n\\\":1}\"}}", "{\"n\":10,\"at\":\"t\",\"type\":\"x\",\"data\":{}}");
        var body = EventLines.Renumber(lines, 0, 99, out var count);
        Assert.Equal(2, count);
        Assert.Equal(
            "{\"seq\":99,\"at\":\"t\",\"type\":\"engine.output\",\"data\":{\"text\":\"a,{\\\"n\\\":1}\"}}\n{\"seq\":100,\"at\":\"t\",\"type\":\"x\",\"data\":{}}\n",
            Encoding.UTF8.GetString(body.Span));
    }

    [Fact]
    public void Lines_taken_before_are_left_out()
    {
        var body = EventLines.Renumber(Lines("{\"n\":1,\"a\":1}", "{\"n\":2,\"a\":2}", "{\"n\":3,\"a\":3}"), 2, 7, out var count);
        Assert.Equal(1, count);
        Assert.Equal("{\"seq\":7,\"a\":3}\n", Encoding.UTF8.GetString(body.Span));
    }

    [Fact]
    public void Many_short_lines_grow_beyond_the_first_buffer()
    {
        var lines = Lines([.. Enumerable.Range(1, 5000).Select(i => $"{{\"n\":{i},}}")]);
        var body = EventLines.Renumber(lines, 0, 1_000_000_000_000, out var count);
        Assert.Equal(5000, count);
        Assert.Equal("{\"seq\":1000000004999,}", Encoding.UTF8.GetString(body.Span).Split('\n')[4999]);
    }

    [Theory]
    [InlineData("{\"m\":1,}\n")]
    [InlineData("{\"n\":1,\"no\":\"end\"}")]
    [InlineData("garbage\n")]
    public void A_line_that_is_no_event_is_refused(string line) =>
        Assert.Throws<FormatException>(() => EventLines.Renumber(Encoding.UTF8.GetBytes(line), 0, 1, out _));

    [Fact]
    public void An_own_event_is_one_line_of_json_in_the_order_clients_know()
    {
        var line = Encoding.UTF8.GetString(EventLines.Own(5, new DateTimeOffset(2026, 11, 22, 2, 10, 0, 123, TimeSpan.Zero), "input", d => d.WriteString("text", "a\nb")));
        Assert.Equal("{\"seq\":5,\"at\":\"2026-11-22T02:10:00.123Z\",\"type\":\"input\",\"data\":{\"text\":\"a\\nb\"}}\n", line);
        Assert.Equal(5, JsonDocument.Parse(line).RootElement.GetProperty("seq").GetInt64());
    }

    private static byte[] Lines(params string[] lines) => Encoding.UTF8.GetBytes(string.Concat(lines.Select(l => l + "\n")));
}
