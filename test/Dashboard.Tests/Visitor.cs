using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace Polydev.Dashboard.Tests;

/// <summary>The one who uses the pages: what one does is the same, how it is done is not.</summary>
internal sealed class Visitor : IAsyncDisposable
{
    // More than any page has stops.
    private const int MostTabs = 120;

    private readonly IBrowserContext _context;
    private readonly VisitorKind _kind;

    private Visitor(IBrowserContext context, IPage page, VisitorKind kind) => (_context, Page, _kind) = (context, page, kind);

    public IPage Page { get; }

    private bool HasScript => _kind != VisitorKind.WithoutScript;

    /// <summary>At a site, not signed in.</summary>
    public static async Task<Visitor> ComeAsync(Uri site, VisitorKind kind)
    {
        var context = await Chromium.OpenAsync(site, new BrowserNewContextOptions
        {
            JavaScriptEnabled = kind != VisitorKind.WithoutScript,
            Permissions = ["clipboard-read", "clipboard-write"],
        });
        return new Visitor(context, await context.NewPageAsync(), kind);
    }

    /// <summary>A button, a link, a menu.</summary>
    public async Task PressAsync(ILocator target)
    {
        if (_kind == VisitorKind.ByKeyboard)
        {
            await TabToAsync(target);
            await Page.Keyboard.PressAsync("Enter");
        }
        else
        {
            await target.ClickAsync();
        }
    }

    public Task PressAsync(AriaRole role, string name) => PressAsync(Page.GetByRole(role, new() { Name = name, Exact = true }));

    /// <summary>A field, in the place of what stands there.</summary>
    public async Task TypeAsync(string label, string text)
    {
        var field = Page.GetByLabel(label, new() { Exact = true });
        if (_kind == VisitorKind.ByKeyboard)
        {
            await TabToAsync(field);
            await Page.Keyboard.PressAsync("Control+A");
            await Page.Keyboard.TypeAsync(text);
        }
        else
        {
            await field.FillAsync(text);
        }

        await Assertions.Expect(field).ToHaveValueAsync(text);
    }

    /// <summary>What one has then: by the page's button, or by hand, where one click selects it all.</summary>
    public async Task<string> CopyAsync(ILocator field)
    {
        var button = field.Locator("button");
        if (!HasScript)
        {
            await Assertions.Expect(button).ToBeHiddenAsync();
            await field.Locator("output").ClickAsync();
            return await Page.EvaluateAsync<string>("getSelection().toString()");
        }

        await PressAsync(button);
        await Assertions.Expect(button.GetByRole(AriaRole.Status)).ToHaveTextAsync("Copied");
        return await Page.EvaluateAsync<string>("navigator.clipboard.readText()");
    }

    /// <summary>Opens a page whose parts are renewed while one looks; without script it says of when it is.</summary>
    public async Task OpenLiveAsync(string path)
    {
        await Page.GotoAsync(path);
        await Assertions.Expect(Page.Locator("#live")).ToHaveTextAsync(new Regex(HasScript ? "^Live$" : "^As of "));
    }

    /// <summary>Without script a page gets no younger by itself: it has a link for that.</summary>
    public Task LookAgainAsync() => HasScript ? Task.CompletedTask : PressAsync(AriaRole.Link, "Reload");

    public ValueTask DisposeAsync() => _context.DisposeAsync();

    private async Task TabToAsync(ILocator target)
    {
        await Assertions.Expect(target).ToBeVisibleAsync();
        for (var presses = 0; presses < MostTabs; presses++)
        {
            if (await target.EvaluateAsync<bool>("one => one === document.activeElement"))
            {
                return;
            }

            await Page.Keyboard.PressAsync("Tab");
        }

        Assert.Fail($"{Page.Url}: Tab does not reach {target}.");
    }
}

public enum VisitorKind
{
    ByMouse,

    /// <summary>Has no mouse.</summary>
    ByKeyboard,

    /// <summary>JavaScript is off.</summary>
    WithoutScript,
}
