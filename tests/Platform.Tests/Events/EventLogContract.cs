using System.Text;
using Squad.Platform.Events;
using static Squad.Platform.Tests.Events.TestEvents;

namespace Squad.Platform.Tests.Events;

/// <summary>What every event log does, whatever stands behind it.</summary>
public abstract class EventLogContract : IAsyncLifetime
{
    protected IEventLog Log { get; set; } = null!;

    public abstract ValueTask InitializeAsync();

    public abstract ValueTask DisposeAsync();

    [Fact]
    public async Task An_unknown_stream_is_empty()
    {
        Assert.Empty(await Log.ReadAsync("session/unknown", 0));
        Assert.Equal(new StreamEnd(0, 0), await Log.EndAsync("session/unknown"));
    }

    [Fact]
    public async Task What_was_appended_is_read_back_unchanged()
    {
        var first = new EventBatch("session/a", 1, 2, At, Encoding.UTF8.GetBytes("{\"seq\":1,\"data\":\"é\\u0000\"}\n{\"seq\":2}\n"), 7);
        var second = Batch("session/a", 3, 5, mark: 9);
        await Log.AppendAsync(first);
        await Log.AppendAsync(second);
        AssertSame([first, second], await Log.ReadAsync("session/a", 0));
        Assert.Equal(new StreamEnd(7, 9), await Log.EndAsync("session/a"));
    }

    [Fact]
    public async Task A_read_begins_with_the_batch_that_holds_the_event_after_the_cursor()
    {
        await Log.AppendAsync(Batch("s", 1, 10));
        await Log.AppendAsync(Batch("s", 11, 10));
        Assert.Equal([1, 11], (await Log.ReadAsync("s", 9)).Select(batch => batch.First));
        Assert.Equal([11], (await Log.ReadAsync("s", 10)).Select(batch => batch.First));
        Assert.Equal([11], (await Log.ReadAsync("s", 19)).Select(batch => batch.First));
        Assert.Equal(Range(10, 20), Numbers(await Log.ReadAsync("s", 9), 9));
        Assert.Equal(Range(20, 20), Numbers(await Log.ReadAsync("s", 19), 19));
    }

    [Theory]
    [InlineData(20)]
    [InlineData(21)]
    [InlineData(1_000_000)]
    [InlineData(long.MaxValue)]
    public async Task A_cursor_at_or_beyond_the_end_finds_nothing(long cursor)
    {
        await Log.AppendAsync(Batch("s", 1, 20));
        Assert.Empty(await Log.ReadAsync("s", cursor));
    }

    [Fact]
    public async Task A_negative_cursor_reads_from_the_beginning()
    {
        await Log.AppendAsync(Batch("s", 1, 3));
        Assert.Equal(Range(1, 3), Numbers(await Log.ReadAsync("s", long.MinValue)));
    }

    [Fact]
    public async Task A_read_ends_near_its_limit_and_gives_at_least_one_batch()
    {
        for (var first = 1; first <= 91; first += 10)
            await Log.AppendAsync(Batch("s", first, 10, bytes: 100));
        Assert.Single(await Log.ReadAsync("s", 0, bytesMax: 1));
        Assert.Single(await Log.ReadAsync("s", 50, bytesMax: 0));
        Assert.Equal(3, (await Log.ReadAsync("s", 0, bytesMax: 2500)).Count);
        Assert.Equal(Range(1, 100), await Log.ReadAllAsync("s", bytesMax: 2500));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(7)]
    public async Task An_append_that_does_not_begin_at_the_end_is_refused_and_changes_nothing(long first)
    {
        await Log.AppendAsync(Batch("s", 1, 5));
        var error = await Assert.ThrowsAsync<EventLogConflictException>(async () => await Log.AppendAsync(Batch("s", first)));
        Assert.Equal(("s", 5), (error.Stream, error.Found));
        Assert.Equal(Range(1, 5), await Log.ReadAllAsync("s"));
        await Log.AppendAsync(Batch("s", 6));
        Assert.Equal(Range(1, 6), await Log.ReadAllAsync("s"));
    }

    [Fact]
    public async Task A_new_stream_must_begin_at_one()
    {
        var error = await Assert.ThrowsAsync<EventLogConflictException>(async () => await Log.AppendAsync(Batch("s", 4)));
        Assert.Equal(0, error.Found);
        Assert.Empty(await Log.ReadAsync("s", 0));
    }

    [Fact]
    public async Task A_refused_append_does_not_touch_the_others_of_its_group()
    {
        List<Task> appends = [];
        for (var stream = 0; stream < 20; stream++)
        {
            // Odd streams begin wrong.
            appends.Add(Log.AppendAsync(Batch($"s{stream}", 1 + (stream % 2))).AsTask());
        }
        await Task.WhenAll(appends).ContinueWith(_ => { }, TaskScheduler.Default);
        for (var stream = 0; stream < 20; stream++)
        {
            if (stream % 2 == 0)
                await appends[stream];
            else
                await Assert.ThrowsAsync<EventLogConflictException>(() => appends[stream]);
            Assert.Equal(1 - (stream % 2), (await Log.EndAsync($"s{stream}")).Last);
        }
    }

    [Fact]
    public async Task Appends_of_one_stream_that_wait_together_keep_their_order()
    {
        var appends = Enumerable.Range(0, 200).Select(i => Log.AppendAsync(Batch("s", 1 + (i * 3), 3, mark: i)).AsTask()).ToList();
        await Task.WhenAll(appends);
        Assert.Equal(Range(1, 600), await Log.ReadAllAsync("s"));
        Assert.Equal(new StreamEnd(600, 199), await Log.EndAsync("s"));
    }

    [Fact]
    public async Task Many_streams_are_written_at_once_and_stay_apart()
    {
        await Task.WhenAll(Enumerable.Range(0, 16).Select(async stream =>
        {
            for (var i = 0; i < 20; i++)
                await Log.AppendAsync(Batch($"s/{stream}", 1 + (i * 5), 5));
        }));
        for (var stream = 0; stream < 16; stream++)
            Assert.Equal(Range(1, 100), await Log.ReadAllAsync($"s/{stream}"));
    }

    [Fact]
    public async Task Of_writers_that_race_for_a_number_exactly_one_wins()
    {
        for (long first = 1; first <= 20; first++)
        {
            var batch = Batch("s", first);
            var outcomes = await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
            {
                try
                {
                    await Log.AppendAsync(batch);
                    return true;
                }
                catch (EventLogConflictException)
                {
                    return false;
                }
            }));
            Assert.Single(outcomes, won => won);
        }
        Assert.Equal(Range(1, 20), await Log.ReadAllAsync("s"));
    }

    [Fact]
    public async Task A_batch_of_sixteen_megabytes_passes()
    {
        var batch = Batch("s", 1, 4, bytes: 4 * 1024 * 1024);
        await Log.AppendAsync(batch);
        await Log.AppendAsync(Batch("s", 5));
        AssertSame([batch], await Log.ReadAsync("s", 0));
        Assert.Equal(Range(1, 5), await Log.ReadAllAsync("s"));
    }

    [Fact]
    public async Task The_end_keeps_the_largest_mark()
    {
        await Log.AppendAsync(Batch("s", 1, mark: 41));
        await Log.AppendAsync(Batch("s", 2, mark: 0));
        Assert.Equal(new StreamEnd(2, 41), await Log.EndAsync("s"));
        Assert.Equal([41, 0], (await Log.ReadAsync("s", 0)).Select(batch => batch.Mark));
    }

    [Fact]
    public async Task A_deleted_stream_is_empty_and_begins_anew()
    {
        await Log.AppendAsync(Batch("s", 1, 5, mark: 3));
        await Log.AppendAsync(Batch("other", 1, 5));
        await Log.DeleteAsync("s");
        await Log.DeleteAsync("s");
        Assert.Empty(await Log.ReadAsync("s", 0));
        Assert.Equal(new StreamEnd(0, 0), await Log.EndAsync("s"));
        await Log.AppendAsync(Batch("s", 1, 2));
        Assert.Equal(Range(1, 2), await Log.ReadAllAsync("s"));
        Assert.Equal(Range(1, 5), await Log.ReadAllAsync("other"));
    }

    [Fact]
    public async Task A_cancelled_append_writes_nothing()
    {
        using var cancellation = new CancellationTokenSource();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Log.AppendAsync(Batch("s", 1), cancellation.Token));
        Assert.Equal(0, (await Log.EndAsync("s")).Last);
    }

    [Fact]
    public async Task A_batch_whose_numbers_are_not_those_of_its_body_is_refused()
    {
        var good = Batch("s", 1, 3);
        EventBatch[] bad =
        [
            good with { Count = 2 },
            good with { Count = 4 },
            good with { Count = 0, Body = default },
            good with { First = 0 },
            good with { First = -3 },
            good with { Body = good.Body[..^1] },
            good with { Stream = "" },
            good with { Stream = "a\0b" },
            good with { Stream = new string('s', 513) },
        ];
        foreach (var batch in bad)
            await Assert.ThrowsAnyAsync<ArgumentException>(async () => await Log.AppendAsync(batch));
        Assert.Equal(0, (await Log.EndAsync("s")).Last);
    }

    protected static void AssertSame(IReadOnlyList<EventBatch> expected, IReadOnlyList<EventBatch> found)
    {
        Assert.Equal(
            expected.Select(batch => (batch.Stream, batch.First, batch.Count, batch.At, batch.Mark)),
            found.Select(batch => (batch.Stream, batch.First, batch.Count, batch.At, batch.Mark)));
        foreach (var (left, right) in expected.Zip(found))
            Assert.True(left.Body.Span.SequenceEqual(right.Body.Span), $"The body of the batch at {left.First} differs.");
    }
}
