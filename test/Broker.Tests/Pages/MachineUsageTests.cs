using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Polydev.Broker.Accounts;
using Polydev.Broker.Audit;
using Polydev.Broker.Machines;
using Polydev.Broker.Tests.SignIn;
using Polydev.Broker.Tests.Tunnels;
using Polydev.Shared.Tunnel;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Pages;

/// <summary>Overage and reserve of a machine, by a form that needs no script.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class MachineUsageTests
{
    private SignInBroker _broker = null!;
    private Browser _browser = null!;

    private string Id => _broker.Running.Token["pd_".Length..][..12];

    private string Path => $"/machines/{Id}/usage";

    [SetUp]
    public async Task SetUp()
    {
        _broker = await SignInBroker.StartAsync();
        _browser = await _broker.SignedInAsync();
    }

    [TearDown]
    public async Task TearDown() => await _broker.DisposeAsync();

    [Test]
    public async Task Page_FromTheMachinesMenu_HasFieldsForEachCli()
    {
        Assert.That((await _browser.GetAsync("/machines")).Html, Does.Contain($"href=\"{Path}\""));

        var page = await _browser.GetAsync(Path);

        Assert.That(page.Text, Does.Contain("What callers may use on test").And.Contain("Claude Code").And.Contain("Gemini CLI"));
        Assert.That(page.Text, Does.Contain("Go on when the vendor counts calls as paid").And.Contain("% of each window"));
        Assert.That(page.Text, Does.Contain("POLYDEV_ALLOW_OVERAGE").And.Contain("POLYDEV_RESERVE"));
        Assert.That(page.Html, Does.Contain("name=\"codex_allow_overage\" value=\"1\" />"));
        Assert.That(page.Html, Does.Contain("name=\"gemini_reserve_percent\""));
        Assert.That(page.Html, Does.Not.Contain(" checked").And.Not.Contain("Saved."));
    }

    [Test]
    public async Task Save_WhatWasTyped_IsKeptAndSaidAndStandsInTheFields()
    {
        var answer = await SubmitAsync(
            ("claude_allow_overage", "1"),
            ("claude_reserve_percent", ""),
            ("codex_reserve_percent", " 15 "),
            ("gemini_reserve_percent", "0"));

        Assert.That((answer.Status, answer.Location), Is.EqualTo((HttpStatusCode.SeeOther, $"{Path}?said=saved")));
        var page = await _browser.FollowAsync(answer);
        Assert.That(page.Text, Does.Contain("Saved. It holds there once the machine is online."));
        Assert.That(page.Html, Does.Contain("name=\"claude_allow_overage\" value=\"1\" checked").And.Contain("value=\"15\""));
        Assert.That(page.Html, Does.Contain("name=\"codex_allow_overage\" value=\"1\" />"));
        Assert.That((await _browser.GetAsync(Path)).Text, Does.Not.Contain("Saved."));
        Assert.That(
            (await _browser.GetAsync("/settings")).Text,
            Does.Contain("Usage of machine test changed: claude paid overage allowed, 0 % kept back; codex paid overage not allowed, "
                + "15 % kept back"));

        await SubmitAsync(("codex_reserve_percent", "15"));

        Assert.That((await _browser.GetAsync(Path)).Html, Does.Not.Contain(" checked"));
    }

    [TestCase("101")]
    [TestCase("-1")]
    [TestCase("1.5")]
    [TestCase("a lot")]
    [TestCase("99999999999")]
    public async Task Save_NoPercentage_KeepsWhatWasTypedAndSaysWhyBesideIt(string typed)
    {
        var answer = await SubmitAsync(("claude_allow_overage", "1"), ("claude_reserve_percent", "10"), ("codex_reserve_percent", typed));

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
        Assert.That(answer.Html, Does.Match(
            "name=\"codex_reserve_percent\"[^>]*aria-describedby=\"codex_reserve_percent-h\" aria-invalid=\"true\" autofocus"));
        Assert.That(answer.Text, Does.Contain("A whole number from 0 to 100."));
        Assert.That(answer.Html, Does.Contain($"value=\"{typed}\"").And.Contain("value=\"10\"").And.Contain(" checked"));
        Assert.That((await _browser.GetAsync(Path)).Html, Does.Not.Contain(" checked"), "nothing was saved");
    }

    [Test]
    public async Task Page_OfATunnelThatIsTooOld_SaysThatItDoesNotGoByIt([Values] bool isOld)
    {
        var hello = Frames.Hello("tunnel-1", Frames.Cli("claude"));
        hello.Features.Add(isOld ? [] : [TunnelProtocol.RulesFeature]);
        await using var tunnel = await _broker.Running.ConnectTunnelAsync(hello);

        var saved = await _browser.FollowAsync(await SubmitAsync(("claude_reserve_percent", "1")));

        Assert.That(saved.Text.Contains("test does not go by it yet.", StringComparison.Ordinal), Is.EqualTo(isOld));
        Assert.That(
            saved.Text,
            Does.Contain($"Saved. It holds there {(isOld ? "once polydev-mcp is up to date." : "from the next call on.")}"));
    }

    [Test]
    public async Task AnothersOrARevokedMachine_IsNotFound()
    {
        var ann = await _broker.OpenAccountAsync("ann");
        var machines = _broker.Running.Services.GetRequiredService<MachineTokens>();
        var hers = (await machines.CreateAsync(ann, "notebook", Actor.CommandLine(), default)).Credential.Id;
        var form = (await _browser.GetAsync(Path)).FormTo(Path);
        (string, string)[] typed = [.. form, ("claude_allow_overage", "1"), ("claude_reserve_percent", "wrong")];
        await machines.RevokeAsync(Account.OwnerId, Id, Actor.CommandLine(), default);

        foreach (var id in new[] { hers, Id, "nosuch" })
        {
            Assert.That((await _browser.GetAsync($"/machines/{id}/usage")).Status, Is.EqualTo(HttpStatusCode.NotFound), id);
            Assert.That((await _browser.PostAsync($"/machines/{id}/usage", typed)).Status, Is.EqualTo(HttpStatusCode.NotFound), id);
        }

        var rules = await _broker.Running.Services.GetRequiredService<IMachineRuleStore>().ListAsync(ann, default);
        Assert.That(rules, Is.Empty);
    }

    [Test]
    public async Task Save_WithoutTheFormsToken_IsRefused()
    {
        var answer = await _browser.PostAsync(Path, ("claude_allow_overage", "1"));

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That((await _browser.GetAsync(Path)).Html, Does.Not.Contain(" checked"));
    }

    private async Task<BrowserPage> SubmitAsync(params (string, string)[] typed) =>
        await _browser.SubmitAsync(await _browser.GetAsync(Path), Path, typed);
}
