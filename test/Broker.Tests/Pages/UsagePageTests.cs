using System.Globalization;
using System.Net;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Polydev.Broker.Calls;
using Polydev.Broker.Quotas;
using Polydev.Broker.Storage;
using Polydev.Broker.Tests.SignIn;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Pages;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class UsagePageTests
{
    private SignInBroker _broker = null!;
    private UsedAccount _ann = null!;
    private Browser _browser = null!;

    private DateTimeOffset Now => _broker.Time.GetUtcNow();

    [SetUp]
    public async Task SetUp()
    {
        _broker = await SignInBroker.StartAsync();
        _ann = await UsedAccount.OpenAsync(_broker);
        _browser = await _broker.SignedInAsync(_ann.Id);
    }

    [TearDown]
    public async Task TearDown() => await _broker.DisposeAsync();

    [Test]
    public async Task Page_NoKeyAndNoCall_HasAxesAndTheAccount()
    {
        var page = await _browser.GetAsync("/usage");

        Assert.That(page.Text, Does.Contain("No limit is near.").And.Contain("Your first call will appear here."));
        Assert.That(page.Text, Does.Contain("0 of 500").And.Contain("all keys together"));
        Assert.That(page.Html, Does.Contain("role=\"img\"").And.Contain("none.\"").And.Not.Contain("By model"));
        Assert.That(page.Html, Does.Contain("id=\"lede\" hidden></p>"));
    }

    [Test]
    public async Task Page_OfWhoHasNoLimits_SaysSo()
    {
        var owner = await _broker.SignedInAsync();

        Assert.That((await owner.GetAsync("/usage")).Text, Does.Contain("0 calls today. This account has no limits."));
    }

    [Test]
    public async Task Page_WindowUsedUp_NamesItsKey()
    {
        var ci = await _ann.AddKeyAsync("ci", perHour: 3);
        await _ann.AddKeyAsync("notebook");
        await _ann.CountAsync(ci, 3);

        var page = await _browser.GetAsync("/usage");

        Assert.That(page.Text, Does.Contain("One window is used up: ci, this hour."));
        Assert.That(page.Html, Does.Contain("aria-label=\"ci, this hour\"").And.Contain("3 of 3 used, used up").And.Contain("bar-out"));
        Assert.That(page.Text, Does.Contain("3 of 50").And.Contain("47 left"), "the day");
        Assert.That(page.Html, Does.Contain($"href=\"/keys/{ci}\">ci</a>"));
    }

    [Test]
    public async Task Page_AccountsMonthEndsAKeyFirst_SaysThatItDoes()
    {
        var first = await _ann.AddKeyAsync("first");
        var second = await _ann.AddKeyAsync("second");
        await _ann.CountAsync(first, 2);
        await _ann.CountAsync(second, 1);

        var page = await _browser.GetAsync("/usage");

        Assert.That(page.Text, Does.Contain("3 of 500").And.Contain("497 left"));
        Assert.That(page.Text, Does.Contain("2 of 500 497 left: account"), "its own month has 498");
    }

    /// <summary>The account's figures are the sums of what is shown below it.</summary>
    [Test]
    public async Task Page_KeyThatWasRevoked_StillCountsForTheAccount()
    {
        var gone = await _ann.AddKeyAsync("gone");
        await _ann.CountAsync(gone, 4);
        await _ann.RevokeKeyAsync(gone);

        var page = await _browser.GetAsync("/usage");

        Assert.That(page.Text, Does.Contain("One ended key").And.Contain("4 of 500"));
        Assert.That(page.Text, Does.Not.Contain("gone"));
    }

    [Test]
    public async Task Stream_ACallIsCounted_ChangesItsWindowsAndTheAccounts()
    {
        var ci = await _ann.AddKeyAsync("ci", perHour: 1);
        await _ann.AddKeyAsync("idle");
        var live = new LiveReading(_broker, _ann.Id, "usage");
        var before = await live.NextAsync();

        await _ann.CountAsync(ci, 1);
        var after = await live.NextAsync();

        Assert.That(after["verdict"], Does.Contain("One window is used up: ci, this hour."));
        Assert.That(after[$"used-{ci}-hour"], Does.StartWith("<td ").And.Contain("1 of 1 used, used up"));
        Assert.That(after["used-account-hour"], Is.Not.EqualTo(before["used-account-hour"]));
        Assert.That(after["until-hour"], Is.EqualTo(before["until-hour"]));
    }

    /// <summary>It has its place in a page that was loaded without it, and leaves one that was loaded with it.</summary>
    [Test]
    public async Task Stream_SentenceBelowTheVerdict_ComesAndGoes()
    {
        await _ann.CountAsync(await _ann.AddKeyAsync("ci"), 1);
        await _ann.RecordAsync([.. Enumerable.Range(0, 14).Select(call => _ann.Call($"call{call}"))]);
        var live = new LiveReading(_broker, _ann.Id, "usage");
        Assert.That((await _browser.GetAsync("/usage")).Html, Does.Contain("<p class=\"lede\" id=\"lede\" hidden></p>"));
        Assert.That((await live.NextAsync())["lede"], Is.EqualTo("<p class=\"lede\" id=\"lede\" hidden></p>"));

        await UseAsync(400);
        Assert.That(
            (await live.NextAsync())["lede"], Does.StartWith("<p class=\"lede\" id=\"lede\">At this week&#x2019;s pace of 2 a day"));

        await UseAsync(1);
        Assert.That((await live.NextAsync())["lede"], Is.EqualTo("<p class=\"lede\" id=\"lede\" hidden></p>"));

        async Task UseAsync(int messages)
        {
            await using var connection = await _broker.Running.Services.GetRequiredService<Database>().OpenAsync(default);
            await connection.ExecuteAsync("UPDATE accounts SET month_used = @messages WHERE id = @Id", new { messages, _ann.Id });
        }
    }

    [Test]
    public async Task Resets_InTheViewersZone_HaveUtcBeside()
    {
        _browser.Cookies["polydev-zone"] = Uri.EscapeDataString("Asia/Kolkata");

        var page = await _browser.GetAsync("/usage");

        var day = new QuotaWindow(QuotaWindowKind.Day, QuotaStarts.At(Now).Day, 0, null).ResetsAt;
        Assert.That(page.Text, Does.Contain("Times are yours (Kolkata).").And.Contain("05:30 · 00:00 UTC"));
        Assert.That(page.Html, Does.Contain($"datetime=\"{day:yyyy-MM-dd}T00:00:00Z\""));
        _browser.Cookies.Remove("polydev-zone");
        Assert.That((await _browser.GetAsync("/usage")).Text, Does.Contain("Times are UTC: your time zone is not known."));
    }

    [Test]
    public async Task Days_ByModelCliAndKey_StackWhatThereWas()
    {
        var key = await _ann.AddKeyAsync("notebook");
        var call = _ann.Call("req_1", key, minutesAgo: 0);
        await _ann.RecordAsync(
            call,
            call with { Id = "req_2", Provider = "codex", Model = "gpt-5.3-codex", KeyId = "deleted" },
            call with { Id = "req_3", BeganAt = Now.AddDays(-29) },
            call with { Id = "req_4", BeganAt = Now.AddDays(-30) });
        var today = Now.UtcDateTime.ToString("ddd d MMM", CultureInfo.InvariantCulture);

        var models = await _browser.GetAsync("/usage");
        var clis = await _browser.GetAsync("/usage?m=tokens&by=cli");
        var keys = await _browser.GetAsync("/usage?by=key");

        Assert.That(Plain(models), Does.Contain($"<title>{today} · 2 calls so far: claude-opus-4-6 1, gpt-5.3-codex 1</title>"));
        Assert.That(models.Text, Does.Contain("3 calls · 300 tokens in · 60 out"));
        Assert.That(Plain(models), Does.Contain("3 in total; the most on"));
        Assert.That(Plain(clis), Does.Contain($"<title>{today} · 240 tokens so far: Claude Code 120, Codex CLI 120</title>"));
        Assert.That(Plain(clis), Does.Contain("href=\"/usage?m=tokens&by=key#days\"").And.Contain("by=cli#days\" aria-current=\"true\""));
        Assert.That(Plain(keys), Does.Contain("2 calls so far: deleted 1, notebook 1").Or.Contain("2 calls so far: notebook 1, deleted 1"));
        Assert.That(keys.Text, Does.Contain("Show as a table"));
    }

    [Test]
    public async Task Models_HaveTotalsAndAreAFile()
    {
        var call = _ann.Call("req_1", minutesAgo: 0);
        await _ann.RecordAsync(
            call,
            call with { Id = "req_2" },
            call with { Id = "req_3", Provider = "gemini", Model = "=gemini", CachedTokens = 0, ThinkingTokens = 0 },
            call with { Id = "req_4", Provider = "", Model = "nothing", Result = CallResult.Failed, InputTokens = 0, OutputTokens = 0 });

        var page = await _browser.GetAsync("/usage");
        var file = await _browser.GetAsync("/usage.csv");

        Assert.That(page.Text, Does.Contain("claude-opus-4-6 Claude Code 2 50 % 0 200 60 % 40 10"));
        Assert.That(page.Text, Does.Contain("=gemini Gemini CLI 1 25 % 0 100 — 20 —"));
        Assert.That(page.Text, Does.Contain("No CLI was found — 1 25 % 1"));
        Assert.That(page.Text, Does.Contain("All 4 1 300"));
        Assert.That(file.Html, Does.StartWith("model,cli,calls,failed").And.Contain("\r\nclaude-opus-4-6,claude,2,0,200,120,40,10\r\n"));
        Assert.That(file.Html, Does.Contain("'=gemini,gemini,1"));
        Assert.That(file.Headers["Content-Disposition"], Does.Match("polydev-usage-[0-9-]+-to-[0-9-]+\\.csv"));
    }

    [Test]
    public async Task Page_OfAnotherAccount_ShowsNothingOfThisOne()
    {
        var bob = await UsedAccount.OpenAsync(_broker, "bob");
        var key = await bob.AddKeyAsync("bobs-key");
        await bob.RecordAsync(bob.Call("req_1", key, minutesAgo: 0) with { Model = "bobs-model" });

        foreach (var path in new[] { "/usage", "/usage?by=key", "/usage.csv" })
        {
            Assert.That((await _browser.GetAsync(path)).Html, Does.Not.Contain("bobs-"), path);
        }
    }

    // Signs as they are meant.
    private static string Plain(BrowserPage page) => WebUtility.HtmlDecode(page.Html);
}
