using Microsoft.Extensions.Configuration.Memory;

namespace Squad.Silo;

/// <summary>
/// The two settings that everybody needs, as environment variables: <c>SQUAD_URLS</c> (where to listen) and <c>SQUAD_DATA</c> (where everything is kept).
/// All other settings are sections under <c>Squad</c>, from <c>appsettings.json</c>, or from variables like <c>Squad__Sandbox__Engine</c>; they go before what follows from these two.
/// </summary>
internal static class SquadDefaults
{
    private const string DefaultUrls = "http://127.0.0.1:5080";

    public static void AddSquadDefaults(this IHostApplicationBuilder builder)
    {
        var configuration = (IConfigurationBuilder)builder.Configuration;
        var data = Path.GetFullPath(builder.Configuration["SQUAD_DATA"] is { Length: > 0 } set ? set : "data");
        configuration.Sources.Insert(0, new MemoryConfigurationSource
        {
            InitialData = new Dictionary<string, string?>
            {
                ["Logging:LogLevel:Default"] = "Information",
                ["Logging:LogLevel:Microsoft.AspNetCore"] = "Warning",
                ["Logging:LogLevel:Microsoft.EntityFrameworkCore"] = "Warning",
                // Says at each start that its keys are not encrypted by themselves: they lie in a directory of the owner's alone (docs/security.md).
                ["Logging:LogLevel:Microsoft.AspNetCore.DataProtection"] = "Error",
                // Microsoft Orleans tells all of its options and of its own connections at each start; and each placement of a grain through the other.
                ["Logging:LogLevel:Orleans"] = "Warning",
                ["Logging:LogLevel:Polly"] = "Warning",
                // Whoever asks for the health is told; not being ready yet is no failure.
                ["Logging:LogLevel:Microsoft.Extensions.Diagnostics.HealthChecks"] = "Critical",
                ["SQUAD_DATA"] = data,
                ["Squad:Storage:DataDirectory"] = data,
                ["Squad:Sandbox:Processes:Root"] = Path.Combine(data, "processes"),
                ["Squad:Node:RunDirectory"] = Path.Combine(data, "run"),
            },
        });
        // Sessions go on without the server, so there is nothing worth a long wait; the default of 30 s is for web servers behind balancers.
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(10));
    }

    public static void AddSquadWebDefaults(this WebApplicationBuilder builder)
    {
        var configuration = builder.Configuration;
        if (builder.WebHost.GetSetting(WebHostDefaults.ServerUrlsKey) is null or "" || configuration["SQUAD_URLS"] is not null)
            builder.WebHost.UseUrls(configuration["SQUAD_URLS"] ?? DefaultUrls);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
    }
}
