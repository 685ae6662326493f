using Squad.Api;
using Squad.Grains;
using Squad.Platform.Git;
using Squad.Platform.Sandboxes;
using Squad.Platform.Secrets;
using Squad.Platform.Storage;
using Squad.Silo;
using Squad.Silo.Cluster;

try
{
    var web = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
    web.AddSquadDefaults();
    var roles = SquadRoles.Of(web.Configuration);
    using var mine = roles.Silo ? DataDirectoryLock.Take(web.Configuration["Squad:Storage:DataDirectory"]!) : null;
    if (roles.Api)
        await ServeAsync(web, roles);
    else
        await RunSiloAsync(args);
    return 0;
}
catch (Exception problem) when (StartRefusedException.Explain(problem) is { } message)
{
    Console.Error.WriteLine(message);
    return 1;
}

static async Task ServeAsync(WebApplicationBuilder builder, SquadRoles roles)
{
    builder.AddSquadWebDefaults();
    builder.Services.AddSquadStorage(builder.Configuration);
    if (roles.Silo)
        builder.AddSquadCluster();
    else
        builder.AddSquadClusterClient();
    builder.Services.AddSquadSandboxes(builder.Configuration);
    builder.Services.AddSquadApi(builder.Configuration);
    if (roles.Silo)
        builder.Services.AddSquadGrains(builder.Configuration);

    var app = builder.Build();
    await app.Services.GetRequiredService<SandboxEngineSelector>().SelectAsync();
    app.UseSquadApi();
    app.MapSquadApi();
    app.MapPage();
    await app.RunAsync();
}

static async Task RunSiloAsync(string[] args)
{
    var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { Args = args, ContentRootPath = AppContext.BaseDirectory });
    builder.AddSquadDefaults();
    builder.Services.AddSquadStorage(builder.Configuration);
    builder.AddSquadCluster();
    builder.Services.AddSquadSandboxes(builder.Configuration);
    builder.Services.AddSecrets();
    builder.Services.AddGitRepositories(builder.Configuration);
    builder.Services.AddSquadGrains(builder.Configuration);

    using var host = builder.Build();
    await host.Services.GetRequiredService<SandboxEngineSelector>().SelectAsync();
    await host.RunAsync();
}
