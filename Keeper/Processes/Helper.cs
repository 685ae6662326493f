using System.Text;
using Squad.Keeper.Loop;
using Squad.Keeper.Native;

namespace Squad.Keeper.Processes;

/// <summary>What a helper program said.</summary>
internal sealed record HelperResult(Ending Ending, string Output, string Error)
{
    public bool Succeeded => Ending.Code == 0;
}

/// <summary>Runs short programs (git, tmux) and takes the first 64 KiB of what they print.</summary>
internal sealed class Helper(EventLoop loop, Children children)
{
    private const int KeptBytes = 64 * 1024;

    /// <summary>Runs it to its end, or kills it after <paramref name="timeoutMs"/> or when cancelled. A program that is not there ends with 127.</summary>
    public async Task<HelperResult> RunAsync(
        IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment, string? directory, long timeoutMs, CancellationToken cancellation = default)
    {
        var (outRead, outWrite) = Libc.NewPipe();
        var (errorRead, errorWrite) = Libc.NewPipe();
        var nothing = Libc.Open("/dev/null", Libc.ReadWrite | Libc.CloseOnExec, 0);
        Child child;
        try
        {
            child = children.Start(new SpawnRequest(arguments, environment, directory, nothing, outWrite, errorWrite));
        }
        catch (IOException missing)
        {
            _ = Libc.Close(outRead);
            _ = Libc.Close(errorRead);
            return new HelperResult(new Ending(127, null), "", missing.Message);
        }
        finally
        {
            _ = Libc.Close(nothing);
            _ = Libc.Close(outWrite);
            _ = Libc.Close(errorWrite);
        }
        var timer = loop.After(timeoutMs, () => child.Signal(Libc.Kill));
        using var cancelled = cancellation.Register(() => child.Signal(Libc.Kill));
        var output = CollectAsync(outRead, child);
        var error = CollectAsync(errorRead, child);
        var ending = await child.Ended;
        timer.Cancel();
        return new HelperResult(ending, await output, await error);
    }

    private async Task<string> CollectAsync(int fd, Child child)
    {
        Libc.SetNonBlocking(fd);
        var kept = new MemoryStream();
        var buffer = new byte[16 * 1024];
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        bool Take()
        {
            int got;
            while ((got = Libc.Read(fd, buffer)) > 0)
                kept.Write(buffer, 0, Math.Min(got, KeptBytes - (int)kept.Length));
            return got < 0 && Libc.LastError == Libc.Again;
        }
        var watch = loop.Add(fd, Libc.PollIn, _ =>
        {
            if (!Take())
                done.TrySetResult();
        });
        // A process that the helper left behind may hold the pipe; the helper's own end is what counts.
        await Task.WhenAny(done.Task, child.Ended);
        Take();
        loop.Remove(watch);
        _ = Libc.Close(fd);
        return Encoding.UTF8.GetString(kept.GetBuffer(), 0, (int)kept.Length);
    }
}
