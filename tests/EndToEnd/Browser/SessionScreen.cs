using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Squad.EndToEnd.Browser;

/// <summary><c>/sessions/:id</c>.</summary>
public sealed class SessionScreen(Visitor visitor)
{
    private const string RowsInView = ".xterm-rows > div";

    private const string ReadRows =
        """
        async () => {
          const list = document.querySelector('ol[aria-label="Events"]');
          const scroller = list.parentElement;
          const frame = () => new Promise((done) => requestAnimationFrame(done));
          const rows = new Map();
          let size = Infinity;
          for (let pass = 0; rows.size < size && pass < 20; pass++) {
            for (let top = 0; top < scroller.scrollHeight; top += scroller.clientHeight / 2) {
              scroller.scrollTop = top;
              await frame();
              await frame();
              for (const row of list.querySelectorAll('li')) {
                const part = (name) => row.querySelector(`.event-${name}`).textContent;
                size = Number(row.getAttribute('aria-setsize'));
                rows.set(Number(row.getAttribute('aria-posinset')), { seq: Number(part('seq')), type: part('type'), text: part('text') });
              }
            }
          }
          return JSON.stringify([...rows].sort(([a], [b]) => a - b).map(([, row]) => row));
        }
        """;

    /// <summary>One row of the timeline.</summary>
    public sealed record EventRow(long Seq, string Type, string Text);

    public ILocator Screen => visitor.Page.Locator(".xterm-rows");

    /// <summary>A whole line of the terminal, as far as it is in view.</summary>
    public ILocator Line(string text) => visitor.Page.Locator(RowsInView).Filter(new() { HasTextRegex = new Regex($"^{Regex.Escape(text)}\\s*$") });

    public ILocator Timeline => visitor.Page.GetByRole(AriaRole.List, new() { Name = "Events" });

    public ILocator Input => visitor.Box("Input to the engine");

    public ILocator Question => visitor.Page.GetByRole(AriaRole.Alertdialog);

    public Task IsAsync(string state) => Expect(visitor.Page.GetByRole(AriaRole.Status, new() { Name = $"State: {state}", Exact = true })).ToBeVisibleAsync();

    public Task ShowAsync(string tab) => visitor.Page.GetByRole(AriaRole.Tab, new() { Name = tab }).ClickAsync();

    /// <summary>One line for an engine that reads a pipe.</summary>
    public async Task SayAsync(string text)
    {
        await Input.FillAsync(text);
        await Input.PressAsync("Enter");
        await Expect(Input).ToHaveValueAsync("");
    }

    /// <summary>Keys for an engine that has a terminal.</summary>
    public async Task TypeAsync(string keys)
    {
        await visitor.Box("Terminal input").FocusAsync();
        await visitor.Page.Keyboard.TypeAsync(keys);
        await visitor.Page.Keyboard.PressAsync("Enter");
    }

    public async Task StopAsync()
    {
        await visitor.Button("Stop").ClickAsync();
        await Question.GetByRole(AriaRole.Button, new() { Name = "Stop session" }).ClickAsync();
        await Expect(Question).ToHaveCountAsync(0);
    }

    /// <summary>Afterwards the board is shown.</summary>
    public async Task DeleteAsync()
    {
        await visitor.Button("Delete").ClickAsync();
        await Question.GetByRole(AriaRole.Button, new() { Name = "Delete session" }).ClickAsync();
        await Expect(visitor.Heading("Sessions")).ToBeVisibleAsync();
    }

    /// <summary>The lines of the terminal that are in view, without those that are empty.</summary>
    public async Task<string[]> LinesAsync()
    {
        var rows = await visitor.Page.EvaluateAsync<string[]>($"() => [...document.querySelectorAll('{RowsInView}')].map((row) => row.textContent)");
        return [.. rows.Select(row => row.Replace('\u00a0', ' ').TrimEnd()).Where(row => row.Length > 0)];
    }

    /// <summary>
    /// Every row of the timeline from its first to its last, in their order. Only rows near the view are in the document, so it is scrolled through, as often
    /// as it takes to have met each one. Nothing may be arriving meanwhile.
    /// </summary>
    public async Task<EventRow[]> EventsAsync()
    {
        await Expect(Timeline).ToBeVisibleAsync();
        return JsonSerializer.Deserialize<EventRow[]>(await visitor.Page.EvaluateAsync<string>(ReadRows), JsonSerializerOptions.Web)!;
    }
}
