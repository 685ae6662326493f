using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Squad.Api.Auth;
using Squad.Api.Endpoints;
using Squad.Api.Errors;
using Squad.Api.Git;
using Squad.Api.Hubs;
using Squad.Api.Live;
using Squad.Api.Repositories;
using Squad.Api.Sessions;
using Squad.Api.Sockets;
using Squad.Api.Users;
using Squad.Platform;
using Squad.Platform.Accounts;

namespace Squad.Api;

/// <summary>The HTTP interface, as a table of contents.</summary>
public static class SquadApi
{
    private const long BodyBytesMax = 4 << 20;

    public static IServiceCollection AddSquadApi(this IServiceCollection services, IConfiguration configuration)
    {
        services.Configure<Microsoft.AspNetCore.Server.Kestrel.Core.KestrelServerOptions>(kestrel => kestrel.Limits.MaxRequestBodySize = BodyBytesMax);
        services.ConfigureHttpJsonOptions(json => SquadJson.Apply(json.SerializerOptions));
        services.AddSignalR(hub => hub.MaximumReceiveMessageSize = 64 * 1024).AddJsonProtocol(json => SquadJson.Apply(json.PayloadSerializerOptions));
        services.AddOpenApi(openApi => openApi.AddDocumentTransformer((document, _, _) =>
        {
            (document.Info.Title, document.Info.Version) = ("Squad", SystemEndpoints.Version);
            return Task.CompletedTask;
        }));
        services.AddHealthChecks().AddCheck<StartedHealth>("started", tags: ["ready"]).AddCheck<SiloHealth>("silo", tags: ["ready"]);
        services.AddSquadErrors();
        services.AddSquadAuth(configuration);
        services.AddSquadGit(configuration);

        services.AddSingleton<IUserDirectory, GrainUserDirectory>();
        services.AddSingleton<RepositoryAccess>();
        services.AddSingleton<IRepositoryAccess>(provider => provider.GetRequiredService<RepositoryAccess>());
        services.AddSingleton<IRepositoryEvents>(provider => provider.GetRequiredService<RepositoryAccess>());
        services.AddSingleton<RepositoryList>();

        services.AddOptions<ProfileOptions>().Bind(configuration.GetSection("Squad"));
        services.AddSingleton<SessionList>();
        services.AddSingleton<SessionStarter>();
        services.AddSingleton<StreamAnnouncements>();
        services.AddSingleton<EventRelay>();
        services.AddSingleton<StreamAccess>();
        return services;
    }

    public static WebApplication UseSquadApi(this WebApplication app)
    {
        app.UseSquadErrors();
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseWebSockets();
        return app;
    }

    public static WebApplication MapSquadApi(this WebApplication app)
    {
        app.MapAuth();
        app.MapSystem();
        app.MapRepositories();
        app.MapSessions();
        app.MapGit();
        app.MapSockets();
        app.MapHub<EventsHub>("/hubs/events");
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false });
        app.MapHealthChecks("/health/ready", new HealthCheckOptions { Predicate = check => check.Tags.Contains("ready") });
        app.MapOpenApi("/openapi.json");
        return app;
    }
}
