using System.Collections.Immutable;
using Orleans;
using Squad.Events;
using Squad.Grains.Sessions;
using Squad.Sessions;
using Squad.Users;

namespace Squad.Simulation;

/// <summary>
/// One person, outside of all silos: starts sessions, types, pauses, stops, deletes, through whichever server answers, and asks again when a connection breaks.
/// Every command of theirs is answered or fails within <see cref="Patience"/>.
/// </summary>
internal sealed class User(SimulatedWorld world, string id)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly List<Watcher> watchers = [];
    private int busy;

    private Random Random => world.Random;

    public void Begin()
    {
        Watch(EventStreams.SessionsOf(id));
        for (var i = 1; i <= world.Options.SessionsPerUser; i++)
        {
            var session = $"{id}s{i}";
            busy++;
            world.Outside.Begin(async () =>
            {
                await LiveAsync(session);
                busy--;
            });
        }
    }

    /// <summary>What this person still waits for; null when for nothing.</summary>
    public string? Unfinished() => busy > 0
        ? $"user {id} has not come to an end with {busy} sessions"
        : watchers.Select(watcher => watcher.Behind()).FirstOrDefault(behind => behind is not null);

    /// <summary>With all their sessions ended, a person can have as many as the quota allows.</summary>
    public async Task CheckQuotaAsync()
    {
        for (var i = 1; i <= world.Options.Quota; i++)
        {
            var probe = $"{id}p{i}";
            var admitted = await InsistAsync($"admit {probe}", grains => grains.GetGrain<IUserGrain>(id).Admit(probe));
            if (!admitted.IsOk)
                world.Invariants.Break("quota comes back", $"user {id}, whose sessions have all ended, is refused place {i} of {world.Options.Quota}: {string.Join(',', world.Database.Users.First(u => u.LiveSessions.Any(s => s.StartsWith(id, StringComparison.Ordinal))).LiveSessions)}");
        }
    }

    private async Task LiveAsync(string session)
    {
        await world.Outside.PauseAsync(world.Between(0, 20));
        while (true)
        {
            var started = await InsistAsync($"start {session}", grains => grains.GetGrain<ISessionGrain>(session).Start(Command(session)));
            if (started.IsOk || started.Error.Code == "session.exists")
                break;
            await world.Outside.PauseAsync(world.Between(1, 6));
        }

        var watcher = Watch(EventStreams.Session(session));
        while (await InsistAsync($"look at {session}", grains => grains.GetGrain<ISessionGrain>(session).Get()) is { } seen)
        {
            if (SessionLifecycle.IsFinal(seen.State))
            {
                if (Random.Next(3) > 0)
                    return;
                watcher.Close();
                await InsistAsync($"delete {session}", grains => grains.GetGrain<ISessionGrain>(session).Delete());
                return;
            }

            if (!world.IsQuiet)
                await SteerAsync(session, watcher);
            else if (seen.State == SessionState.Paused)
                await AskAsync($"resume {session}", grains => grains.GetGrain<ISessionGrain>(session).Resume());
            await world.Outside.PauseAsync(world.IsQuiet ? TimeSpan.FromSeconds(2) : world.Between(0.1, 8));
        }
    }

    private Task SteerAsync(string session, Watcher watcher)
    {
        ISessionGrain Grain(IGrainFactory grains) => grains.GetGrain<ISessionGrain>(session);
        switch (Random.Next(24))
        {
            case < 10:
                return AskAsync($"type into {session}", grains => Grain(grains).Input(new SessionInput(id, "yes", true)));
            case < 13:
                return AskAsync($"pause {session}", grains => Grain(grains).Pause());
            case < 17:
                return AskAsync($"resume {session}", grains => Grain(grains).Resume());
            case < 20:
                return AskAsync($"stop {session}", grains => Grain(grains).Stop());
            case 20:
                watcher.Close();
                return AskAsync($"delete {session}", grains => Grain(grains).Delete());
            default:
                return Task.CompletedTask;
        }
    }

    /// <summary>Asks again until there is an answer.</summary>
    private async Task<T> InsistAsync<T>(string what, Func<IGrainFactory, Task<T>> call)
    {
        while (true)
        {
            var (answered, answer) = await AskAsync(what, call);
            if (answered)
                return answer!;
            await world.Outside.PauseAsync(world.Between(0.2, 3));
        }
    }

    /// <summary>Asks once. Not answered: the call failed, and nobody can say whether it had an effect.</summary>
    private async Task<(bool Answered, T? Answer)> AskAsync<T>(string what, Func<IGrainFactory, Task<T>> call)
    {
        if (world.AnySilo() is not { } silo)
            return default;
        var asked = world.Now;
        var answering = silo.CallAsync(call);
        if (await Task.WhenAny(answering, world.Outside.PauseAsync(Patience)) != answering)
        {
            world.Invariants.Break("every command is answered or fails", $"'{what}' of {id}, asked at {asked:mm:ss.fff} on {silo.Name}, was neither answered nor failed");
            return default;
        }

        if (answering.IsFaulted)
        {
            world.Story.Add($"{id} {what}: {answering.Exception.InnerException!.Message.Split('\n')[0]}");
            return default;
        }

        var answer = await answering;
        world.Story.Add($"{id} {what}: {(answer switch { Result r => r.Error?.Code ?? "done", Result<SessionInfo> s => s.Error?.Code ?? "done", SessionInfo i => i.State.ToString(), _ => "nothing" })}");
        return (true, answer);
    }

    private Watcher Watch(string stream)
    {
        var watcher = new Watcher(world, stream);
        watchers.Add(watcher);
        watcher.Begin();
        return watcher;
    }

    private StartSession Command(string session) => new(
        id, "ann", "ann/demo", session, null, "command", "true", EngineMode.Pipe, null, ImmutableDictionary<string, string>.Empty, null, null);
}
