using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Polydev.TestKit;

namespace Polydev.Dashboard.Tests;

/// <summary>The one who uses the pages: what one does is the same, how it is done is not.</summary>
internal sealed class Visitor : IAsyncDisposable
{
    // More than any page has stops.
    private const int MostTabs = 120;

    private readonly IBrowserContext _context;
    private readonly VisitorKind _kind;
    private TaskCompletionSource _loaded = new();
    private int _loads;
    private int _loadsWhenOpened;

    private Visitor(IBrowserContext context, IPage page, VisitorKind kind)
    {
        (_context, Page, _kind) = (context, page, kind);
        page.Load += (_, _) =>
        {
            _loads++;
            _loaded.TrySetResult();
        };
    }

    public IPage Page { get; }

    public bool HasScript => _kind != VisitorKind.WithoutScript;

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

    /// <summary>A button, a link, a menu. Where it leads to a page, that one is there then.</summary>
    public async Task PressAsync(ILocator target)
    {
        var leads = await target.EvaluateAsync<bool>("one => one.matches('a, [type=submit]')");
        _loaded = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (_kind == VisitorKind.ByKeyboard)
        {
            await TabToAsync(target);
            await Page.Keyboard.PressAsync("Enter");
        }
        else
        {
            await target.ClickAsync();
        }

        if (leads)
        {
            await _loaded.Task.DefaultTimeout();
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
        _loadsWhenOpened = _loads;
    }

    /// <summary>
    /// Waits on a live page for what comes by itself: it is not loaded again, but by who has no script, until it is there.
    /// </summary>
    public async Task WaitToSeeAsync(ILocator place, string text)
    {
        using var limit = new CancellationTokenSource(TaskTimeouts.Default);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(500));
        var seen = place.Filter(new() { HasText = text });
        while (!HasScript && await seen.CountAsync() == 0 && !limit.IsCancellationRequested && await timer.WaitForNextTickAsync())
        {
            await LookAgainAsync();
        }

        await Assertions.Expect(place).ToContainTextAsync(text);
        Assert.That(HasScript && _loads != _loadsWhenOpened, Is.False, $"{Page.Url} was loaded again.");
    }

    public ValueTask DisposeAsync() => _context.DisposeAsync();

    // Without script a page gets no younger by itself: it has a link for that.
    private Task LookAgainAsync() => PressAsync(AriaRole.Link, "Reload");

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
