using Squad.Grains.Sessions;
using Squad.Grains.Users;

namespace Squad.Simulation;

/// <summary>
/// What must hold after every step. Most are checked where the thing changes, which is the same and costs nothing in the steps between;
/// activations are counted every <see cref="ActivationsEvery"/> steps.
/// </summary>
internal sealed class Invariants
{
    public const int ActivationsEvery = 64;

    private readonly SimulatedWorld world;

    public Invariants(SimulatedWorld world)
    {
        this.world = world;
        Log = new LogInvariants(this);
        Sandboxes = new SandboxInvariants(world, this);
    }

    public LogInvariants Log { get; }

    public SandboxInvariants Sandboxes { get; }

    /// <summary>The first that is broken, and how; null while all hold.</summary>
    public (string Invariant, string What)? Broken { get; private set; }

    public void Break(string invariant, string what) => Broken ??= (invariant, what);

    public void RowWritten(object state)
    {
        switch (state)
        {
            case UserRecord user when user.LiveSessions.Count > world.Options.Quota:
                Break("quota never over-granted", $"user {user.Id} holds {user.LiveSessions.Count} places of {world.Options.Quota}");
                break;
            case SessionRecord { Exists: true } session when !SessionLifecycle.IsFinal(session.State):
                var live = world.Database.Sessions.Count(s => s.Exists && s.OwnerId == session.OwnerId && !SessionLifecycle.IsFinal(s.State));
                if (live > world.Options.Quota)
                    Break("quota never over-granted", $"user {session.OwnerId} has {live} live sessions of {world.Options.Quota}");
                break;
        }
    }

    /// <summary>No grain has two activations in silos that live.</summary>
    public void CheckActivations()
    {
        var seen = new Dictionary<string, string>();
        foreach (var silo in world.Silos.Where(silo => silo.IsUp))
        {
            foreach (var grain in silo.Activations)
            {
                if (!seen.TryAdd(grain, silo.Name))
                    Break("one live activation per grain", $"{grain} lives on {seen[grain]} and on {silo.Name}");
            }
        }
    }
}
