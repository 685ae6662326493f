using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Timers;

namespace Orleans.Reminders;

/// <summary>
/// The reminders of a silo's share of the grains. The table is the truth; here is a copy of it, read when the silo becomes active, when
/// silos come or go, and every <see cref="ReminderOptions.RefreshReminderListPeriod"/>, and told of each change made in this process.
/// Invariant: all state but the table is touched in turns of one queue; what was changed while the table was being read wins over
/// what was read.
/// </summary>
internal sealed class ReminderService : IReminderRegistry, ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(30);

    private readonly SiloRuntime _runtime;
    private readonly IReminderTable _table;
    private readonly ReminderOptions _options;
    private readonly ReminderQueue _queue;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Dictionary<(GrainId, string), LocalReminder> _reminders = [];
    private readonly HashSet<(GrainId, string)> _changedMeanwhile = [];
    private ITimer? _refresher;
    private Task _lastRead = Task.CompletedTask;
    private DateTime? _readsSince;
    private bool _running;

    public ReminderService(SiloRuntime runtime, IServiceProvider services, IOptions<ReminderOptions> options)
    {
        _runtime = runtime;
        _options = options.Value;
        _queue = new ReminderQueue(runtime);
        _table = services.GetService<IReminderTable>() ?? throw new OrleansConfigurationException(
            "There is no reminder table: call UseInMemoryReminderService, or register an IReminderTable.");
    }

    public TimeProvider Time => _runtime.Clock.Provider;
    public DateTime UtcNow => Time.GetUtcNow().UtcDateTime;
    public ILogger Logger => _runtime.Logger;

    public IRemindable ReferenceTo(GrainId grainId) => _runtime.GrainFactory.GetGrain<IRemindable>(grainId);
    public void Post(Func<Task> work) => _queue.Post(work);

    public void Participate(ISiloLifecycle observer)
    {
        observer.Subscribe<ReminderService>(ServiceLifecycleStage.RuntimeStorageServices, StartTableAsync, _table.StopAsync);
        observer.Subscribe<ReminderService>(ServiceLifecycleStage.Active, Start, Stop);
    }

    public async Task<IGrainReminder> RegisterOrUpdateReminder(GrainId callingGrainId, string reminderName, TimeSpan dueTime, TimeSpan period)
    {
        var now = UtcNow;
        Check(reminderName, dueTime, period, now);
        var entry = new ReminderEntry { GrainId = callingGrainId, ReminderName = reminderName, StartAt = now + dueTime, Period = period };
        entry.ETag = await _table.UpsertRow(entry)
            ?? throw new ReminderException($"The reminder '{reminderName}' of {callingGrainId} was not kept: another writer was first.");
        KeeperOf(callingGrainId).Changed(entry, now);
        return new GrainReminder(callingGrainId, reminderName, entry.ETag);
    }

    public async Task UnregisterReminder(GrainId callingGrainId, IGrainReminder reminder)
    {
        if (reminder is not GrainReminder known) throw new ArgumentException("Not a reminder of this runtime.", nameof(reminder));
        var name = known.ReminderName;
        if (!await _table.RemoveRow(known.GrainId, name, known.ETag) && await _table.ReadRow(known.GrainId, name) is not null)
        {
            throw new ReminderException($"Reminder {name} of {known.GrainId} was registered anew since this handle was made: "
                + "ask for it again and retry.");
        }
        KeeperOf(known.GrainId).Changed(known.GrainId, name);
    }

    public async Task<IGrainReminder?> GetReminder(GrainId callingGrainId, string reminderName) =>
        await _table.ReadRow(callingGrainId, reminderName) is { } entry ? HandleOf(entry) : null;

    public async Task<List<IGrainReminder>> GetReminders(GrainId callingGrainId) =>
        [.. (await _table.ReadRows(callingGrainId)).Reminders.Select(HandleOf)];

    /// <summary>Reads the table. Completes when what is kept here is what was found there.</summary>
    public Task RefreshAsync()
    {
        var read = new TaskCompletionSource(_runtime.Scheduler.Completion);
        Post(async () =>
        {
            await ReadAsync();
            read.SetResult();
        });
        return read.Task;
    }

    public void Dispose()
    {
        _refresher?.Dispose();
        foreach (var reminder in _reminders.Values) reminder.Dispose();
        _stopping.Dispose();
    }

    private static IGrainReminder HandleOf(ReminderEntry entry) => new GrainReminder(entry.GrainId, entry.ReminderName, entry.ETag);

    private async Task StartTableAsync(CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(_options.InitializationTimeout, Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        await _table.StartAsync(either.Token);
    }

    private Task Start(CancellationToken cancellationToken)
    {
        Post(async () =>
        {
            _running = true;
            _refresher = Time.CreateTimer(static state => ((ReminderService)state!).OnRefreshDue(), this,
                _options.RefreshReminderListPeriod, _options.RefreshReminderListPeriod);
            await FollowMembershipAsync();
        });
        return Task.CompletedTask;
    }

    private Task Stop(CancellationToken cancellationToken)
    {
        if (_runtime.IsDead) return Task.CompletedTask; // no turn will come
        var stopped = new TaskCompletionSource(_runtime.Scheduler.Completion);
        Post(() =>
        {
            _running = false;
            _refresher?.Dispose();
            foreach (var reminder in _reminders.Values) reminder.Dispose();
            _reminders.Clear();
            _stopping.Cancel();
            stopped.SetResult();
            return Task.CompletedTask;
        });
        return stopped.Task.WaitAsync(cancellationToken);
    }

    private void OnRefreshDue() => Post(ReadAsync);

    /// <summary>Reads the table now and whenever other silos become active or cease to be: each share changes then.</summary>
    private async Task FollowMembershipAsync()
    {
        SiloAddress[]? known = null;
        try
        {
            await foreach (var snapshot in _runtime.Membership.MembershipUpdates.WithCancellation(_stopping.Token))
            {
                var active = _runtime.Membership.Active();
                if (known is not null && known.SequenceEqual(active)) continue;
                known = active;
                await ReadAsync();
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The silo stops.
        }
    }

    // Reads follow one another; each sees all that was changed before it began.
    private Task ReadAsync() => _lastRead = ReadAfterAsync(_lastRead);

    private async Task ReadAfterAsync(Task before)
    {
        // A tick that falls due while the table is read, or cannot be, is sent when it has been.
        _readsSince ??= UtcNow;
        await before;
        if (!_running) return;
        _changedMeanwhile.Clear();
        try
        {
            var rows = (await _table.ReadRows(0, 0)).Reminders;
            if (_running) Take(rows, _readsSince ?? UtcNow);
            _readsSince = null;
        }
        catch (Exception error)
        {
            ReminderLog.ReadFailed(Logger, RetryPause, error);
            if (_running) _refresher!.Change(RetryPause, _options.RefreshReminderListPeriod);
        }
    }

    private void Take(IList<ReminderEntry> rows, DateTime since)
    {
        var gone = _reminders.Keys.ToHashSet();
        foreach (var entry in rows)
        {
            if (KeeperOf(entry.GrainId) != this) continue;
            var key = (entry.GrainId, entry.ReminderName);
            gone.Remove(key);
            if (!_changedMeanwhile.Contains(key)) Keep(entry, since);
        }
        foreach (var key in gone)
        {
            if (!_changedMeanwhile.Contains(key)) Drop(key);
        }
        ReminderLog.Loaded(Logger, _reminders.Count);
    }

    private void Changed(ReminderEntry entry, DateTime at) => Post(() =>
    {
        if (_running)
        {
            _changedMeanwhile.Add((entry.GrainId, entry.ReminderName));
            Keep(entry, at);
        }
        return Task.CompletedTask;
    });

    private void Changed(GrainId grainId, string name) => Post(() =>
    {
        _changedMeanwhile.Add((grainId, name));
        Drop((grainId, name));
        return Task.CompletedTask;
    });

    private void Keep(ReminderEntry entry, DateTime since)
    {
        var key = (entry.GrainId, entry.ReminderName);
        if (_reminders.TryGetValue(key, out var present))
        {
            if (present.Entry.ETag == entry.ETag) return;
            present.Dispose();
        }
        _reminders[key] = new LocalReminder(this, entry, since);
    }

    private void Drop((GrainId, string) key)
    {
        if (_reminders.Remove(key, out var present)) present.Dispose();
    }

    /// <summary>The service of the silo whose share the grain is in: each active silo has an equal one, by the grain's hash.</summary>
    private ReminderService KeeperOf(GrainId grainId)
    {
        if (_runtime.Router is not { } router) return this;
        var active = _runtime.Membership.Active();
        if (active.Length == 0) return this;
        var keeper = active[(int)(grainId.GetUniformHashCode() % (uint)active.Length)];
        return router.Fabric.Find(keeper)?.Services.GetService<ReminderService>() ?? this;
    }

    private void Check(string reminderName, TimeSpan dueTime, TimeSpan period, DateTime now)
    {
        ArgumentException.ThrowIfNullOrEmpty(reminderName);
        if (dueTime < TimeSpan.Zero || dueTime > DateTime.MaxValue - now)
            throw new ArgumentOutOfRangeException(nameof(dueTime), dueTime, "A reminder's due time must be zero or later, and finite.");
        if (period < TimeSpan.Zero)
            throw new ArgumentOutOfRangeException(nameof(period), period, "A reminder's period must be positive and finite.");
        if (period < _options.MinimumReminderPeriod)
        {
            throw new ArgumentException($"Reminder {reminderName} asks for a period of {period}; the shortest allowed is "
                + $"{_options.MinimumReminderPeriod} (ReminderOptions.MinimumReminderPeriod). A grain timer may tick faster.", nameof(period));
        }
    }

    private sealed record GrainReminder(GrainId GrainId, string ReminderName, string ETag) : IGrainReminder;
}
