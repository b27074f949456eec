using Microsoft.Playwright;

namespace Polydev.Dashboard.Tests;

/// <summary>What the script and the keyboard do with the page for whoever sets up a client.</summary>
public sealed class ConnectPageTests
{
    private DashboardSite _site = null!;
    private IBrowserContext _context = null!;
    private IPage _page = null!;

    [SetUp]
    public async Task SetUp()
    {
        _site = await DashboardSite.StartAsync();
        _context = await _site.OpenAsync(DashboardSite.Owner);
        _page = await _context.NewPageAsync();
        await _page.GotoAsync("/connect");
    }

    [TearDown]
    public async Task TearDown()
    {
        if (_context is not null)
        {
            await _context.DisposeAsync();
        }

        await _site.DisposeAsync();
    }

    [Test]
    public async Task KeyAndModel_PastedAndChosen_FillEverySnippet_AndLeaveTheTabNowhere()
    {
        var sent = new List<string>();
        _page.Request += (_, request) => sent.Add($"{request.Url} {request.PostData}");

        await _page.GetByLabel("Key", new() { Exact = true }).FillAsync($" {_site.Broker.Key} ");
        await _page.GetByLabel("Model").SelectOptionAsync("gemini-2.5-pro");

        var code = string.Join('\n', await _page.Locator("pre").AllTextContentsAsync());
        Assert.That(code, Does.Contain($"api_key=\"{_site.Broker.Key}\"").And.Contain($"Bearer {_site.Broker.Key}\""));
        Assert.That(code, Does.Not.Contain("pk-your-key-here").And.Not.Contain("claude-opus-4-6"));
        Assert.That(code, Does.Contain("\"model\": \"gemini-2.5-pro\"").And.Contain("codex -c model_provider=polydev -m gemini-2.5-pro"));

        await _page.GetByLabel("Key", new() { Exact = true }).ClearAsync();
        Assert.That(await _page.Locator("pre").First.TextContentAsync(), Does.Contain("pk-your-key-here"));
        await _page.ReloadAsync();
        Assert.That(await _page.ContentAsync(), Does.Not.Contain(_site.Broker.Key));
        Assert.That(sent, Is.Not.Empty.And.None.Contains(_site.Broker.Key));
        Assert.That(await _page.EvaluateAsync<string>("JSON.stringify([localStorage, sessionStorage, document.cookie])"),
            Does.Not.Contain(_site.Broker.Key));
    }

    [Test]
    public async Task Copy_OfATabThatTheArrowKeysChose_GivesThatSnippet()
    {
        await _context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"]);
        var openAi = _page.Locator("section", new() { Has = _page.Locator("#openai") });
        await openAi.GetByLabel("Python", new() { Exact = true }).FocusAsync();
        await _page.Keyboard.PressAsync("ArrowRight");
        await _page.Keyboard.PressAsync("ArrowRight");
        await Assertions.Expect(openAi.Locator("pre:visible")).ToHaveCountAsync(1);
        await Assertions.Expect(openAi.Locator("pre:visible")).ToContainTextAsync("curl ");

        await openAi.GetByRole(AriaRole.Button, new() { Name = "Copy OpenAI SDK" }).ClickAsync();

        await Assertions.Expect(openAi.GetByRole(AriaRole.Status)).ToHaveTextAsync("Copied");
        Assert.That(
            await _page.EvaluateAsync<string>("navigator.clipboard.readText()"),
            Is.EqualTo((await openAi.Locator("pre:visible").TextContentAsync())!.Trim()));
    }

    [Test]
    public async Task ListOfClients_LinkFollowed_FocusesItsHeading()
    {
        await _page.GetByRole(AriaRole.Link, new() { Name = "Zed", Exact = true }).PressAsync("Enter");

        await Assertions.Expect(_page.Locator("#zed")).ToBeFocusedAsync();
        await Assertions.Expect(_page.Locator("#zed")).ToBeInViewportAsync();
    }
}
