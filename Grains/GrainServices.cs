using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Hosting;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Squad.Grains.Cluster;
using Squad.Grains.Repositories;
using Squad.Grains.Sessions;
using Squad.Grains.Users;
using Squad.Platform.Sandboxes.Keeper;
using Squad.Platform.Storage;

namespace Squad.Grains;

public static class GrainServices
{
    /// <summary>What the grains need beside the platform: their options, their tables, and the node.</summary>
    public static IServiceCollection AddSquadGrains(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<SessionOptions>().Bind(configuration.GetSection("Squad:Sessions"))
            .Validate(o => o.StopGrace > TimeSpan.Zero && o.StopGrace <= TimeSpan.FromMinutes(10), "Squad:Sessions:StopGrace must be more than 0 and at most 10 minutes.")
            .ValidateOnStart();
        services.AddOptions<QuotaOptions>().Bind(configuration.GetSection("Squad:Quota"))
            .Validate(o => o.LiveSessionsMax > 0, "Squad:Quota:LiveSessionsMax must be at least 1.")
            .Validate(o => o.StartPatience >= TimeSpan.Zero, "Squad:Quota:StartPatience must not be negative.")
            .ValidateOnStart();
        services.AddOptions<NodeOptions>().Bind(configuration.GetSection("Squad:Node"))
            .Validate(o => o.Name.Length is > 0 and <= 63, "Squad:Node:Name must have 1 to 63 characters.")
            .Validate(o => o.EnginePatience >= TimeSpan.Zero, "Squad:Node:EnginePatience must not be negative.")
            .Validate(o => o.LostAfter >= TimeSpan.Zero, "Squad:Node:LostAfter must not be negative.")
            .Validate(o => o.SandboxesMax >= 0, "Squad:Node:SandboxesMax must not be negative; 0 takes what fits into memory.")
            .ValidateOnStart();

        services.AddStateTable<UserRecord>("users", u => [("username", u.Username), ("created_at", u.CreatedAt)]);
        services.AddStateTable<RepositoryRecord>("repositories", r =>
            [("owner_id", r.OwnerId), ("owner", r.Owner), ("name", r.Name), ("private", r.Private), ("created_at", r.CreatedAt)]);
        services.AddStateTable<SessionRecord>("sessions", s =>
            [("owner_id", s.OwnerId), ("owner", s.Owner), ("repo", s.Repo), ("state", s.State), ("node", s.Node), ("attempt", s.Attempt), ("created_at", s.CreatedAt),
                ("owes", s.Owes)]);

        // A node is found by the name of its silo.
        services.AddOptions<SiloOptions>().Configure<IOptions<NodeOptions>>((silo, node) => silo.SiloName = node.Value.Name);
        services.AddPlacementDirector<NodePlacement, NodePlacementDirector>();
        services.AddHostedService<NodeWatcher>();

        services.AddSingleton<ILiveSessions, LiveSessions>();
        services.TryAddSingleton<IKeepers, Keepers>();
        services.AddSingleton<SandboxRunnerServices>();
        services.AddSingleton<SandboxRunnerFactory>();
        services.TryAddSingleton(TaskScheduler.Default);
        services.AddSingleton<NodeRuntime>();
        services.AddHostedService(provider => provider.GetRequiredService<NodeRuntime>());
        return services;
    }
}
