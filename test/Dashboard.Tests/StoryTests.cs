using System.ClientModel;
using System.ClientModel.Primitives;
using System.Globalization;
using System.Net;
using System.Runtime.Versioning;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using OpenAI;
using OpenAI.Chat;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.ModelProvider.Scripts;
using Polydev.Shared.Models;

namespace Polydev.Dashboard.Tests;

/// <summary>
/// A person's first day, in a real browser and two terminals: the link that the broker prints, a machine logged in and approved and its
/// CLIs seen, a key made with a limit, a client set up from the page, the limit used up, the key revoked. By mouse, by keyboard alone, and
/// without script. The calls between show that the pages tell the truth.
/// </summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[UnsupportedOSPlatform("windows")]
public sealed class StoryTests
{
    private const string Machine = "my studio";
    private const string Key = "story";

    // A month of a key's: it is the window that ends least often while a test runs.
    private const int Limit = 2;

    // Of the key's calls, each by its day in UTC.
    private readonly List<DateTime> _calls = [];
    private FreshSite _site = null!;

    private static DateTime Now => TimeProvider.System.GetUtcNow().UtcDateTime;

    private static string Month => Now.ToString("MMMM", CultureInfo.InvariantCulture);

    [SetUp]
    public async Task SetUp() => _site = await FreshSite.StartAsync();

    [TearDown]
    public async Task TearDown() => await _site.DisposeAsync();

    [Test]
    public async Task FirstDay_FromTheLinkToARevokedKey([Values] VisitorKind kind)
    {
        await using var visitor = await Visitor.ComeAsync(_site.Address, kind);
        var page = visitor.Page;
        await SignInAsync(visitor);
        await LogInAsync(visitor);
        await using var tunnel = await ComeOnlineAsync(visitor);
        var other = await CreateKeyAsync(visitor, "other", limit: null);
        var key = await CreateKeyAsync(visitor, Key, Limit);
        var (api, model) = await SetUpAClientAsync(visitor, key);

        // 1. The bar moves with each call, on a page that stays open. Each goes to a real CLI.
        await visitor.OpenLiveAsync("/");
        await ExpectCallAsync(api, key, model, HttpStatusCode.OK);
        await visitor.WaitToSeeAsync(page.Locator("#limits"), $"1 of {Limit}");
        await ExpectMeterAsync(page.Locator("#limits"), $"Key {Key}, {Month}", used: 1);
        await ExpectCallAsync(api, key, "gpt-5.3-codex", HttpStatusCode.OK);
        await visitor.WaitToSeeAsync(page.Locator("#limits"), $"2 of {Limit}");
        await ExpectMeterAsync(page.Locator("#limits"), $"Key {Key}, {Month}", used: 2);
        await Assertions.Expect(page.Locator("#limits li", new() { HasText = Key })).ToContainTextAsync("Used up. Resets ");
        Assert.That(_site.Models.CallCount, Is.EqualTo(2));

        // 2. They stand among the calls, with their key and machine.
        string[] models = [model, "gpt-5.3-codex"];
        foreach (var called in models)
        {
            await visitor.WaitToSeeAsync(page.Locator("#calls tbody tr", new() { HasText = called }), "Answered");
        }

        await visitor.PressAsync(page.Locator(".nav > [href='/calls']"));
        foreach (var called in models)
        {
            var line = page.Locator("table.calls tbody tr", new() { HasText = called });
            await Assertions.Expect(line.Locator(".td-key")).ToHaveTextAsync(Key);
            await Assertions.Expect(line.Locator(".td-mach")).ToHaveTextAsync(Machine);
        }

        // 3. The window is used up: the next call is refused, no vendor sees it, and the key's own line says why.
        await ExpectCallAsync(api, key, model, HttpStatusCode.TooManyRequests);
        Assert.That(_site.Models.CallCount, Is.EqualTo(2));
        await visitor.PressAsync(page.Locator(".nav > [href='/keys']"));
        var row = RowOf(page, Key);
        await Assertions.Expect(row.Locator(".badge")).ToHaveTextAsync("Month used up");
        await Assertions.Expect(row.Locator("td[data-l='Month']")).ToHaveTextAsync("2 of 2 used up");
        await ExpectMeterAsync(row, $"{Key}, {Month}", used: 2);

        // 4. Revoked, it opens nothing any more; another does.
        await RevokeAsync(visitor, row);
        await ExpectCallAsync(api, key, model, HttpStatusCode.Unauthorized);
        await ExpectCallAsync(api, other, KnownModels.Echo, HttpStatusCode.OK);

        // 5. Signed out, the browser sees nothing any more.
        await page.GotoAsync("/sign-out");
        await visitor.PressAsync(AriaRole.Button, "Sign out");
        await page.GotoAsync("/connect");
        Assert.That(new Uri(page.Url).AbsolutePath, Is.EqualTo("/sign-in"));

        await _site.StopTunnelAsync(tunnel);
    }

    // The broker's link signs in, and the page says as whom.
    private async Task SignInAsync(Visitor visitor)
    {
        await visitor.Page.GotoAsync((await _site.LinkAsync()).AbsoluteUri);
        await visitor.PressAsync(AriaRole.Button, "Sign in");
        await visitor.Page.WaitForURLAsync(_site.Address.AbsoluteUri);
        await Assertions.Expect(visitor.Page.Locator(".who")).ToContainTextAsync("owner");
        var cookie = (await visitor.Page.Context.CookiesAsync()).Single(one => one.Name == "polydev");
        _site.Watch(cookie.Value);
    }

    // In a terminal the machine asks; the page shows the same code, and the person approves it under a name of their own.
    private async Task LogInAsync(Visitor visitor)
    {
        await using var login = await _site.StartToolAsync("login", _site.Address.AbsoluteUri);
        var code = (await login.LineWithAsync("Code ")).Split(' ')[^1];
        await visitor.Page.GotoAsync("/device");
        await visitor.TypeAsync("Code", code.ToLowerInvariant());
        await visitor.PressAsync(AriaRole.Button, "Continue");
        await Assertions.Expect(visitor.Page.Locator(".code-show")).ToHaveTextAsync(code);
        await visitor.TypeAsync("Name it", Machine);
        await visitor.PressAsync(visitor.Page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Approve ") }));
        await Assertions.Expect(Heading(visitor.Page)).ToContainTextAsync($"{Machine} is ");
        Assert.That(await login.ExitAsync(), Is.Zero, login.Output);
        _site.WatchLogin(login, code);
    }

    // The pages are open before its tunnel starts, and are not loaded again.
    private async Task<RunningProgram> ComeOnlineAsync(Visitor visitor)
    {
        await visitor.OpenLiveAsync("/machines");
        var shown = visitor.Page.Locator("article.machine", new() { HasText = Machine });
        await Assertions.Expect(shown).ToContainTextAsync("Never connected");
        var tunnel = await _site.StartToolAsync("tunnel");
        await visitor.WaitToSeeAsync(shown, "Online since ");
        await visitor.WaitToSeeAsync(shown, "Claude Code");
        await visitor.WaitToSeeAsync(shown, "Codex CLI");
        await Assertions.Expect(visitor.Page.Locator("#count-machines")).ToHaveTextAsync("1 of 1");

        await visitor.OpenLiveAsync("/");
        foreach (var cli in new[] { "Claude Code", "Codex CLI" })
        {
            await visitor.WaitToSeeAsync(visitor.Page.Locator("li.cli", new() { HasText = cli }), "Ready");
        }

        return tunnel;
    }

    private async Task<string> CreateKeyAsync(Visitor visitor, string name, int? limit)
    {
        await visitor.PressAsync(visitor.Page.Locator(".nav > [href='/keys']"));
        await visitor.PressAsync(AriaRole.Link, "Create key");
        await visitor.TypeAsync("Name", name);
        if (limit is not null)
        {
            await visitor.TypeAsync("Calls a month", $"{limit}");
        }

        await visitor.PressAsync(AriaRole.Button, "Create key");
        await Assertions.Expect(visitor.Page.Locator("#verdict")).ToHaveTextAsync("Copy your key now. It is shown this once.");
        await Assertions.Expect(visitor.Page.Locator(".facts")).ToContainTextAsync($", {limit?.ToString() ?? "any number"} a month");
        var shown = await visitor.Page.Locator(".copy-big output").TextContentAsync();
        var key = await visitor.CopyAsync(visitor.Page.Locator(".copy-big"));
        Assert.That(key, Is.EqualTo(shown).And.StartsWith("pk-"));
        _site.WatchSecret(key);

        await visitor.PressAsync(AriaRole.Link, "I have stored it");
        await Assertions.Expect(RowOf(visitor.Page, name).Locator(".badge")).ToHaveTextAsync("Never used");
        Assert.That(await visitor.Page.ContentAsync(), Does.Not.Contain(key));
        if (limit is not null)
        {
            await ExpectMeterAsync(RowOf(visitor.Page, name), $"{name}, {Month}", used: 0);
        }

        return key;
    }

    /// <summary>With the key the page is what a client is set up from: its snippet has all that one pastes.</summary>
    private static async Task<(string Api, string Model)> SetUpAClientAsync(Visitor visitor, string key)
    {
        await visitor.PressAsync(visitor.Page.Locator(".nav > [href='/connect']"));
        var models = visitor.Page.GetByLabel("Model", new() { Exact = true });
        var others = await models.Locator("[label='Not ready now'] option").AllTextContentsAsync();
        var all = await models.Locator("option").CountAsync();
        Assert.That(others, Is.Not.Empty.And.All.StartsWith("gemini-"));
        await Assertions.Expect(visitor.Page.Locator("#ready")).ToHaveTextAsync($"Ready now: {all - others.Count} of {all}");
        if (visitor.HasScript)
        {
            await visitor.TypeAsync("Key", key);
        }

        var python = (await visitor.Page.Locator("pre").First.TextContentAsync())!;
        Assert.That(Quoted(python, "api_key="), Is.EqualTo(visitor.HasScript ? key : "pk-your-key-here"));
        return (Quoted(python, "base_url="), Quoted(python, "model="));
    }

    private async Task RevokeAsync(Visitor visitor, ILocator row)
    {
        await visitor.PressAsync(row.GetByLabel($"Actions for {Key}", new() { Exact = true }));
        await visitor.PressAsync(row.GetByRole(AriaRole.Link, new() { Name = "Revoke", Exact = true }));
        await Assertions.Expect(Heading(visitor.Page)).ToHaveTextAsync($"Revoke {Key}?");
        var today = _calls.Count(day => day == Now.Date);
        await Assertions.Expect(visitor.Page.Locator("#main"))
            .ToContainTextAsync($"It made {(today == 0 ? "no calls" : today == 1 ? "1 call" : $"{today} calls")} today");
        await visitor.PressAsync(AriaRole.Button, $"Revoke {Key}");
        await Assertions.Expect(visitor.Page.Locator("#main")).ToContainTextAsync($"{Key} is revoked.");
        await Assertions.Expect(RowOf(visitor.Page, Key)).ToHaveCountAsync(0);
    }

    /// <summary>To who sees it and to who does not.</summary>
    private static async Task ExpectMeterAsync(ILocator place, string label, int used)
    {
        var meter = place.GetByRole(AriaRole.Meter, new() { Name = label, Exact = true });
        var left = used == Limit ? "used up" : $"{Limit - used} left";
        await Assertions.Expect(meter).ToHaveAttributeAsync("aria-valuenow", $"{used}");
        await Assertions.Expect(meter).ToHaveAttributeAsync("aria-valuetext", new Regex($"^{used} of {Limit} used, {left}"));
        await Assertions.Expect(meter.Locator("rect.f")).ToHaveAttributeAsync("width", $"{100 * used / Limit}%");
        await Assertions.Expect(meter.Locator("svg.bar-out")).ToHaveCountAsync(used == Limit ? 1 : 0);
    }

    private async Task ExpectCallAsync(string api, string key, string model, HttpStatusCode expected)
    {
        var question = $"Is anybody there, {model}?";
        _site.Watch(question);
        using var http = _site.CreateClient();
        var client = new OpenAIClient(new ApiKeyCredential(key), new OpenAIClientOptions
        {
            Endpoint = new Uri(api),
            RetryPolicy = new ClientRetryPolicy(maxRetries: 0),
            Transport = new HttpClientPipelineTransport(http),
        });
        var status = HttpStatusCode.OK;
        try
        {
            var day = Now.Date;
            ChatCompletion answer = await client.GetChatClient(model).CompleteChatAsync(question);
            Assert.That(answer.Content[0].Text, Is.EqualTo(model == KnownModels.Echo ? question : DefaultScript.TextFor(question)));
            _calls.Add(day);
        }
        catch (ClientResultException e)
        {
            status = (HttpStatusCode)e.Status;
        }

        Assert.That(status, Is.EqualTo(expected));
    }

    private static string Quoted(string code, string name) => code.Split($"{name}\"")[1].Split('"')[0];

    private static ILocator Heading(IPage page) => page.GetByRole(AriaRole.Heading, new() { Level = 1 });

    private static ILocator RowOf(IPage page, string key) =>
        page.Locator("table.keys tbody tr", new() { Has = page.GetByRole(AriaRole.Link, new() { Name = key, Exact = true }) });
}
