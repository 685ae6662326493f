namespace Orleans.Tests;

/// <summary>That nobody waits for ever because others never rest.</summary>
public sealed class FairnessTests
{
    [Fact]
    public async Task Callers_that_never_rest_do_not_keep_others_from_being_served()
    {
        await using var silo = await Silo.StartAsync();
        var over = false;
        var busy = Environment.ProcessorCount * 4;
        var served = Enumerable.Range(0, busy).Select(_ => new TaskCompletionSource()).ToArray();
        async Task CallAsync(int index)
        {
            var grain = silo.Grain<IPlainGrain>($"busy-{index}");
            await Task.Yield();
            while (!Volatile.Read(ref over))
            {
                await grain.Add(1, 1);
                served[index].TrySetResult();
            }
        }

        var callers = Enumerable.Range(0, busy).Select(CallAsync).ToArray();
        try
        {
            // Each of these waits in the same line as the busy ones.
            for (var call = 0; call < 100; call++)
                Assert.Equal(3, await silo.Grain<IPlainGrain>($"other-{call}").Add(1, 2).WaitAsync(Silo.Patience));
            await Task.WhenAll(served.Select(first => first.Task)).WaitAsync(Silo.Patience);
        }
        finally
        {
            Volatile.Write(ref over, true);
            await Task.WhenAll(callers).WaitAsync(Silo.Patience);
        }
    }
}
