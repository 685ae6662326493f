namespace Squad.Api.Tests;

/// <summary>A clock that moves when told to; timers run on the real one. It starts in the future, so that no cookie is old to a client with a clock of its own.</summary>
public sealed class ManualTime : TimeProvider
{
    private long _ticks = new DateTimeOffset(2040, 5, 1, 12, 0, 0, TimeSpan.Zero).Ticks;

    public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref _ticks), TimeSpan.Zero);

    public void Advance(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);
}
