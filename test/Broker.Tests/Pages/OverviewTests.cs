using Microsoft.Extensions.DependencyInjection;
using Polydev.Broker.Accounts;
using Polydev.Broker.ApiKeys;
using Polydev.Broker.Audit;
using Polydev.Broker.Calls;
using Polydev.Broker.Keys;
using Polydev.Broker.Presence;
using Polydev.Broker.Quotas;
using Polydev.Broker.Tests.Api;
using Polydev.Broker.Tests.Calls;
using Polydev.Broker.Tests.SignIn;
using Polydev.Broker.Tests.Tunnels;
using Polydev.Protos.V1;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Pages;

/// <summary>The first page in each of its states.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class OverviewTests
{
    private SignInBroker _broker = null!;

    [SetUp]
    public async Task SetUp() => _broker = await SignInBroker.StartAsync();

    [TearDown]
    public async Task TearDown() => await _broker.DisposeAsync();

    [Test]
    public async Task FirstRun_WithoutAKey_BeginsAtTheFirstStep()
    {
        var browser = await _broker.SignedInAsync(await _broker.OpenAccountAsync("ann"));

        var page = await browser.GetAsync("/");

        Assert.That(page.Text, Does.Contain("Four steps to your first call. This page follows along; nothing to reload."));
        Assert.That(Steps(page), Is.EqualTo(new[] { "is-now", "", "", "" }));
        Assert.That(page.Text, Does.Contain("Waiting for a machine. Nothing has connected yet."));
        Assert.That(page.Text, Does.Contain($"polydev-mcp login {_broker.Site.GetLeftPart(UriPartial.Authority)}"));
        Assert.That(page.Text, Does.Contain("/api/v1 /chat/completions").And.Contain("polydev-echo"));
        Assert.That(page.Text, Does.Not.Contain("Base URL").And.Not.Contain("Last 24 hours"));
    }

    [Test]
    public async Task FirstRun_StepsCompleteByThemselves()
    {
        var browser = await _broker.SignedInAsync();
        Assert.That(Steps(await browser.GetAsync("/")), Is.EqualTo(new[] { "is-done", "is-now", "", "" }));

        await using var tunnel = await _broker.Running.ConnectTunnelAsync(Frames.Hello(
            "tunnel-1", new CliInfo { Provider = "gemini", Version = "0.61.0", State = CliState.NotLoggedIn }));
        var page = await browser.GetAsync("/");
        Assert.That(Steps(page), Is.EqualTo(new[] { "is-done", "is-done", "is-now", "" }));
        Assert.That(page.Text, Does.Contain("Not signed in").And.Contain("Run gemini on test once and choose a login."));

        await tunnel.SendAsync(new ClientFrame { Catalog = new Catalog { Clis = { Frames.Cli("gemini", "gemini-2.5-pro") } } });
        await UntilAsync(tunnels => tunnels.Online[0].Clis[0].State == CliState.Ready);
        Assert.That(Steps(await browser.GetAsync("/")), Is.EqualTo(new[] { "is-done", "is-done", "is-done", "is-now" }));
    }

    [Test]
    public async Task ACallHasBeenAnswered_TheStepsAreDoneForEver()
    {
        var browser = await _broker.SignedInAsync();
        await RecordAsync(Call("old", _broker.Time.GetUtcNow().AddDays(-20)));
        Assert.That((await browser.GetAsync("/")).Text, Does.Not.Contain("Four steps"));

        await Usage.DeleteCallsAsync(_broker.Time.GetUtcNow(), 100, default);

        Assert.That((await browser.GetAsync("/")).Text, Does.Not.Contain("Four steps"), "its row has gone");
    }

    [Test]
    public async Task Online_ShowsMachinesClisAndTheirWindows()
    {
        var now = _broker.Time.GetUtcNow();
        var claude = Frames.Cli("claude", "claude-opus-4-6", "opus");
        (claude.Login, claude.ReservePercent) = (LoginKind.Subscription, 15);
        claude.Overage = new Overage { State = OverageState.InUse, Allowed = true };
        claude.Windows.Add(Window("5 h", 62, now.AddHours(2)));
        claude.Windows.Add(Window("7 d", 88, now.AddMinutes(-5)));
        var codex = Frames.Cli("codex", "gpt-5.3-codex");
        codex.Login = LoginKind.ApiKey;
        var gemini = new CliInfo { Provider = "gemini", Version = "0.6", State = CliState.Unusable, Hint = "Its lock does not hold." };
        var hello = Frames.Hello("tunnel-1", claude, codex, gemini);
        (hello.Slots, hello.Version) = (8, "0.0.9");
        await using var tunnel = await _broker.Running.ConnectTunnelAsync(hello);
        var browser = await _broker.SignedInAsync();
        await RecordAsync(Call("one", now.AddMinutes(-3)));

        var page = await browser.GetAsync("/");

        Assert.That(page.Text, Does.Contain("Calls are being answered. test is online. Claude Code and Codex CLI answer on test."));
        Assert.That(
            page.Text,
            Does.Contain("Base URL").And.Contain("0 of 8 calls running").And.Contain("polydev-mcp 0.0.9 · 0.1.0 is out"));
        Assert.That(page.Text, Does.Contain("Claude Code 1.0 Paid overage").And.Contain("· subscription · stops at 85 % · 2 models"));
        Assert.That(page.Html, Does.Contain("aria-label=\"Claude Code on test, 5 hour window\"").And.Contain("62 % used, resets "));
        Assert.That(page.Html, Does.Contain("<rect class=\"p\" x=\"60%\""), "three of five hours have passed");
        Assert.That(page.Text, Does.Match("Week 88 % due [0-9:]+"));
        Assert.That(page.Text, Does.Contain("Billed by the vendor per token; no usage windows."));
        Assert.That(page.Text, Does.Contain("Unusable").And.Contain("Its lock does not hold."));
        Assert.That(page.Text, Does.Contain("This account has no limits."));
    }

    [Test]
    public async Task Online_ShowsTheDayInFourFiguresAndTheLastEightCalls()
    {
        await using var tunnel = await _broker.Running.ConnectTunnelAsync();
        var now = _broker.Time.GetUtcNow();
        await RecordAsync(
            [
                Call("refused", now.AddMinutes(-1), CallResult.Refused) with { RefusedBy = "hour", FirstTokenMilliseconds = null },
                .. Enumerable.Range(1, 9).Select(number => Call($"call{number}", now.AddMinutes(-10 - number))),
                Call("yesterday", now.AddHours(-25)),
            ]);
        var browser = await _broker.SignedInAsync();

        var page = await browser.GetAsync("/");

        Assert.That(page.Text, Does.Contain("10 requests reached the broker"));
        Assert.That(page.Text, Does.Contain("Answered 9 Failed 1 1 × limit First token, median 0.04 s slowest 0.04 s"));
        Assert.That(page.Text, Does.Contain("Tokens 1,000 in · 200 out · 60 % of input cached"));
        Assert.That(
            Ids(page, "call-"),
            Is.EqualTo((string[])["call-refused", .. Enumerable.Range(1, 7).Select(number => $"call-call{number}")]));
    }

    [Test]
    public async Task Offline_SaysSinceWhenAndWhatToDo()
    {
        var browser = await _broker.SignedInAsync();
        browser.Cookies["polydev-zone"] = "Europe%2FBerlin";
        await RecordAsync(Call("one", _broker.Time.GetUtcNow().AddDays(-2)));
        await using (await _broker.Running.ConnectTunnelAsync())
        {
            Assert.That((await browser.GetAsync("/")).Text, Does.Contain("Calls are being answered."));
        }

        await UntilAsync(tunnels => tunnels.Online.Count == 0);
        var page = await browser.GetAsync("/");
        Assert.That(page.Text, Does.Contain("No machine is online. Calls get 503 “Tunnel offline”."));
        Assert.That(page.Text, Does.Contain("The last one, test, left").And.Contain("Bring one back").And.Contain("polydev-mcp doctor"));
        Assert.That(page.Text, Does.Not.Contain("Last 24 hours").And.Not.Contain("Base URL"));
        Assert.That(page.Text, Does.Contain("Claude Code").And.Contain("· as of"), "what it had is still shown");
        Assert.That(page.Text, Does.Contain("no call has come"));

        await RecordAsync(Call("late", _broker.Time.GetUtcNow(), CallResult.Failed) with { Outcome = "TunnelOffline", Status = 503 });
        page = await browser.GetAsync("/");

        Assert.That(page.Text, Does.Contain("Refused since").And.Contain("one call got 503; clients that retry will find the tunnel"));
        Assert.That(Ids(page, "call-"), Is.EqualTo(new[] { "call-late" }));
    }

    [Test]
    public async Task Limits_AreUsedUpOnesThenTheNearest()
    {
        var account = await _broker.OpenAccountAsync("ann");
        var key = (await _broker.Running.Services.GetRequiredService<ApiKeyDirectory>().CreateAsync(
            account, "ci", new KeyLimits(2, null, null), Actor.CommandLine(), default))!.Credential;
        var quotas = _broker.Running.Services.GetRequiredService<IQuotaStore>();
        for (var call = 0; call < 2; call++)
        {
            await quotas.AdmitAsync(key.Id, _broker.Time.GetUtcNow(), default);
        }

        await Usage.AddAsync([Call("one", _broker.Time.GetUtcNow()) with { AccountId = account }], default);
        var browser = await _broker.SignedInAsync(account);

        var page = await browser.GetAsync("/");

        Assert.That(
            page.Text,
            Does.Match("Limits All windows ci, this hour 2 of 2 Used up. Resets .+, in .+ Raise the limit ci, today 2 of 50 48 left."));
        Assert.That(page.Html, Does.Contain($"<a href=\"/keys/{key.Id}\">Raise the limit</a>").And.Contain("2 of 2 used, used up, resets"));
    }

    [Test]
    public async Task Month_EndsEarlyAtTheWeeksPace_IsTold()
    {
        // A week before the month's end.
        await _broker.DisposeAsync();
        _broker = await SignInBroker.StartAsync(startedAt: new DateTimeOffset(2026, 11, 24, 13, 38, 0, TimeSpan.Zero));
        var account = await _broker.OpenAccountAsync("ann");
        await _broker.Running.Services.GetRequiredService<ApiKeyDirectory>().CreateAsync(
            account, "ci", default, Actor.CommandLine(), default);
        var now = _broker.Time.GetUtcNow();
        await AddAsync(calls: 7);
        var browser = await _broker.SignedInAsync(account);
        Assert.That((await browser.GetAsync("/")).Text, Does.Not.Contain("pace"), "500 a month are more than one a day");

        await AddAsync(calls: 3500);
        var page = await browser.GetAsync("/");

        var end = now.AddDays(500 / 501.0);
        Assert.That(page.Text, Does.Contain($"500 left, runs out about {end:ddd d MMM} at this week’s pace. Resets"));

        Task AddAsync(int calls) => Usage.AddAsync(
            [.. Enumerable.Range(0, calls).Select(call => Call($"{calls}-{call}", now) with { AccountId = account })], default);
    }

    [Test]
    public async Task AnotherAccount_IsSeenNothingOf()
    {
        await using var tunnel = await _broker.Running.ConnectTunnelAsync();
        await RecordAsync(Call("secret", _broker.Time.GetUtcNow()));
        var browser = await _broker.SignedInAsync(await _broker.OpenAccountAsync("ann"));

        var page = await browser.GetAsync("/");

        Assert.That(page.Text, Does.Contain("Four steps").And.Not.Contain("call-secret").And.Not.Contain("Claude Code 1.0"));
    }

    private IUsageStore Usage => _broker.Running.Services.GetRequiredService<IUsageStore>();

    private static IEnumerable<string> Steps(BrowserPage page) =>
        page.Html.Split("<li class=\"step").Skip(1).Select(step => step[..step.IndexOf('"', StringComparison.Ordinal)].Trim());

    private static IEnumerable<string> Ids(BrowserPage page, string prefix) =>
        page.Html.Split($"id=\"{prefix}").Skip(1).Select(rest => prefix + rest[..rest.IndexOf('"', StringComparison.Ordinal)]);

    private static VendorWindow Window(string label, double used, DateTimeOffset resets) =>
        new() { Label = label, UsedPercent = used, ResetsAt = resets.ToUnixTimeSeconds(), AsOf = 1 };

    private static RecordedCall Call(string id, DateTimeOffset at, CallResult result = CallResult.Answered) =>
        SomeCalls.Make(id, Account.OwnerId, at: at, result: result);

    private Task RecordAsync(params RecordedCall[] calls) => Usage.AddAsync(calls, default);

    // What a tunnel does is known when the broker has read it from its socket.
    private async Task UntilAsync(Func<AccountTunnels, bool> isSo)
    {
        var directory = _broker.Running.Services.GetRequiredService<ITunnelDirectory>();
        for (var seen = await directory.FindAsync(Account.OwnerId, default); !isSo(seen);)
        {
            await directory.WaitForChangeAsync(seen, default).DefaultTimeout();
            seen = await directory.FindAsync(Account.OwnerId, default);
        }
    }
}
