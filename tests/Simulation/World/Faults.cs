using Orleans.Simulation;

namespace Squad.Simulation;

/// <summary>What goes wrong, at times and places that the seed decides; at the end all of it heals.</summary>
internal sealed class Faults(SimulatedWorld world)
{
    /// <summary>What a host gives its services to stop.</summary>
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(30);

    private Random Random => world.Random;

    public async Task RunAsync(TimeSpan duration)
    {
        var until = world.Now + duration;
        world.Cluster.Faults.Detection = () => world.Between(0.1, 12);
        world.Database.Disturbances.FailsOneOf = Random.Next(3) switch { 0 => 0, 1 => 200, _ => 40 };
        foreach (var node in world.Nodes)
            node.Daemon.FailsOneOf = Random.Next(3) == 0 ? 20 : 0;
        Disturb(Random.Next(3));
        var often = world.Between(2, 12).TotalSeconds;
        while (world.Now < until)
        {
            await world.Outside.PauseAsync(world.Between(0, often));
            Strike();
        }

        world.Cluster.Faults.Message = null;
        world.Cluster.Faults.DuplicateDelivery = null;
        world.Database.Disturbances.Heal();
        foreach (var node in world.Nodes)
            node.Daemon.Heal();
    }

    /// <summary>Of some worlds the network between silos loses messages and brings others late; of some a stream repeats itself.</summary>
    private void Disturb(int kind)
    {
        if (kind == 0)
            return;
        world.Cluster.Faults.DuplicateDelivery = _ => Random.Next(10) == 0;
        if (kind == 1)
            return;
        world.Cluster.Faults.Message = _ => Random.Next(200) switch
        {
            0 => MessageFate.Lost,
            // Within the time that its sender waits: later than that Orleans does not deliver it.
            < 4 => MessageFate.Late(world.Between(0.1, 25)),
            < 20 => MessageFate.Late(world.Between(0, 0.5)),
            _ => MessageFate.Soon,
        };
    }

    private void Strike()
    {
        var node = world.Nodes[Random.Next(world.Nodes.Count)];
        switch (Random.Next(20))
        {
            case < 4:
                Crash(world.Silos[Random.Next(world.Silos.Count)]);
                break;
            case 4 or 5:
                world.Story.Add("the database is slow");
                world.Database.Disturbances.BeSlow(world.Between(1, 10));
                break;
            case 6:
                world.Story.Add("the disk is full");
                world.Database.Disturbances.BeFull(world.Between(1, 8));
                break;
            case 7:
                world.Story.Add("the database is away");
                world.Database.Disturbances.BeAway(world.Between(0.2, 5));
                break;
            case 8:
                world.Story.Add($"the daemon of {node.Name} is away");
                node.LoseDaemon(world.Between(0.5, 15));
                break;
            case 9:
                world.Story.Add($"the daemon of {node.Name} is slow");
                node.Daemon.BeSlow(world.Between(1, 10));
                break;
            case 10 or 11 when node.Sandboxes.Values.Where(s => s.IsAlive).ToList() is { Count: > 0 } alive:
                alive[Random.Next(alive.Count)].Kill(Random.Next(4) == 0 ? null : 137, outOfMemory: Random.Next(2) == 0);
                break;
            case 12 when node.Directories.Values.Where(d => d.Attached is not null).ToList() is { Count: > 0 } attached:
                attached[Random.Next(attached.Count)].Attached!.Cut();
                break;
            case 14 or 15 when world.AnySilo() is { } silo:
                world.Outside.Begin(() => StopAsync(silo));
                break;
            case 16 when Random.Next(3) == 0 && world.Nodes.Count(n => !n.IsGone) > 1 && !node.IsGone:
                world.Silos.First(silo => silo.Name == node.Name).Leave();
                break;
            case >= 17 when world.Silos.Count(silo => silo.IsUp) > 1 && world.AnySilo() is { } suspected:
                suspected.BeSuspected();
                world.Outside.After(world.Between(0.1, 5), () => Crash(suspected));
                break;
            case 13 when world.AnySilo() is { } silo:
                silo.DeactivateOne();
                break;
        }
    }

    private void Crash(NodeProcess silo)
    {
        if (!silo.IsAlive)
            return;
        silo.Kill();
        StartLater(silo);
    }

    /// <summary>As an administrator does who upgrades it: whoever does not come to his end in time is killed, and it is started again.</summary>
    private async Task StopAsync(NodeProcess silo)
    {
        var stopping = silo.StopAsync();
        if (await Task.WhenAny(stopping, world.Outside.PauseAsync(StopPatience)) != stopping)
            Crash(silo);
        else if (await stopping)
            StartLater(silo);
    }

    private void StartLater(NodeProcess silo) =>
        world.Outside.After(Random.Next(4) == 0 ? world.Between(5, 40) : world.Between(0.1, 3), () => world.Outside.Begin(silo.StartAsync));
}
