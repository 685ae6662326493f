using System.Text.Json;
using Squad.Platform.Sandboxes.Keeper;

namespace Squad.Keeper.Tests;

public sealed class AttachTests
{
    [Fact]
    public async Task A_client_that_dies_in_the_middle_is_followed_by_one_that_misses_and_repeats_nothing()
    {
        await using var keeper = new RunningKeeper();
        keeper.Start(keeper.Spec("seq 1 300000; read line"));
        long got = 0;
        var lines = 0L;
        for (var attempt = 0; attempt < 20; attempt++)
        {
            await using var connection = await keeper.ConnectAsync();
            var attached = await connection.AttachAsync(got, keeper.Cancellation);
            Assert.Equal(got + 1, attached.Value!.Next);
            for (var reads = 0; reads <= attempt && lines < 300_000 && await connection.ReadBatchAsync(keeper.Cancellation) is { } batch; reads++)
            {
                Assert.Equal(got + 1, batch.First);
                got = batch.Last;
                lines += RunningKeeper.LinesIn(batch);
                if (attempt % 3 == 0)
                    await connection.AckAsync(got, keeper.Cancellation);
            }
        }
        await using var last = await keeper.ConnectAsync();
        await last.AttachAsync(got, keeper.Cancellation);
        await last.InputAsync("", cancellation: keeper.Cancellation);
        while (await last.ReadBatchAsync(keeper.Cancellation) is { } batch)
        {
            Assert.Equal(got + 1, batch.First);
            got = batch.Last;
            lines += RunningKeeper.LinesIn(batch);
            await last.AckAsync(got, keeper.Cancellation);
        }
        Assert.Equal(300_000, lines);
    }

    [Fact]
    public async Task A_new_attach_ends_the_connection_that_had_the_events()
    {
        await using var keeper = new RunningKeeper();
        keeper.Start(keeper.Spec("read line; echo $line"));
        await using var first = await keeper.ConnectAsync();
        await first.AttachAsync(0, keeper.Cancellation);
        await keeper.ReadAsync(first, e => e.Type() == "engine.started");
        await using var second = await keeper.ConnectAsync();
        var attached = await second.AttachAsync(0, keeper.Cancellation);
        Assert.Equal("s1", attached.Value!.Session);
        Assert.Null(await first.ReadBatchAsync(keeper.Cancellation));
        Assert.True((await first.InputAsync("still a line for commands", cancellation: keeper.Cancellation)).IsOk);
        var events = await keeper.ReadAsync(second, e => e.Type() == "engine.exited");
        events.AreGapless();
        Assert.Equal("still a line for commands\n", events.Joined("stdout"));
    }

    [Fact]
    public async Task A_full_journal_makes_the_engine_wait_until_events_are_acknowledged()
    {
        await using var keeper = new RunningKeeper();
        // The marker is made after far more output than journal and pipe hold together.
        keeper.Start(keeper.Spec("seq 1 1000000; touch marker"), "--journal-bytes", "1000000");
        await using var connection = await keeper.ConnectAsync();
        await connection.AttachAsync(0, keeper.Cancellation);
        var last = 0L;
        var lines = 0L;
        long JournalBytes() => Directory.EnumerateFiles(Path.Combine(keeper.Directory, "journal")).Sum(file => new FileInfo(file).Length);
        while (JournalBytes() < 1_000_000)
            lines += Take(await connection.ReadBatchAsync(keeper.Cancellation), ref last);
        // One that answers a command has turned its loop: had it wanted to read on, it would have.
        for (var turn = 0; turn < 20; turn++)
            await connection.SignalAsync("CONT", keeper.Cancellation);
        Assert.InRange(JournalBytes(), 1_000_000, 12_000_000);
        Assert.False(File.Exists(Path.Combine(keeper.Workspace, "marker")));
        while (true)
        {
            await connection.AckAsync(last, keeper.Cancellation);
            if (await connection.ReadBatchAsync(keeper.Cancellation) is not { } batch)
                break;
            lines += Take(batch, ref last);
        }
        Assert.Equal(1_000_000, lines);
        Assert.True(File.Exists(Path.Combine(keeper.Workspace, "marker")));

        static long Take(KeeperBatch? batch, ref long last)
        {
            last = batch!.Last;
            return RunningKeeper.LinesIn(batch);
        }
    }

    [Fact]
    public async Task Acknowledged_segments_are_deleted_and_an_attach_before_them_is_told_what_is_left()
    {
        await using var keeper = new RunningKeeper();
        keeper.Start(keeper.Spec("seq 1 50000; read line"), "--journal-bytes", "100000000");
        await using var connection = await keeper.ConnectAsync();
        await connection.AttachAsync(0, keeper.Cancellation);
        var seen = 0L;
        for (var lines = 0L; lines < 50_000;)
        {
            var batch = (await connection.ReadBatchAsync(keeper.Cancellation))!;
            seen = batch.Last;
            lines += RunningKeeper.LinesIn(batch);
        }
        Assert.Single(Directory.GetFiles(Path.Combine(keeper.Directory, "journal")));
        await connection.AckAsync(seen, keeper.Cancellation);
        await using var again = await keeper.ConnectAsync();
        Assert.Equal(1, (await again.AttachAsync(0, keeper.Cancellation)).Value!.Next);
    }

    [Fact]
    public async Task A_number_that_Keeper_has_not_reached_is_refused()
    {
        await using var keeper = new RunningKeeper();
        keeper.Start(null);
        await using var connection = await keeper.ConnectAsync();
        Assert.Equal("attach.ahead", (await connection.AttachAsync(5, keeper.Cancellation)).Error!.Code);
        var attached = await connection.AttachAsync(0, keeper.Cancellation);
        Assert.Equal(new KeeperAttached(1, 0, null), attached.Value);
    }

    [Fact]
    public async Task A_Keeper_without_any_node_runs_to_its_end_and_leaves_its_journal()
    {
        await using var keeper = new RunningKeeper();
        keeper.Start(keeper.Spec("seq 1 100000"), "--linger-ms", "0");
        Assert.Equal(0, await keeper.ExitAsync());
        await File.AppendAllTextAsync(Directory.GetFiles(Path.Combine(keeper.Directory, "journal")).Order().Last(), "{\"n\":100004,\"at\":\"torn", keeper.Cancellation);
        var next = 50_001L;
        var signals = new List<KeeperSignal>();
        await foreach (var batch in KeeperJournal.ReadAsync(keeper.Directory, 50_000, keeper.Cancellation))
        {
            Assert.Equal(next, batch.First);
            next = batch.Last + 1;
            signals.AddRange(batch.Signals);
        }
        Assert.Equal(100_004, next);
        Assert.Equal("engine.exited", signals[^1].Type);
        Assert.Equal(100_003, await KeeperJournal.LastAsync(keeper.Directory, keeper.Cancellation));
    }

    [Fact]
    public async Task Keeper_stays_as_long_as_its_last_events_are_being_taken()
    {
        await using var keeper = new RunningKeeper();
        keeper.Start(keeper.Spec("seq 1 10"), "--linger-ms", "4000");
        await using var connection = await keeper.ConnectAsync();
        await connection.AttachAsync(0, keeper.Cancellation);
        long last = 0;
        for (var ended = false; !ended;)
        {
            var batch = (await connection.ReadBatchAsync(keeper.Cancellation))!;
            last = batch.Last;
            ended = batch.Signals.Any(signal => signal.Type == "engine.exited");
        }

        // Longer than it waits for one acknowledgement.
        for (var taken = last - 6; taken < last; taken++)
        {
            await connection.AckAsync(taken, keeper.Cancellation);
            await Assert.ThrowsAsync<TimeoutException>(() => keeper.ExitAsync().WaitAsync(TimeSpan.FromSeconds(1)));
        }

        await connection.AckAsync(last, keeper.Cancellation);
        Assert.Equal(0, await keeper.ExitAsync());
    }

    [Fact]
    public async Task A_directory_with_a_path_longer_than_a_socket_address_works()
    {
        await using var keeper = new RunningKeeper(Path.Combine(Directory.CreateTempSubdirectory("keeper-").FullName, new string('d', 120), new string('e', 120)));
        var events = await keeper.RunAsync(keeper.Spec("echo deep"));
        Assert.Equal("deep\n", events.Joined("stdout"));
        SandboxDirectory.Remove(Path.Combine(keeper.Directory, "..", ".."));
    }

    [Fact]
    public async Task Nobody_there_is_an_error_after_the_time_given()
    {
        await using var keeper = new RunningKeeper();
        var connection = await KeeperConnection.ConnectAsync(keeper.Directory, TimeSpan.FromMilliseconds(20), cancellation: keeper.Cancellation);
        Assert.Equal("keeper.unreachable", connection.Error!.Code);
    }

    [Fact]
    public async Task A_cancelled_read_loses_nothing()
    {
        await using var keeper = new RunningKeeper();
        keeper.Start(keeper.Spec("read line; echo $line"));
        await using var connection = await keeper.ConnectAsync();
        await connection.AttachAsync(0, keeper.Cancellation);
        var before = await keeper.ReadAsync(connection, e => e.Type() == "engine.started");
        using (var cancelled = new CancellationTokenSource())
        {
            var read = connection.ReadBatchAsync(cancelled.Token);
            await cancelled.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await read);
        }
        await connection.InputAsync("after", cancellation: keeper.Cancellation);
        var events = await keeper.ReadAsync(connection, e => e.Type() == "engine.exited");
        before.Concat(events).AreGapless();
        Assert.Equal("after\n", events.Joined("stdout"));
    }

    [Fact]
    public async Task A_full_disk_makes_the_engine_wait_and_loses_nothing()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Mounting a small disk takes root.");
        await using var keeper = new RunningKeeper();
        var disk = Path.Combine(keeper.Directory, "journal");
        var mount = System.Diagnostics.Process.Start("mount", ["-t", "tmpfs", "-o", "size=600k", "tmpfs", disk]);
        await mount.WaitForExitAsync(keeper.Cancellation);
        Assert.SkipUnless(mount.ExitCode == 0, "Mounting is not permitted here.");
        try
        {
            // Half of the disk is taken by something else, so that segments cannot be freed fast enough by acknowledging alone.
            var ballast = Path.Combine(disk, "ballast");
            await File.WriteAllBytesAsync(ballast, new byte[400_000], keeper.Cancellation);
            keeper.Start(keeper.Spec("seq 1 20000"), "--journal-bytes", "100000000");
            await using var connection = await keeper.ConnectAsync();
            await connection.AttachAsync(0, keeper.Cancellation);
            var lines = 0L;
            var last = 0L;
            var signals = new List<KeeperSignal>();
            while (await connection.ReadBatchAsync(keeper.Cancellation) is { } batch)
            {
                Assert.Equal(last + 1, batch.First);
                last = batch.Last;
                lines += RunningKeeper.LinesIn(batch);
                signals.AddRange(batch.Signals);
                await connection.AckAsync(last, keeper.Cancellation);
                if (last > 500 && File.Exists(ballast))
                {
                    await File.WriteAllBytesAsync(ballast, [], keeper.Cancellation);
                    var more = System.Diagnostics.Process.Start("mount", ["-o", "remount,size=50m", disk]);
                    await more.WaitForExitAsync(keeper.Cancellation);
                    File.Delete(ballast);
                }
            }
            Assert.Equal(20_000, lines);
            Assert.Contains(signals, signal => signal.Type == "error" && signal.Data.GetProperty("code").ValueEquals("journal.diskFull"));
            Assert.Equal("engine.exited", signals[^1].Type);
        }
        finally
        {
            await keeper.DisposeProcessAsync();
            using var unmount = System.Diagnostics.Process.Start("umount", ["-l", disk]);
            await unmount.WaitForExitAsync(CancellationToken.None);
        }
    }
}
