using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Squad.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Squad.EndToEnd.Browser;

/// <summary>Somebody in front of the page, by what they do. What belongs to one address is in the class of that address.</summary>
public sealed class Visitor
{
    private static readonly string Pictures = Path.Combine(Checkout.Root, "artifacts", "screenshots");
    private readonly Window window;

    public Visitor(IPage page, Window window)
    {
        Page = page;
        this.window = window;
        page.PageError += (_, error) => Faults.Add(error);
    }

    public IPage Page { get; }

    /// <summary>What was thrown in the page and caught by nothing.</summary>
    public List<string> Faults { get; } = [];

    public ILocator Main => Page.GetByRole(AriaRole.Main);

    /// <summary>Headings, alerts and statuses are asked for by name all over.</summary>
    public ILocator Heading(string name) => Page.GetByRole(AriaRole.Heading, new() { Name = name, Exact = true });

    public ILocator Button(string name) => Page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    public ILocator Link(string name) => Page.GetByRole(AriaRole.Link, new() { Name = name, Exact = true });

    public ILocator Box(string name) => Page.GetByRole(AriaRole.Textbox, new() { Name = name, Exact = true });

    public ILocator Alert => Page.GetByRole(AriaRole.Alert);

    /// <summary>Says whether the page is live.</summary>
    public ILocator Connection(string status) => Page.GetByRole(AriaRole.Status, new() { NameRegex = new Regex($"^Connection: ({status})$") });

    public Task GoAsync(string address) => Page.GotoAsync(address);

    public async Task SignInAsync(string password = SquadServer.AdminPassword, string name = "admin")
    {
        await Expect(Heading("Sign in")).ToBeVisibleAsync();
        await Box("Username").FillAsync(name);
        await Box("Password").FillAsync(password);
        await Button("Sign in").ClickAsync();
    }

    /// <summary>Opens the page signed in and live, at an address of its own.</summary>
    public async Task EnterAsync(string address = "/")
    {
        await GoAsync(address);
        await SignInAsync();
        await LiveAsync();
    }

    public Task LiveAsync() => Expect(Connection("Live")).ToBeVisibleAsync();

    /// <summary>Fails where the page is wider than its window, and names what sticks out.</summary>
    public async Task FitsAsync()
    {
        var wide = await Page.EvaluateAsync<string[]>(
            """
            () => {
              const width = document.documentElement.clientWidth;
              if (document.documentElement.scrollWidth <= width) return [];
              return [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > width + 1)
                .map((e) => `${e.tagName.toLowerCase()}.${e.className} to ${Math.round(e.getBoundingClientRect().right)} of ${width}`);
            }
            """);
        Assert.Empty(wide);
    }

    /// <summary>The page fits its window, and looks as in the pictures, which are for people: <c>artifacts/screenshots/NAME-WINDOW-SCHEME.png</c>.</summary>
    public async Task LooksAsync(string name)
    {
        await FitsAsync();
        foreach (var scheme in new[] { ColorScheme.Dark, ColorScheme.Light })
        {
            await Page.EmulateMediaAsync(new() { ColorScheme = scheme });
            await PictureAsync($"{name}-{window.Name}-{(scheme == ColorScheme.Dark ? "dark" : "light")}");
        }
    }

    public Task PictureAsync(string name) => Page.ScreenshotAsync(new() { Path = Path.Combine(Pictures, $"{name}.png"), Animations = ScreenshotAnimations.Disabled });
}
