using Squad.Api;
using Squad.Grains;
using Squad.Platform.Sandboxes;
using Squad.Platform.Storage;
using Squad.Silo;
using Squad.Silo.Cluster;

var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
builder.AddSquadDefaults();

builder.Services.AddSquadStorage(builder.Configuration);
builder.AddSquadCluster();
builder.Services.AddSquadSandboxes(builder.Configuration);
builder.Services.AddSquadApi(builder.Configuration);
builder.Services.AddSquadGrains(builder.Configuration);

var app = builder.Build();
await app.Services.GetRequiredService<SandboxEngineSelector>().SelectAsync();
app.UseSquadApi();
app.MapSquadApi();
app.MapPage();
await app.RunAsync();
