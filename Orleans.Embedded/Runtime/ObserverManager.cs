using System.Collections;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Orleans.Utilities;

/// <summary>Observers, each known by its own reference. See <see cref="ObserverManager{TIdentity, TObserver}"/>.</summary>
public class ObserverManager<TObserver>(TimeSpan expiration, ILogger log) : ObserverManager<IAddressable, TObserver>(expiration, log)
    where TObserver : notnull;

/// <summary>
/// A grain's set of observers. One that does not subscribe again within the expiration is forgotten, and so is one whose notification
/// fails. For use in the grain's turns; notifying may interleave with subscribing.
/// </summary>
public class ObserverManager<TIdentity, TObserver> : IEnumerable<TObserver> where TIdentity : notnull where TObserver : notnull
{
    private readonly Dictionary<TIdentity, Entry> _observers = [];
    private readonly ILogger _log;

    public ObserverManager(TimeSpan expiration, ILogger log)
    {
        ArgumentNullException.ThrowIfNull(log);
        ExpirationDuration = expiration;
        _log = log;
    }

    /// <summary>The clock, in UTC. Default: the system's.</summary>
    public Func<DateTime> GetDateTime { get; set; } = static () => TimeProvider.System.GetUtcNow().UtcDateTime;
    public TimeSpan ExpirationDuration { get; set; }
    public int Count => _observers.Count;
    public IReadOnlyDictionary<TIdentity, TObserver> Observers =>
        _observers.ToDictionary(pair => pair.Key, pair => pair.Value.Observer);

    public void Clear() => _observers.Clear();

    /// <summary>Adds an observer, or renews it.</summary>
    public void Subscribe(TIdentity id, TObserver observer) => _observers[id] = new Entry(observer, GetDateTime());

    public void Unsubscribe(TIdentity id) => _observers.Remove(id);

    public async Task Notify(Func<TObserver, Task> notification, Func<TObserver, bool>? predicate = null)
    {
        foreach (var (id, entry) in Due(predicate))
        {
            try
            {
                await notification(entry.Observer);
            }
            catch (Exception error)
            {
                Forget(id, entry, error);
            }
        }
    }

    public void Notify(Action<TObserver> notification, Func<TObserver, bool>? predicate = null)
    {
        foreach (var (id, entry) in Due(predicate))
        {
            try
            {
                notification(entry.Observer);
            }
            catch (Exception error)
            {
                Forget(id, entry, error);
            }
        }
    }

    public void ClearExpired()
    {
        var now = GetDateTime();
        foreach (var id in _observers.Where(pair => IsExpired(pair.Value, now)).Select(pair => pair.Key).ToArray())
        {
            ObserverLog.Expired(_log, id);
            _observers.Remove(id);
        }
    }

    public IEnumerator<TObserver> GetEnumerator() => Observers.Values.GetEnumerator();
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private KeyValuePair<TIdentity, Entry>[] Due(Func<TObserver, bool>? predicate)
    {
        ClearExpired();
        return [.. _observers.Where(pair => predicate is null || predicate(pair.Value.Observer))];
    }

    private void Forget(TIdentity id, Entry entry, Exception error)
    {
        ObserverLog.Failed(_log, id, error);
        // It may have subscribed again while the notification was on its way.
        if (_observers.TryGetValue(id, out var present) && ReferenceEquals(present, entry)) _observers.Remove(id);
    }

    private bool IsExpired(Entry entry, DateTime now) => entry.LastSeen + ExpirationDuration < now;

    private sealed record Entry(TObserver Observer, DateTime LastSeen);
}

internal static partial class ObserverLog
{
    [LoggerMessage(20, LogLevel.Debug, "Observer {Id} has expired")]
    public static partial void Expired(ILogger logger, object id);

    [LoggerMessage(21, LogLevel.Debug, "Observer {Id} failed and is forgotten")]
    public static partial void Failed(ILogger logger, object id, Exception error);
}
