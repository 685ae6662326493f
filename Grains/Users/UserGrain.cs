using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Runtime;
using Orleans.Streams;
using Squad.Events;
using Squad.Grains.Events;
using Squad.Grains.Sessions;
using Squad.Grains.State;
using Squad.Platform;
using Squad.Platform.Events;
using Squad.Sessions;
using Squad.Users;

namespace Squad.Grains.Users;

/// <summary>One user. Admission is decided in this grain's turn, so that concurrent asks cannot over-grant.</summary>
[GrainType("user")]
public sealed class UserGrain(
    [PersistentState("user")] IPersistentState<UserRecord> record,
    IEventLog log,
    IOptions<QuotaOptions> quota,
    ILiveSessions sessions,
    TimeProvider time,
    ILogger<UserGrain> logger) : Grain, IUserGrain
{
    private EventStreamWriter events = null!;

    private string Id => this.GetPrimaryKeyString();

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var announcements = this.GetStreamProvider(EventStreams.Provider).GetStream<EventsAppended>(StreamId.Create("sessions", Id));
        events = new EventStreamWriter(EventStreams.SessionsOf(Id), log, announcements, time, logger);
        await events.LoadAsync();
    }

    public async Task<Result<UserProfile>> Create(CreateUser command)
    {
        if (record.State.Exists)
            return SquadError.Conflict("user.exists", $"A user '{Id}' exists already.");
        record.State = new UserRecord { Id = Id, Username = command.Username, Roles = [.. command.Roles], CreatedAt = time.GetUtcNow() };
        await record.SaveAsync(this);
        return Profile();
    }

    public Task<UserProfile?> Get() => Task.FromResult(record.State.Exists ? Profile() : null);

    public async Task<Result> Admit(string sessionId)
    {
        var decided = Admission.Decide(record.State.LiveSessions, sessionId, quota.Value.LiveSessionsMax);
        if (!decided.IsOk)
        {
            // A crash between admission and start, or between a session's end and its release, leaves it here: nobody is refused because of it.
            await ForgetThoseWithoutNeedAsync();
            decided = Admission.Decide(record.State.LiveSessions, sessionId, quota.Value.LiveSessionsMax);
        }

        if (decided.IsOk)
        {
            record.State.LiveSessions.Add(sessionId);
            record.State.AdmittedAt[sessionId] = time.GetUtcNow();
            await record.SaveAsync(this);
        }

        return decided;
    }

    public async Task Release(string sessionId)
    {
        record.State.AdmittedAt.Remove(sessionId);
        if (record.State.LiveSessions.Remove(sessionId))
            await record.SaveAsync(this);
    }

    public Task SessionChanged(SessionInfo session, bool deleted) =>
        events.AppendAsync(deleted ? "session.deleted" : "session.changed", data =>
        {
            data.WritePropertyName("session");
            JsonSerializer.Serialize(data, session, SquadJson.Options);
        });

    private async Task ForgetThoseWithoutNeedAsync()
    {
        var asked = record.State.LiveSessions.ToArray();
        var need = await Task.WhenAll(asked.Select(id => GrainFactory.GetGrain<ISessionGrain>(id).NeedsPlace()));
        // A session may live twice while a living server is taken for dead, and the one that was asked know nothing of the other: so its row is asked too.
        var rows = await sessions.AreLiveAsync(asked, CancellationToken.None);
        var recent = time.GetUtcNow() - quota.Value.StartPatience;
        foreach (var id in asked.Where((_, i) => !need[i]))
        {
            if (rows.TryGetValue(id, out var live) ? live : record.State.AdmittedAt.GetValueOrDefault(id) > recent)
                continue;
            record.State.LiveSessions.Remove(id);
            record.State.AdmittedAt.Remove(id);
        }
    }

    private UserProfile Profile() => new(
        Id, record.State.Username, [.. record.State.Roles], record.State.CreatedAt, record.State.LiveSessions.Count, quota.Value.LiveSessionsMax);
}
