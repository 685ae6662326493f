using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Squad.EndToEnd.Browser;

/// <summary><c>/sessions/new</c>.</summary>
public sealed class SessionForm(Visitor visitor)
{
    public ILocator Form => visitor.Page.GetByRole(AriaRole.Form, new() { Name = "New session" });

    public ILocator Repository => Form.GetByRole(AriaRole.Combobox, new() { Name = "Repository" });

    public ILocator Branch => Form.GetByRole(AriaRole.Combobox, new() { Name = "Base branch" });

    /// <summary>Fills in the form, sends it, and is then at the session's page.</summary>
    /// <param name="profile">Its title, as the form shows it.</param>
    /// <param name="command">Null where the profile has its own.</param>
    public async Task StartAsync(string repo, string title, string? command, string profile = "Command")
    {
        await Repository.SelectOptionAsync(repo);
        await Form.GetByRole(AriaRole.Radio, new() { NameRegex = new Regex($"^{Regex.Escape(profile)}") }).CheckAsync();
        if (command is not null)
            await Form.GetByRole(AriaRole.Textbox, new() { Name = "Command", Exact = true }).FillAsync(command);
        await Form.GetByRole(AriaRole.Textbox, new() { Name = "Title" }).FillAsync(title);
        await visitor.Button("Start session").ClickAsync();
        await Expect(visitor.Heading(title)).ToBeVisibleAsync();
    }
}
