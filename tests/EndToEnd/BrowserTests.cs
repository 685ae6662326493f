using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Squad.EndToEnd.Browser;
using Squad.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Squad.EndToEnd;

/// <summary>The paths that a user cannot live without, in a real browser on the real server.</summary>
[Collection(BrowserCollection.Name)]
public sealed class BrowserTests(Chromium chromium)
{
    /// <summary>Asks once, answers once, then waits to be stopped.</summary>
    private const string Greeter = """echo "Who is there?"; read -r name; echo "Hello, $name"; sleep 1000""";

    private static string Engine => Docker.IsThere ? "docker" : "process";

    [Theory, InlineData("docker"), InlineData("process")]
    public async Task The_whole_slice_through_the_page(string engine)
    {
        const string password = "a horse of my own";
        if (engine == "docker")
            Requires.Docker();
        await using var server = await SetupScreen.StartServerAsync(engine);
        await chromium.VisitAsync(server, Window.Desktop, async visitor =>
        {
            var link = await SetupScreen.LinkAsync(server);
            await visitor.GoAsync(link);
            await new SetupScreen(visitor).SetPasswordAsync(password);
            await Expect(visitor.Heading("No sessions yet")).ToBeVisibleAsync();
            await Expect(visitor.Page).ToHaveURLAsync(server.Url.ToString());
            await visitor.LiveAsync();
            var warnings = visitor.Page.GetByRole(AriaRole.Complementary, new() { Name = "Warnings" });
            if (engine == "process")
                await Expect(warnings).ToContainTextAsync("not isolated");
            else
                await Expect(warnings).ToHaveCountAsync(0);

            var repositories = new RepositoriesScreen(visitor);
            await visitor.Link("Repositories").ClickAsync();
            await repositories.CreateAsync("greeter");
            await Expect(visitor.Heading("Push something to begin")).ToBeVisibleAsync();
            var cloneUrl = await repositories.CloneUrlAsync();
            Assert.Equal(new Uri(server.Url, "admin/greeter.git"), cloneUrl);
            await WorkTree.PushAsync(cloneUrl, "admin", password, ["experiment"], [("README.md", "# greeter\n")]);
            await Expect(repositories.Branches).ToHaveTextAsync([new Regex("^main"), new Regex("^experiment")]);

            var session = new SessionScreen(visitor);
            await visitor.Link("New session from experiment").ClickAsync();
            await Expect(new SessionForm(visitor).Branch).ToHaveValueAsync("experiment");
            await new SessionForm(visitor).StartAsync("admin/greeter", "Greet whoever comes", Greeter);
            await session.IsAsync("Running");
            await Expect(visitor.Main.GetByText(engine == "docker" ? "docker, isolated" : "process, not isolated")).ToBeVisibleAsync();
            await Expect(session.Line("Who is there?")).ToHaveCountAsync(1);
            await session.SayAsync("Ada");
            await Expect(session.Line("› Ada")).ToHaveCountAsync(1);
            await Expect(session.Line("Hello, Ada")).ToHaveCountAsync(1);

            await session.ShowAsync("Timeline");
            await Expect(session.Timeline).ToContainTextAsync("Hello, Ada");
            var events = await session.EventsAsync();
            Assert.Equal(Enumerable.Range(1, events.Length).Select(seq => (long)seq), events.Select(row => row.Seq));
            Assert.Equal(
                ["workspace.ready", "engine.started", "engine.output", "input", "engine.output"],
                events.Select(row => row.Type).Where(type => type is not ("session.state" or "usage" or "diff.changed")));

            await session.StopAsync();
            await session.IsAsync("Stopped");
            await Expect(session.Timeline).ToContainTextAsync("Stopped by its user.");
            await visitor.Link("Squad, home").ClickAsync();
            var finished = visitor.Page.GetByRole(AriaRole.Region, new() { NameRegex = new Regex("^Finished") });
            await finished.GetByRole(AriaRole.Link, new() { Name = "Greet whoever comes" }).ClickAsync();
            await session.DeleteAsync();
            await Expect(visitor.Heading("No sessions yet")).ToBeVisibleAsync();

            // The link has done its work.
            await visitor.GoAsync(link);
            await new SetupScreen(visitor).SetPasswordAsync("another password");
            await Expect(visitor.Alert).ToContainTextAsync("not valid");
        });
    }

    [Fact]
    public async Task Killing_the_server_while_watching_continues_without_gap_or_duplicate()
    {
        // Counts until it is told to end.
        const string counter = """bash -c 'i=0; until read -r -t 0.2 word; do i=$((i + 1)); echo "number $i"; done; echo "counted $i"'""";
        await using var server = await SquadServer.StartAsync(Engine);
        using var user = await SquadUser.SignInAsync(server);
        var id = await user.StartSessionAsync(await user.PushRepositoryAsync("counter"), counter);
        await user.SessionReachesAsync(id, "running");
        await chromium.VisitAsync(server, Window.Tall, async visitor =>
        {
            var session = new SessionScreen(visitor);
            await visitor.EnterAsync($"/sessions/{id}");
            await Expect(session.Line("number 10")).ToHaveCountAsync(1);

            await server.KillAsync();
            await Expect(visitor.Connection("Reconnecting|Offline")).ToBeVisibleAsync();
            var seen = NumbersIn(await session.LinesAsync())[^1];
            await server.StartAsync();
            await visitor.LiveAsync();
            await Expect(session.Line($"number {seen + 5}")).ToHaveCountAsync(1);
            await session.IsAsync("Running");
            await session.SayAsync("enough");
            await session.IsAsync("Stopped");

            await Expect(session.Screen).ToContainTextAsync("exited with code 0");
            var lines = NumbersIn(await session.LinesAsync());
            Assert.Equal(Enumerable.Range(lines[0], lines.Length), lines);
            await session.ShowAsync("Timeline");
            var events = await session.EventsAsync();
            Assert.Equal(Enumerable.Range(1, events.Length).Select(seq => (long)seq), events.Select(row => row.Seq));
            var printed = events.Where(row => row.Type == "engine.output").Select(row => row.Text).ToArray();
            Assert.Equal([.. Enumerable.Range(1, printed.Length - 1).Select(i => $"number {i}"), $"counted {printed.Length - 1}"], printed);
            Assert.True(printed.Length > seen + 5, "it was to print on after the restart");
        });
    }

    [Theory, InlineData("docker"), InlineData("process")]
    public async Task A_terminal_session_is_a_shell_to_type_into(string engine)
    {
        if (engine == "docker")
            Requires.Docker();
        await using var server = await SquadServer.StartAsync(engine);
        using var user = await SquadUser.SignInAsync(server);
        var repo = await user.PushRepositoryAsync("tools");
        await chromium.VisitAsync(server, Window.Desktop, async visitor =>
        {
            var session = new SessionScreen(visitor);
            await visitor.EnterAsync("/sessions/new");
            await new SessionForm(visitor).StartAsync(repo, "By hand", command: null, profile: "Shell");
            await session.IsAsync("Running");
            await Expect(session.Input).ToHaveCountAsync(0);
            await Expect(session.Screen).ToContainTextAsync(new Regex("[$#] "));
            await session.TypeAsync("echo $((6*7))");
            await Expect(session.Line("42")).ToHaveCountAsync(1);
            await session.TypeAsync("ls");
            await Expect(session.Line("README.md")).ToHaveCountAsync(1);
            await session.TypeAsync("exit");
            await session.IsAsync("Stopped");
        });
    }

    [Fact]
    public async Task A_wrong_password_is_told_and_the_right_one_lets_in()
    {
        await using var server = await SquadServer.StartAsync("process");
        await chromium.VisitAsync(server, Window.Desktop, async visitor =>
        {
            await visitor.GoAsync("/repositories");
            await visitor.SignInAsync("a wrong one");
            await Expect(visitor.Alert).ToContainTextAsync("That did not match");
            await Expect(visitor.Box("Password")).ToHaveValueAsync("");

            await visitor.SignInAsync();
            await Expect(visitor.Heading("Repositories")).ToBeVisibleAsync();
            await visitor.Page.ReloadAsync();
            await Expect(visitor.Heading("Repositories")).ToBeVisibleAsync();
            await visitor.Button("Sign out admin").ClickAsync();
            await Expect(visitor.Heading("Sign in")).ToBeVisibleAsync();
            await visitor.Page.ReloadAsync();
            await Expect(visitor.Heading("Sign in")).ToBeVisibleAsync();
        });
    }

    [Fact]
    public async Task An_import_shows_its_branches_and_a_failing_one_says_why_at_its_field()
    {
        await using var server = await SquadServer.StartAsync("process");
        var folder = Directory.CreateTempSubdirectory("squad-import-").FullName;
        try
        {
            var path = Path.Combine(folder, "library.git");
            await WorkTree.BareAsync(path, ["release", "topic/one"], [("README.md", "# library\n")]);
            await chromium.VisitAsync(server, Window.Desktop, async visitor =>
            {
                var repositories = new RepositoriesScreen(visitor);
                await visitor.EnterAsync("/repositories");
                await repositories.ImportAsync(Path.Combine(folder, "nothing.git"));
                await Expect(repositories.From).ToHaveAttributeAsync("aria-invalid", "true");
                await Expect(repositories.From).ToHaveAccessibleDescriptionAsync(new Regex("there is no repository"));
                await Expect(repositories.Name).Not.ToHaveAttributeAsync("aria-invalid", "true");

                await repositories.From.FillAsync(path);
                await repositories.SubmitAsync("Import");
                await Expect(visitor.Heading("admin/library")).ToBeVisibleAsync();
                await Expect(repositories.Branches).ToHaveTextAsync([new Regex("^main"), new Regex("^release"), new Regex("^topic/one")]);
            });
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_session_that_fails_says_so_on_its_page_and_on_the_board()
    {
        await using var server = await SquadServer.StartAsync(Engine);
        using var user = await SquadUser.SignInAsync(server);
        var repo = await user.PushRepositoryAsync("broken");
        await chromium.VisitAsync(server, Window.Desktop, async visitor =>
        {
            var session = new SessionScreen(visitor);
            await visitor.EnterAsync("/sessions/new");
            await new SessionForm(visitor).StartAsync(repo, "Fails at once", "echo about to fail >&2; exit 3");
            await session.IsAsync("Failed");
            await Expect(session.Line("about to fail")).ToHaveCountAsync(1);
            await Expect(visitor.Alert).ToContainTextAsync("exited with code 3");
            await visitor.Link("Squad, home").ClickAsync();
            await Expect(visitor.Page.GetByRole(AriaRole.Article)).ToContainTextAsync(["exited with code 3"]);
        });
    }

    private static int[] NumbersIn(IEnumerable<string> lines) =>
        [.. lines.Where(line => line.StartsWith("number ", StringComparison.Ordinal)).Select(line => int.Parse(line["number ".Length..], CultureInfo.InvariantCulture))];
}
