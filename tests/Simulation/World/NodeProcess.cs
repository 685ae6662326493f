using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Simulation;
using Squad.Api.Live;
using Squad.Events;
using Squad.Grains;
using Squad.Grains.Sessions;
using Squad.Platform.Events;
using Squad.Platform.Git;
using Squad.Platform.Sandboxes;
using Squad.Platform.Sandboxes.Keeper;

namespace Squad.Simulation;

/// <summary>The server on one node: a silo with Squad's own grains, node runtime and relay in it. Killed and started again any number of times.</summary>
internal sealed class NodeProcess(SimulatedWorld world, SimulatedNode node)
{
    private static readonly IDataProtectionProvider Protection = new EphemeralDataProtectionProvider(NullLoggerFactory.Instance);
    private static readonly GitRepositories Repositories = DemoRepository();

    private SimulatedSilo? silo;

    public string Name => node.Name;

    /// <summary>It serves: started, and a member of the cluster.</summary>
    public bool IsUp { get; private set; }

    public bool IsAlive => silo is { IsAlive: true };

    public EventRelay Relay { get; private set; } = null!;

    public IEnumerable<string> Activations => silo!.Runtime.Directory.All.Select(activation => activation.GrainId.ToString());

    public async Task StartAsync()
    {
        if (node.IsGone)
            return;
        world.Story.Add($"{Name} starts");
        silo = await world.Cluster.StartSiloAsync(Name);
        Relay = new EventRelay(
            silo.Services.GetRequiredService<IEventLog>(),
            new StreamAnnouncements(silo.Services.GetRequiredService<IClusterClient>(), silo.Process.Time, NullLogger<StreamAnnouncements>.Instance));
        IsUp = true;
    }

    /// <summary>The others take it for dead, which it is not: for a while what it hosts may live twice.</summary>
    public void BeSuspected()
    {
        world.Story.Add($"{Name} is taken for dead");
        IsUp = false;
        world.Cluster.Suspect(silo!);
    }

    /// <summary>Ends the process between two steps, as kill -9 does.</summary>
    public void Kill()
    {
        world.Story.Add($"{Name} dies");
        IsUp = false;
        world.Cluster.Crash(silo!);
    }

    /// <summary>Stops it as its host does. False: it was killed meanwhile.</summary>
    public async Task<bool> StopAsync()
    {
        world.Story.Add($"{Name} stops");
        IsUp = false;
        try
        {
            await world.Cluster.StopSiloAsync(silo!);
            world.Story.Add($"{Name} has stopped");
            return true;
        }
        catch (SiloUnavailableException) when (!IsAlive)
        {
            return false;
        }
    }

    /// <summary>The machine breaks down, with all that is on it, and does not come back.</summary>
    public void Leave()
    {
        world.Story.Add($"{Name} leaves for good");
        node.Vanish();
        IsUp = false;
        if (IsAlive)
            world.Cluster.Crash(silo!);
    }

    /// <summary>Makes a call from this process, as its API does for somebody; fails when the process dies.</summary>
    public async Task<T> CallAsync<T>(Func<IGrainFactory, Task<T>> call)
    {
        T? answer = default;
        var process = silo!;
        await process.Process.RunAsync(async () => answer = await call(process.Grains));
        return answer!;
    }

    /// <summary>Ends one activation, as a collection of idle ones would.</summary>
    public void DeactivateOne()
    {
        var all = silo!.Runtime.Directory.All.OrderBy(a => a.GrainId.ToString(), StringComparer.Ordinal).ToList();
        if (all.Count > 0)
        {
            var chosen = all[world.Random.Next(all.Count)];
            world.Story.Add($"{chosen.GrainId} is deactivated on {Name}");
            chosen.Deactivate(new DeactivationReason(DeactivationReasonCode.ActivationIdle, "The simulation asked for it."));
        }
    }

    /// <summary>What one life of the process is made of.</summary>
    public void Configure(ISiloBuilder builder)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Squad:Node:Name"] = Name,
            ["Squad:Node:RunDirectory"] = $"/run/{Name}",
            ["Squad:Node:SandboxesMax"] = $"{node.Capacity}",
            ["Squad:Node:LostAfter"] = $"{world.Options.LostAfter}",
            ["Squad:Node:UsageEvery"] = "00:00:20",
            ["Squad:Quota:LiveSessionsMax"] = $"{world.Options.Quota}",
        }).Build();
        var services = builder.Services;
        services.AddSingleton<TaskScheduler>(provider => new ProcessTasks(((SimulatedProcess)provider.GetRequiredService<ITurnScheduler>()).Context));
        services.AddSingleton(Protection);
        services.AddSingleton(Repositories);
        services.AddOptions<SandboxOptions>();
        services.AddSingleton(world.Options.EventLog(new SimulatedEventLog(world)));
        services.AddSingleton<ISandboxEngine>(new SimulatedSandboxEngine(node));
        services.AddSingleton<IKeepers>(provider => new SimulatedKeepers(node, provider.GetRequiredService<TimeProvider>(), world.Random));
        services.AddKeyedSingleton("Default", world.Options.Storage(new SimulatedStorage(world)));
        builder.AddMemoryStreams(EventStreams.Provider);
        services.AddSquadGrains(configuration);
        services.AddSingleton<ILiveSessions>(new SimulatedLiveSessions(world));
    }

    /// <summary>The one repository that every session is of. Only whether it is there is ever asked.</summary>
    private static GitRepositories DemoRepository()
    {
        var root = Directory.CreateTempSubdirectory("squad-simulation-").FullName;
        Directory.CreateDirectory(Path.Combine(root, "ann", "demo.git"));
        File.WriteAllText(Path.Combine(root, "ann", "demo.git", "HEAD"), "ref: refs/heads/main\n");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(root, recursive: true);
        var services = new ServiceCollection().AddLogging().AddOptions().AddSingleton(TimeProvider.System);
        services.AddGitRepositories(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Squad:Git:Directory"] = root,
            ["Squad:Git:DataDirectory"] = root,
            ["Squad:Storage:DataDirectory"] = root,
        }).Build());
        return services.BuildServiceProvider().GetRequiredService<GitRepositories>();
    }
}
