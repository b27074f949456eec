using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Polydev.Broker.Accounts;
using Polydev.Broker.Audit;
using Polydev.Broker.Keys;
using Polydev.Broker.Machines;
using Polydev.Broker.Tests.SignIn;
using Polydev.Broker.Tests.Tunnels;
using Polydev.Protos.V1;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Pages;

/// <summary>The machines' page: what it tells, and what its forms do.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class MachinesTests
{
    private SignInBroker _broker = null!;
    private Browser _browser = null!;

    [SetUp]
    public async Task SetUp()
    {
        _broker = await SignInBroker.StartAsync();
        _browser = await _broker.SignedInAsync();
    }

    [TearDown]
    public async Task TearDown() => await _broker.DisposeAsync();

    [Test]
    public async Task NoMachineYet_TellsHowToAddOne()
    {
        var browser = await _broker.SignedInAsync(await _broker.OpenAccountAsync("ann"));

        var page = await browser.GetAsync("/machines");

        Assert.That(page.Text, Does.Contain("No machine yet.").And.Contain("Waiting for a machine. Nothing has connected yet."));
        Assert.That(page.Text, Does.Contain("polydev-mcp login").And.Contain("polydev-mcp setup"));
    }

    [Test]
    public async Task AMachine_ShowsItsStateItsDayAndItsClis()
    {
        var hello = Frames.Hello(
            "tunnel-1",
            Frames.Cli("claude", "opus"),
            new CliInfo { Provider = "gemini", Version = "0.6", State = CliState.NotLoggedIn },
            new CliInfo { Provider = "codex", State = CliState.NotInstalled });
        hello.Version = "0.0.9";
        await using var tunnel = await _broker.Running.ConnectTunnelAsync(hello);

        var page = await _browser.GetAsync("/machines");

        Assert.That(page.Text, Does.Contain("test is online. test can be updated."));
        Assert.That(page.Text, Does.Match("Online since [0-9:]+ polydev-mcp 0.0.9 0.1.0 is out"));
        Assert.That(page.Text, Does.Contain("Claude Code 1.0 Gemini CLI not signed in").And.Not.Contain("Codex CLI 0"));
        Assert.That(page.Html, Does.Contain("<svg class=\"days\"").And.Contain("role=\"img\" aria-label=\""));
        Assert.That(
            page.Html,
            Does.Contain($"/machines?rename={Id}").And.Contain($"/calls?machine={Id}").And.Contain($"/machines/{Id}/revoke"));
    }

    [Test]
    public async Task Rename_InPlace_ChangesTheName()
    {
        var form = await _browser.GetAsync($"/machines?rename={Id}");
        Assert.That(form.HiddenFields, Has.Count.EqualTo(1));
        Assert.That(form.Html, Does.Contain("value=\"test\"").And.Contain("data-cancel").And.Contain(" autofocus"));

        var answer = await _browser.SubmitAsync(form, ("name", " studio "));

        Assert.That((answer.Status, answer.Location), Is.EqualTo((HttpStatusCode.SeeOther, $"/machines#menu-{Id}")));
        var page = await _browser.GetAsync("/machines");
        Assert.That(page.Text, Does.Contain("studio is offline.").And.Contain("Never connected"));
        Assert.That(page.Html, Does.Contain("aria-label=\"Actions for studio\"").And.Not.Contain("<form"));
    }

    [TestCase("")]
    [TestCase("   ")]
    public async Task Rename_ToNoName_KeepsTheFormAndSaysWhy(string name)
    {
        var answer = await _browser.SubmitAsync(await _browser.GetAsync($"/machines?rename={Id}"), ("name", name));

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
        Assert.That(answer.Html, Does.Contain("aria-invalid=\"true\" aria-describedby=\"new-name-error\""));
        Assert.That(answer.Text, Does.Contain("1 to 100 characters."));
    }

    [Test]
    public async Task Revoke_SaysWhatEndsAndEndsIt()
    {
        await using var tunnel = await _broker.Running.ConnectTunnelAsync();
        var ask = await _browser.GetAsync($"/machines/{Id}/revoke");
        Assert.That(ask.Text, Does.Contain("Revoke test?").And.Contain("Its tunnel ends at once. No call runs there."));
        Assert.That(ask.Text, Does.Contain("No other machine is online. Calls then get 503 “Tunnel offline”."));
        Assert.That(ask.Html, Does.Contain("autofocus>Keep it</a>").And.Contain(">Revoke test</button>"));

        var answer = await _browser.SubmitAsync(ask);

        Assert.That((answer.Status, answer.Location), Is.EqualTo((HttpStatusCode.SeeOther, "/machines")));
        var page = await _browser.GetAsync("/machines");
        Assert.That(page.Text, Does.Contain("No machine yet.").And.Contain("1 revoked machine test, revoked just now"));
        Assert.That((await _browser.GetAsync($"/machines/{Id}/revoke")).Status, Is.EqualTo(HttpStatusCode.NotFound), "it is revoked");
    }

    [Test]
    public async Task AnothersMachine_IsNotFound()
    {
        var ann = await _broker.OpenAccountAsync("ann");
        var mine = await CreateAsync(ann, "notebook");
        var browser = await _broker.SignedInAsync(ann);
        var rename = await browser.GetAsync($"/machines?rename={mine}");
        var revoke = await browser.GetAsync($"/machines/{mine}/revoke");

        Assert.That((await browser.GetAsync($"/machines/{Id}/revoke")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await browser.GetAsync($"/machines?rename={Id}")).Html, Does.Not.Contain("<form"));
        foreach (var (path, page, name) in new[] { ("name", rename, "stolen"), ("name", rename, ""), ("revoke", revoke, "") })
        {
            var answer = await browser.PostAsync($"/machines/{Id}/{path}", [.. page.HiddenFields, ("name", name)]);
            Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.NotFound), $"{path} {name}");
        }

        Assert.That((await _browser.GetAsync("/machines")).Text, Does.Contain("test is offline."), "nothing of it has changed");
    }

    [Test]
    public async Task AName_IsTextInThePage()
    {
        await CreateAsync(Account.OwnerId, "<b>x</b>");

        var page = await _browser.GetAsync("/machines");

        Assert.That(page.Html, Does.Not.Contain("<b>x").And.Contain("&lt;b&gt;x&lt;/b&gt;"));
    }

    private string Id => _broker.Running.Token["pd_".Length..][..12];

    private async Task<string> CreateAsync(string account, string name) => (await _broker.Running.Services
        .GetRequiredService<MachineTokens>().CreateAsync(account, name, Actor.CommandLine(), default)).Credential.Id;
}
