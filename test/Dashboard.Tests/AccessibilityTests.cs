using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace Polydev.Dashboard.Tests;

/// <summary>
/// Every page in a real browser: nothing for axe to find, nothing that its own policy forbids, nothing wider than the window, and all of it
/// within reach of the keyboard. The pictures are laid beside the tests (<c>screenshots</c>).
/// </summary>
public sealed class AccessibilityTests
{
    // What Tab can stop at; a group of radio buttons is one stop. A live part is renewed meanwhile: its controls are known by their ids,
    // and one that has gone by itself was not missed.
    private const string FindStops =
        """
        () => {
          const all = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')]
            .filter(one => !one.disabled && one.type !== 'hidden' && one.tabIndex >= 0)
            .filter(one => one.checkVisibility({ visibilityProperty: true }));
          window.stopOf = one => one.type === 'radio' ? `radio:${one.name}` : one.id ? `#${one.id}` : String(all.indexOf(one));
          window.isThere = stop => !/^\d/.test(stop) || all[stop].isConnected;
          return [...new Map(all.map(one => [stopOf(one), one.outerHTML.slice(0, 120)]))].map(pair => pair.join(' '));
        }
        """;

    // The others tell each element that is as it should be.
    private static readonly AxeRunOptions ViolationsAlone = new() { ResultTypes = [ResultType.Violations] };

    private static readonly AxeRunOptions ColorsAlone = new()
    {
        ResultTypes = ViolationsAlone.ResultTypes,
        RunOnly = RunOnlyOptions.Rules("color-contrast", "link-in-text-block"),
    };

    private DashboardSite _site = null!;

    [OneTimeSetUp]
    public async Task SetUp() => _site = await DashboardSite.StartAsync();

    [OneTimeTearDown]
    public async Task TearDown() => await _site.DisposeAsync();

    /// <summary>Light first, then the same page in the dark: there, what depends on colours is looked at anew.</summary>
    [Test]
    public async Task EveryPage_InABrowser_HasNothingForAxe(
        [Values(DashboardSite.Owner, DashboardSite.Ann)] string account, [Values(1440, 390)] int width)
    {
        await using var context = await _site.OpenAsync(account, width: width);
        var page = await context.NewPageAsync();
        var problems = new List<string>();
        page.PageError += (_, error) => problems.Add($"{page.Url}: {error}");
        page.Console += (_, message) =>
        {
            if (message.Text.Contains("Content Security Policy", StringComparison.Ordinal))
            {
                problems.Add($"{page.Url}: {message.Text}");
            }
        };
        foreach (var path in _site.Pages)
        {
            await page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = ColorScheme.Light });
            await page.GotoAsync(path);
            await LookAsync(ColorScheme.Light, ViolationsAlone);
            await page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = ColorScheme.Dark });
            await LookAsync(ColorScheme.Dark, ColorsAlone);

            async Task LookAsync(ColorScheme colors, AxeRunOptions rules)
            {
                await TakePictureAsync(page, $"{account}-{colors}-{width}{path.Replace('/', '-')}".ToLowerInvariant());
                problems.AddRange((await page.RunAxe(rules)).Violations.Select(one => $"{path}, {colors}: {Text(one)}"));
                if (await page.EvaluateAsync<int>("document.documentElement.scrollWidth - innerWidth") is > 0 and var more)
                {
                    problems.Add($"{path}, {colors}: wider than the window by {more}");
                }
            }
        }

        Assert.That(problems, Is.Empty, string.Join('\n', problems));
    }

    /// <summary>That nothing is found means something: what is spoilt on purpose is.</summary>
    [Test]
    public async Task Axe_OnASpoiltPage_FindsIt()
    {
        await using var context = await _site.OpenAsync(DashboardSite.Owner);
        var page = await context.NewPageAsync();
        await page.GotoAsync("/connect");
        await page.EvaluateAsync("document.querySelector('label[for=model]').remove()");
        await page.EvaluateAsync("document.querySelector('.lede').style.color = '#bbb'");

        var light = await page.RunAxe(ViolationsAlone);
        await page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = ColorScheme.Dark });
        await page.EvaluateAsync("document.querySelector('.lede').style.color = '#555'");
        var dark = await page.RunAxe(ColorsAlone);

        Assert.That(
            light.Violations.Select(violation => violation.Id),
            Is.SupersetOf(new[] { "select-name", "color-contrast" }),
            string.Join('\n', light.Incomplete.Select(Text)));
        Assert.That(
            dark.Violations.Select(violation => violation.Id),
            Is.EqualTo(new[] { "color-contrast" }),
            string.Join('\n', dark.Incomplete.Select(Text)));
    }

    [Test]
    public async Task EveryPage_ByKeyboardAlone_IsReachedWhole([Values(1440, 390)] int width)
    {
        await using var context = await _site.OpenAsync(DashboardSite.Owner, width: width);
        var page = await context.NewPageAsync();
        var problems = new List<string>();
        foreach (var path in _site.Pages)
        {
            await page.GotoAsync(path);
            var missed = (await page.EvaluateAsync<string[]>(FindStops)).ToList();
            Assert.That(missed, Is.Not.Empty, path);
            for (var presses = 2 * missed.Count + 10; missed.Count > 0 && presses > 0; presses--)
            {
                await page.Keyboard.PressAsync("Tab");
                var stop = await page.EvaluateAsync<string>("stopOf(document.activeElement)");
                missed.RemoveAll(one => one.StartsWith($"{stop} ", StringComparison.Ordinal));
            }

            foreach (var one in missed)
            {
                if (await page.EvaluateAsync<bool>("stop => isThere(stop)", one.Split(' ')[0]))
                {
                    problems.Add($"{path}: {one}");
                }
            }
        }

        Assert.That(problems, Is.Empty, string.Join('\n', problems));
    }

    [Test]
    public async Task PagesOfTheDashboard_FirstTab_SkipsToTheContent()
    {
        await using var context = await _site.OpenAsync(DashboardSite.Owner);
        var page = await context.NewPageAsync();
        var seen = new List<string>();
        foreach (var path in _site.Pages)
        {
            await page.GotoAsync(path);

            // A form that has the focus, or a place in the page that the address names, is where one is already.
            if (await page.Locator(".app").CountAsync() == 0
                || await page.Locator("[autofocus]").CountAsync() > 0
                || page.Url.Contains('#'))
            {
                continue;
            }

            await page.Keyboard.PressAsync("Tab");
            Assert.That(await page.EvaluateAsync<string>("document.activeElement.className"), Is.EqualTo("skip"), path);
            await page.Keyboard.PressAsync("Enter");
            await page.WaitForFunctionAsync("document.activeElement.id === 'main'");
            seen.Add(path);
        }

        Assert.That(seen, Is.SupersetOf(new[] { "/", "/connect" }));
    }

    private static async Task TakePictureAsync(IPage page, string name)
    {
        var folder = Directory.CreateDirectory(Path.Combine(TestContext.CurrentContext.TestDirectory, "screenshots")).FullName;
        await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, $"{name}.png"), FullPage = true });
    }

    private static string Text(AxeResultItem violation) =>
        $"{violation.Id} ({violation.Help}): {string.Join(" | ", violation.Nodes.Select(node => node.Html))}";
}
