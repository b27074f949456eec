using System.ClientModel;
using System.ClientModel.Primitives;
using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using OpenAI;
using OpenAI.Chat;
using Polydev.Broker.SignIn;
using Polydev.Broker.Tests.Api;
using Polydev.Broker.Tests.Tunnels;
using Polydev.Shared.Models;

namespace Polydev.Dashboard.Tests;

/// <summary>
/// A key's whole life, in a real browser and with a real client: made with a limit, used up, revoked; by mouse, by keyboard alone, and
/// without script. The calls between show that the pages tell the truth.
/// </summary>
public sealed class KeyStoryTests
{
    private const int Limit = 2;

    private DashboardSite _site = null!;

    [OneTimeSetUp]
    public async Task SetUp() => _site = await DashboardSite.StartAsync();

    [OneTimeTearDown]
    public async Task TearDown() => await _site.DisposeAsync();

    [Test]
    public async Task Key_UsedUpThenRevoked_IsShownSoAndRefused([Values] VisitorKind kind)
    {
        var (name, machine) = ($"key-{kind}", $"desk-{kind}");
        await using var visitor = await Visitor.ComeAsync(_site.Broker.Addresses.Site, kind);
        await SignInAsync(visitor);
        await using var tunnel = await ConnectAsync(visitor, machine);
        var key = await CreateKeyAsync(visitor, name);

        // 1. The bar moves with each call, on a page that stays open.
        await visitor.OpenLiveAsync("/");
        await ExpectCallAsync(key, HttpStatusCode.OK);
        await visitor.LookAgainAsync();
        await ExpectMeterAsync(visitor.Page.Locator("#limits"), $"Key {name}, this hour", used: 1);
        await ExpectCallAsync(key, HttpStatusCode.OK);
        await visitor.LookAgainAsync();
        await ExpectMeterAsync(visitor.Page.Locator("#limits"), $"Key {name}, this hour", used: 2);
        await Assertions.Expect(visitor.Page.Locator("#limits li", new() { HasText = name })).ToContainTextAsync("Used up. Resets ");

        // 2. The hour is used up: the next call is refused, and the key's own line says why.
        await ExpectCallAsync(key, HttpStatusCode.TooManyRequests);
        await visitor.PressAsync(visitor.Page.Locator(".nav > [href='/keys']"));
        var row = RowOf(visitor.Page, name);
        await Assertions.Expect(row.Locator(".badge")).ToHaveTextAsync("Hour used up");
        await Assertions.Expect(row.Locator("td").First).ToHaveTextAsync("2 of 2 used up");
        await ExpectMeterAsync(row, $"{name}, this hour", used: 2);

        // 3. Revoked, it opens nothing any more; another does.
        await visitor.PressAsync(row.GetByLabel($"Actions for {name}", new() { Exact = true }));
        await visitor.PressAsync(row.GetByRole(AriaRole.Link, new() { Name = "Revoke", Exact = true }));
        await Assertions.Expect(Heading(visitor.Page)).ToHaveTextAsync($"Revoke {name}?");
        await Assertions.Expect(visitor.Page.Locator("#main")).ToContainTextAsync("It made 2 calls today");
        await visitor.PressAsync(AriaRole.Button, $"Revoke {name}");
        await Assertions.Expect(visitor.Page.Locator("#main")).ToContainTextAsync($"{name} is revoked.");
        await Assertions.Expect(RowOf(visitor.Page, name)).ToHaveCountAsync(0);
        await ExpectCallAsync(key, HttpStatusCode.Unauthorized);
        await ExpectCallAsync(_site.Broker.Key, HttpStatusCode.OK);
    }

    private async Task SignInAsync(Visitor visitor)
    {
        await visitor.Page.GotoAsync((await _site.CreateLinkAsync(DashboardSite.Owner)).PathAndQuery);
        await visitor.PressAsync(AriaRole.Button, "Sign in");
        await Assertions.Expect(visitor.Page.Locator(".who")).ToContainTextAsync(DashboardSite.Owner);
    }

    // It asks for its code and takes its token as `polydev-mcp login` does, which StoryTests starts.
    private async Task<FakeTunnel> ConnectAsync(Visitor visitor, string name)
    {
        var logins = _site.Broker.Services.GetRequiredService<DeviceLogins>();
        var login = await logins.StartAsync("desk", "0.1.0", "127.0.0.1", default);
        await visitor.Page.GotoAsync("/device");
        await visitor.TypeAsync("Code", UserCode.Show(login.UserCode));
        await visitor.PressAsync(AriaRole.Button, "Continue");
        await Assertions.Expect(visitor.Page.Locator(".code-show")).ToHaveTextAsync(UserCode.Show(login.UserCode));
        await visitor.TypeAsync("Name it", name);
        await visitor.PressAsync(AriaRole.Button, "Approve desk");
        await Assertions.Expect(Heading(visitor.Page)).ToContainTextAsync($"{name} is ");
        var token = (await logins.PollAsync(login.DeviceCode, default)).Issued!.Secret.Reveal();

        await visitor.OpenLiveAsync("/machines");
        var shown = visitor.Page.Locator("article.machine", new() { Has = visitor.Page.Locator("h3", new() { HasText = name }) });
        await Assertions.Expect(shown).ToContainTextAsync("Never connected");
        var tunnel = await FakeTunnel.ConnectAsync(
            _site.Broker.Addresses.Grpc.ToString(), token, Frames.Hello($"tunnel-{name}", Frames.Cli(Providers.Echo)));
        tunnel.Answer = item => Frames.Answer(item.WorkId, "Hello.");
        await visitor.LookAgainAsync();
        await Assertions.Expect(shown).ToContainTextAsync("Online since ");
        return tunnel;
    }

    private static async Task<string> CreateKeyAsync(Visitor visitor, string name)
    {
        await visitor.PressAsync(visitor.Page.Locator(".nav > [href='/keys']"));
        await visitor.PressAsync(AriaRole.Link, "Create key");
        await visitor.TypeAsync("Name", name);
        await visitor.TypeAsync("Calls an hour", $"{Limit}");
        await visitor.PressAsync(AriaRole.Button, "Create key");
        await Assertions.Expect(visitor.Page.Locator("#verdict")).ToHaveTextAsync("Copy your key now. It is shown this once.");
        await Assertions.Expect(visitor.Page.Locator(".facts")).ToContainTextAsync("2 an hour, ");
        var shown = await visitor.Page.Locator(".copy-big output").TextContentAsync();
        var key = await visitor.CopyAsync(visitor.Page.Locator(".copy-big"));
        Assert.That(key, Is.EqualTo(shown).And.StartsWith("pk-"));

        await visitor.PressAsync(AriaRole.Link, "I have stored it");
        await Assertions.Expect(RowOf(visitor.Page, name).Locator(".badge")).ToHaveTextAsync("Never used");
        await ExpectMeterAsync(RowOf(visitor.Page, name), $"{name}, this hour", used: 0);
        Assert.That(await visitor.Page.ContentAsync(), Does.Not.Contain(key));
        return key;
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

    private async Task ExpectCallAsync(string key, HttpStatusCode expected)
    {
        var client = new OpenAIClient(new ApiKeyCredential(key), new OpenAIClientOptions
        {
            Endpoint = new Uri(_site.Broker.Addresses.ApiBase),
            RetryPolicy = new ClientRetryPolicy(maxRetries: 0),
        });
        var status = HttpStatusCode.OK;
        try
        {
            ChatCompletion answer = await client.GetChatClient(KnownModels.Echo).CompleteChatAsync("Is anybody there?");
            Assert.That(answer.Content[0].Text, Is.EqualTo("Hello."));
        }
        catch (ClientResultException e)
        {
            status = (HttpStatusCode)e.Status;
        }

        Assert.That(status, Is.EqualTo(expected));
    }

    private static ILocator Heading(IPage page) => page.GetByRole(AriaRole.Heading, new() { Level = 1 });

    private static ILocator RowOf(IPage page, string key) =>
        page.Locator("table.keys tbody tr", new() { Has = page.GetByRole(AriaRole.Link, new() { Name = key, Exact = true }) });
}
