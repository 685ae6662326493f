namespace Orleans.Streams;

/// <summary>An observer, as the pump sees it: without its item type. Used by one delivery at a time.</summary>
internal abstract class StreamConsumer
{
    /// <summary>Gives the current entry of a batch and moves the batch on past what the observer has taken.</summary>
    public abstract Task DeliverAsync(StreamBatch batch);
    public abstract Task TellAsync(Exception problem);
}

internal sealed class ItemConsumer<T>(IAsyncObserver<T> observer) : StreamConsumer
{
    public override async Task DeliverAsync(StreamBatch batch)
    {
        if (batch.Current is StreamEnd end)
        {
            await (end.Error is null ? observer.OnCompletedAsync() : observer.OnErrorAsync(end.Error));
            batch.NextItem();
            return;
        }
        var items = (T[])batch.Current;
        var entry = batch.Entry;
        // A token into the middle of a batch may lie behind its end.
        if (batch.Item >= items.Length) batch.NextItem();
        while (!batch.IsDone && batch.Entry == entry)
        {
            await observer.OnNextAsync(items[batch.Item], batch.Token);
            batch.NextItem();
        }
    }

    public override Task TellAsync(Exception problem) => observer.OnErrorAsync(problem);
}

internal sealed class BatchConsumer<T>(IAsyncBatchObserver<T> observer) : StreamConsumer
{
    public override async Task DeliverAsync(StreamBatch batch)
    {
        if (batch.Current is StreamEnd end)
        {
            await (end.Error is null ? observer.OnCompletedAsync() : observer.OnErrorAsync(end.Error));
            batch.NextItem();
            return;
        }
        var items = (T[])batch.Current;
        var rest = new List<SequentialItem<T>>(items.Length);
        var token = batch.Token;
        for (var i = batch.Item; i < items.Length; i++) rest.Add(new SequentialItem<T>(items[i], token.CreateSequenceTokenForEvent(i)));
        if (rest.Count > 0) await observer.OnNextAsync(rest);
        batch.NextItem(items.Length);
    }

    public override Task TellAsync(Exception problem) => observer.OnErrorAsync(problem);
}
