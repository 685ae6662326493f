using Microsoft.Extensions.FileProviders;

namespace Squad.Silo;

/// <summary>Serves the built page: hashed files for ever, everything else freshly, and the page itself for every address that is the page's own.</summary>
internal static class PageHost
{
    /// <summary>First segments that are the API's: what it does not know is a 404 of the API, and not the page.</summary>
    private static readonly string[] NotThePages = ["/v1", "/api", "/hubs", "/ws", "/health"];

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
        // Not a fallback endpoint: that would take part in routing, and show up in what the API says is allowed.
        app.Use((context, next) =>
        {
            if (context.GetEndpoint() is null && IsOfThePage(context.Request.Path))
                context.Request.Path = "/index.html";
            return next(context);
        });
        app.UseStaticFiles(options);
    }

    /// <summary>A path with an extension is a file's, but for repositories, whose names may hold a dot.</summary>
    private static bool IsOfThePage(PathString path) =>
        (!Path.HasExtension(path.Value) || path.StartsWithSegments("/repositories", StringComparison.OrdinalIgnoreCase))
        && !Array.Exists(NotThePages, first => path.StartsWithSegments(first, StringComparison.OrdinalIgnoreCase));
}
