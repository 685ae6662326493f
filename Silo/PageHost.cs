using Microsoft.Extensions.FileProviders;

namespace Squad.Silo;

/// <summary>Serves the built page: hashed files for ever, everything else freshly, and the page itself for every address that is the page's own.</summary>
internal static class PageHost
{
    /// <summary>Every address but files and those of the API, whose own answers (404, 405 and what is allowed) must not know of the page.</summary>
    private const string PageAddresses = "{*path:nonfile:regex(^(?!(v1|api|hubs|ws|health)(/|$)))}";

    public static void MapPage(this WebApplication app)
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "wwwroot");
        if (!File.Exists(Path.Combine(folder, "index.html")))
        {
            app.MapGet("/", () => Results.Text("The page was not built: run 'make page'. The API is at /v1.", statusCode: StatusCodes.Status503ServiceUnavailable)).ExcludeFromDescription();
            return;
        }

        var options = new StaticFileOptions
        {
            FileProvider = new PhysicalFileProvider(folder),
            OnPrepareResponse = context => context.Context.Response.Headers.CacheControl =
                context.Context.Request.Path.StartsWithSegments("/assets") ? "public, max-age=31536000, immutable" : "no-cache",
        };
        app.UseStaticFiles(options);
        app.MapFallbackToFile(PageAddresses, "index.html", options);
    }
}
