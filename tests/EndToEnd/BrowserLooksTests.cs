using Microsoft.Playwright;
using Squad.EndToEnd.Browser;
using Squad.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Squad.EndToEnd;

/// <summary>Every page at the sizes of a desk and of a phone. The pictures are for people to look at: <c>artifacts/screenshots</c>.</summary>
[Collection(BrowserCollection.Name)]
public sealed class BrowserLooksTests(Chromium chromium)
{
    private static string Engine => Docker.IsThere ? "docker" : "process";

    [Theory, InlineData("desktop"), InlineData("phone")]
    public async Task Every_page_fits_its_window_and_a_session_can_be_started_there(string window)
    {
        await using var server = await SetupScreen.StartServerAsync(Engine);
        await chromium.VisitAsync(server, window == "phone" ? Window.Phone : Window.Desktop, async visitor =>
        {
            await SetUpAsync(visitor, server);
            using var user = await SquadUser.SignInAsync(server);
            await AddRepositoriesAsync(visitor, user);
            await WorkAsync(visitor);
            await EndAsync(visitor, user);
        });
    }

    private static async Task SetUpAsync(Visitor visitor, SquadServer server)
    {
        await visitor.GoAsync("/");
        await Expect(visitor.Page.GetByText("Squad has no administrator yet")).ToBeVisibleAsync();
        await visitor.LooksAsync("sign-in-before-setup");
        await visitor.GoAsync(await SetupScreen.LinkAsync(server));
        await new SetupScreen(visitor).SetPasswordAsync(SquadServer.AdminPassword, again: "something else");
        await Expect(visitor.Page.GetByText("The two are not the same.")).ToBeVisibleAsync();
        await visitor.LooksAsync("setup");
        await new SetupScreen(visitor).SetPasswordAsync(SquadServer.AdminPassword);
        await Expect(visitor.Heading("No sessions yet")).ToBeVisibleAsync();
        await visitor.LiveAsync();
        await visitor.LooksAsync("board-empty");
        await visitor.GoAsync("/sessions/new");
        await Expect(visitor.Page.GetByText("There is no repository yet")).ToBeVisibleAsync();
        await visitor.LooksAsync("session-new-without-repository");
    }

    private static async Task AddRepositoriesAsync(Visitor visitor, SquadUser user)
    {
        var repositories = new RepositoriesScreen(visitor);
        await visitor.Page.GetByRole(AriaRole.Navigation).GetByRole(AriaRole.Link, new() { Name = "Repositories" }).ClickAsync();
        await Expect(visitor.Heading("No repositories yet")).ToBeVisibleAsync();
        await visitor.LooksAsync("repositories-empty");
        await repositories.CreateAsync("uploader", "Sends files to the archive, and tries again where that fails");
        await Expect(visitor.Heading("Push something to begin")).ToBeVisibleAsync();
        await visitor.LooksAsync("repository-empty");
        await user.PushAsync((await repositories.CloneUrlAsync()).ToString(), ["release/2026-11", "spike/parallel-uploads"], Demonstration.Files);
        await Expect(repositories.Branches).ToHaveCountAsync(3);
        await visitor.LooksAsync("repository");

        await user.PushRepositoryAsync("handbook");
        await user.SendAsync(HttpMethod.Post, "/v1/repos", new { name = "a-repository-with-a-name-as-long-as-one-may-be-which-is-64-signs", @private = false });
        await visitor.Page.GetByRole(AriaRole.Navigation).GetByRole(AriaRole.Link, new() { Name = "Repositories" }).ClickAsync();
        await Expect(visitor.Page.GetByRole(AriaRole.Article)).ToHaveCountAsync(3);
        await visitor.LooksAsync("repositories");
        await repositories.ImportAsync("/no/such/place.git");
        await Expect(repositories.From).ToHaveAttributeAsync("aria-invalid", "true");
        await visitor.LooksAsync("import-failed");
        await visitor.Button("Close").ClickAsync();
    }

    private static async Task WorkAsync(Visitor visitor)
    {
        var session = new SessionScreen(visitor);
        await visitor.GoAsync("/sessions/new");
        await Expect(new SessionForm(visitor).Branch).ToHaveValueAsync("main");
        await visitor.LooksAsync("session-new");
        await new SessionForm(visitor).StartAsync("admin/uploader", Demonstration.Title, Demonstration.Command);
        await session.IsAsync("Running");
        await Expect(session.Screen).ToContainTextAsync(Demonstration.LastWords);
        await Expect(visitor.Page.GetByTitle("1 file changed")).ToContainTextAsync("+7");
        await visitor.LooksAsync("session");
        await session.ShowAsync("Timeline");
        await Expect(session.Timeline).ToContainTextAsync(Demonstration.LastWords);
        await session.Timeline.GetByRole(AriaRole.Button).Last.ClickAsync();
        await visitor.LooksAsync("session-timeline");
        await visitor.Button("Stop").ClickAsync();
        await Expect(session.Question).ToBeVisibleAsync();
        await visitor.LooksAsync("session-stop");
        await session.Question.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
    }

    private static async Task EndAsync(Visitor visitor, SquadUser user)
    {
        var session = new SessionScreen(visitor);
        var failing = await user.StartSessionAsync("admin/handbook", "ls; cat chapters/*.md");
        await user.SessionReachesAsync(failing, "failed");
        var shell = await user.StartSessionAsync("admin/handbook", "bash -l", "shell");
        await user.SessionReachesAsync(shell, "running");
        await user.SessionReachesAsync(await user.StartSessionAsync("admin/uploader", "cat README.md"), "stopped");
        await visitor.GoAsync("/");
        await visitor.LiveAsync();
        await Expect(visitor.Page.GetByRole(AriaRole.Article)).ToHaveCountAsync(4);
        await visitor.LooksAsync("board");
        await visitor.GoAsync($"/sessions/{failing}");
        await session.IsAsync("Failed");
        await Expect(session.Screen).ToContainTextAsync("exited with code");
        await visitor.LooksAsync("session-failed");
        await visitor.GoAsync($"/sessions/{shell}");
        await session.IsAsync("Running");
        await session.TypeAsync("git status");
        await Expect(session.Screen).ToContainTextAsync("nothing to commit");
        await visitor.LooksAsync("session-shell");
        await visitor.GoAsync("/sessions/nothing");
        await Expect(visitor.Heading("No such session")).ToBeVisibleAsync();
        await visitor.LooksAsync("session-not-found");
        await visitor.GoAsync("/repositories/admin/uploader");
        await Expect(visitor.Page.GetByRole(AriaRole.Article)).ToHaveCountAsync(2);
        await visitor.LooksAsync("repository-with-sessions");
    }
}
