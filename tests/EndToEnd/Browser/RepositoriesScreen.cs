using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Squad.EndToEnd.Browser;

/// <summary><c>/repositories</c> and the page of one repository.</summary>
public sealed class RepositoriesScreen(Visitor visitor)
{
    public ILocator Dialog => visitor.Page.GetByRole(AriaRole.Dialog);

    public ILocator From => Dialog.GetByRole(AriaRole.Textbox, new() { Name = "From" });

    public ILocator Name => Dialog.GetByRole(AriaRole.Textbox, new() { Name = "Name" });

    /// <summary>Names of the branches on a repository's page.</summary>
    public ILocator Branches => visitor.Page.GetByRole(AriaRole.Region, new() { Name = "Branches" }).GetByRole(AriaRole.Listitem);

    public async Task CreateAsync(string name, string description = "")
    {
        await visitor.Button("Create repository").ClickAsync();
        await Name.FillAsync(name);
        await Dialog.GetByRole(AriaRole.Textbox, new() { Name = "Description" }).FillAsync(description);
        await SubmitAsync("Create");
        await Expect(visitor.Page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex($"/repositories/admin/{name}$"));
    }

    /// <summary>Fills in the import dialog and sends it off.</summary>
    public async Task ImportAsync(string from, string name = "")
    {
        await visitor.Button("Import").ClickAsync();
        await From.FillAsync(from);
        await Name.FillAsync(name);
        await SubmitAsync("Import");
    }

    public Task SubmitAsync(string button) => Dialog.GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).ClickAsync();

    /// <summary>The address that the open repository's page gives to clone from.</summary>
    public async Task<Uri> CloneUrlAsync() =>
        new(await visitor.Page.GetByRole(AriaRole.Region, new() { Name = "Clone" }).GetByRole(AriaRole.Code).InnerTextAsync());
}
