using System.Text.RegularExpressions;
using Squad.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Squad.EndToEnd.Browser;

/// <summary><c>/setup?token=</c>: the first start of a server that was given no password.</summary>
public sealed partial class SetupScreen(Visitor visitor)
{
    /// <summary>A server on which nobody can sign in yet.</summary>
    public static Task<SquadServer> StartServerAsync(string engine) =>
        SquadServer.StartAsync(engine, new Dictionary<string, string?> { ["SQUAD_ADMIN_PASSWORD"] = null });

    /// <summary>The link that the server has printed, as a person would read it.</summary>
    public static async Task<string> LinkAsync(SquadServer server)
    {
        var link = "";
        await Eventually.Async("the server prints its setup link", TimeSpan.FromSeconds(20), () => Task.FromResult((link = Link().Match(server.Log).Value).Length > 0));
        return link;
    }

    public async Task SetPasswordAsync(string password, string? again = null)
    {
        await Expect(visitor.Heading("Set up Squad")).ToBeVisibleAsync();
        await visitor.Box("Password").FillAsync(password);
        await visitor.Box("Password again").FillAsync(again ?? password);
        await visitor.Button("Set password and sign in").ClickAsync();
    }

    [GeneratedRegex(@"http://\S+/setup\?token=\S+")]
    private static partial Regex Link();
}
