using System.Text;
using Squad.Platform.Sandboxes.Keeper;

namespace Squad.Keeper.Tests;

public sealed class KeeperJournalTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("journal-").FullName;

    public KeeperJournalTests() => Directory.CreateDirectory(Path.Combine(_directory, "journal"));

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Segments_are_read_in_order_from_the_event_after_the_cursor()
    {
        Write(1, Line(1), Line(2, "error"));
        Write(3, Line(3), Line(4, "engine.exited"));
        Assert.Equal("1 2 3 4 | error engine.exited", await ReadAsync(0));
        Assert.Equal("2 3 4 | error engine.exited", await ReadAsync(1));
        Assert.Equal("4 | engine.exited", await ReadAsync(3));
        Assert.Equal(" | ", await ReadAsync(4));
        Assert.Equal(" | ", await ReadAsync(99));
    }

    [Fact]
    public async Task Deleted_segments_are_left_out()
    {
        Write(7, Line(7), Line(8));
        Assert.Equal("7 8 | ", await ReadAsync(0));
    }

    [Fact]
    public async Task Nothing_is_there_before_Keeper_has_written()
    {
        Assert.Equal(" | ", await ReadAsync(0));
        Directory.Delete(Path.Combine(_directory, "journal"));
        Assert.Equal(" | ", await ReadAsync(0));
        Assert.Equal(0, await KeeperJournal.LastAsync(_directory, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("{\"n\":3,", "Expected event 2, got event 3.")]
    [InlineData("garbage", "Expected event 2, got 'garbage'.")]
    [InlineData("{\"n\":2}", "Expected event 2, got '{\"n\":2}'.")]
    [InlineData("{\"n\":2,\"at\":\"2026-11-22T02:10:00.123Z\",\"type\":\"error\",\"data\":{]}}", "Expected event 2, got '")]
    [InlineData("{\"n\":2,\"at\":\"yesterday at five o'clock\",\"type\":\"error\",\"data\":{}}", "Expected event 2, got '")]
    [InlineData("{\"n\":2,\"at\":\"2026-11-22T02:10:00.123Z\",\"type\":\"engine.output\",\"data\":{", "Expected event 2, got '")]
    public async Task A_gap_or_garbage_names_what_was_expected(string line, string message)
    {
        Write(1, Line(1), line);
        var broken = await Assert.ThrowsAsync<KeeperProtocolException>(() => ReadAsync(0));
        Assert.StartsWith(message, broken.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_segment_is_a_gap()
    {
        Write(1, Line(1));
        Write(3, Line(3));
        await Assert.ThrowsAsync<KeeperProtocolException>(() => ReadAsync(0));
    }

    [Fact]
    public async Task A_line_without_end_is_not_read_for_ever()
    {
        Write(1, Line(1), new string('x', 2_000_000));
        var broken = await Assert.ThrowsAsync<KeeperProtocolException>(() => ReadAsync(0));
        Assert.Contains("at most", broken.Message, StringComparison.Ordinal);
    }

    private static string Line(long n, string type = "engine.output") =>
        $"{{\"n\":{n},\"at\":\"2026-11-22T02:10:00.123Z\",\"type\":\"{type}\",\"data\":{{\"stream\":\"stdout\",\"text\":\"{n}\"}}}}";

    private void Write(long first, params string[] lines) =>
        File.WriteAllText(Path.Combine(_directory, "journal", $"{first:D20}.jsonl"), string.Join('\n', lines) + "\n");

    private async Task<string> ReadAsync(long after)
    {
        var numbers = new List<long>();
        var types = new List<string>();
        await foreach (var batch in KeeperJournal.ReadAsync(_directory, after, TestContext.Current.CancellationToken))
        {
            numbers.AddRange(RunningKeeper.Parse(batch.Lines.Span).Select(e => e.N()));
            types.AddRange(batch.Signals.Select(signal => signal.Type));
        }
        return $"{string.Join(' ', numbers)} | {string.Join(' ', types)}";
    }
}
