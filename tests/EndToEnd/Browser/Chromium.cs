using System.Globalization;
using Microsoft.Playwright;
using Squad.Tests.Support;

namespace Squad.EndToEnd.Browser;

/// <summary>The browser that Debian packages, started with the first test that needs it; each visitor has a context (cookies, storage) of their own in it.</summary>
public sealed class Chromium : IAsyncDisposable
{
    private const string Program = "/usr/bin/chromium";

    /// <summary>What the server on a busy machine may take to answer, and the page to show it.</summary>
    private const float PatienceMs = 30_000;

    /// <summary>Pictures for the documentation are taken with <c>SCREENSHOT_SCALE=2</c>.</summary>
    private static readonly float PixelsPerPixel = float.TryParse(Environment.GetEnvironmentVariable("SCREENSHOT_SCALE"), CultureInfo.InvariantCulture, out var scale) ? scale : 1;

    private IPlaywright? playwright;
    private IBrowser? browser;

    /// <summary>
    /// Lets a visitor do something, in a light page unless they change it. What the page throws meanwhile fails the test too, and a failed test leaves a
    /// picture of its page in <c>artifacts/screenshots/failed</c>.
    /// </summary>
    public async Task VisitAsync(SquadServer server, Window window, Func<Visitor, Task> act)
    {
        Requires.That(File.Exists(Program), Program);
        await LaunchAsync();
        await using var context = await browser!.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = server.Url.ToString(),
            ViewportSize = new ViewportSize { Width = window.Width, Height = window.Height },
            IsMobile = window.IsPhone,
            HasTouch = window.IsPhone,
            ColorScheme = ColorScheme.Light,
            ReducedMotion = ReducedMotion.Reduce,
            DeviceScaleFactor = PixelsPerPixel,
            Locale = "en-GB",
            TimezoneId = "UTC",
        });
        context.SetDefaultTimeout(PatienceMs);
        var visitor = new Visitor(await context.NewPageAsync(), window);
        try
        {
            await act(visitor);
        }
        catch
        {
            await visitor.PictureAsync($"failed/{TestContext.Current.Test?.TestDisplayName.Split('.')[^1]}");
            throw;
        }

        Assert.Empty(visitor.Faults);
    }

    public async ValueTask DisposeAsync()
    {
        if (browser is not null)
            await browser.DisposeAsync();
        playwright?.Dispose();
    }

    private async Task LaunchAsync()
    {
        if (browser is not null)
            return;
        Assertions.SetDefaultExpectTimeout(PatienceMs);
        playwright = await Playwright.CreateAsync();
        browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Program,
            // Tests run as root in containers too, where Chromium's own sandbox cannot; the rest keeps it from calling home.
            Args =
            [
                "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
            ],
        });
    }
}

/// <summary>Tests of one collection run one after another and share the browser.</summary>
[CollectionDefinition(Name)]
public sealed class BrowserCollection : ICollectionFixture<Chromium>
{
    public const string Name = "browser";
}

/// <summary>The size of a visitor's window, in CSS pixels.</summary>
public sealed record Window(string Name, int Width, int Height, bool IsPhone = false)
{
    public static Window Desktop { get; } = new("desktop", 1280, 800);

    public static Window Phone { get; } = new("phone", 375, 800, IsPhone: true);

    /// <summary>High enough for a hundred lines of a terminal.</summary>
    public static Window Tall { get; } = new("tall", 1280, 2400);
}
