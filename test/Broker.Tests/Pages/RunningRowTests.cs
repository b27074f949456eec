using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Polydev.Broker.Accounts;
using Polydev.Broker.Calls;
using Polydev.Broker.Tests.Api;
using Polydev.Broker.Tests.Calls;
using Polydev.Broker.Tests.SignIn;
using Polydev.Broker.Tests.Tunnels;
using Polydev.Protos.V1;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Pages;

/// <summary>Calls that run, as rows among the others, and kept up to date.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class RunningRowTests
{
    private SignInBroker _broker = null!;
    private Browser _browser = null!;
    private FakeTunnel _tunnel = null!;

    [SetUp]
    public async Task SetUp()
    {
        _broker = await SignInBroker.StartAsync();
        _tunnel = await _broker.Running.ConnectTunnelAsync();
        _browser = await _broker.SignedInAsync();
    }

    [TearDown]
    public async Task TearDown()
    {
        await _tunnel.DisposeAsync();
        await _broker.DisposeAsync();
    }

    [Test]
    public async Task Calls_ThatRun_StandAboveTheOthersUntilTheyEnd()
    {
        await RecordAsync("done", minutesAgo: 1);
        var (call, item) = await BeginAsync();
        _broker.Time.Advance(TimeSpan.FromSeconds(3));

        var page = await _browser.GetAsync("/calls");
        Assert.That(page.Text, Does.Contain("2 requests in 24 hours; 1 answered, 0 failed, 1 running."));
        Assert.That(page.Html, Does.Match($"(?s)<tbody id=\"running\".*id=\"run-{item.WorkId}\".*</tbody>.*id=\"call-done\""));
        Assert.That(page.Text, Does.Contain("Running").And.Contain("3.00 s so far"));
        Assert.That(page.Html, Does.Contain("title=\"claude-opus-4-6 on Claude Code\"").And.Contain(">test</td>"));

        await _tunnel.SendAsync(Frames.Answer(item.WorkId, "hello"));
        await EndAsync(call);

        Assert.That((await _browser.GetAsync("/calls")).Html, Does.Not.Contain("run-req").And.Contain("id=\"call-done\""));
    }

    [Test]
    public async Task Call_ThatRuns_IsOpenAtItsAddress()
    {
        var (call, item) = await BeginAsync();

        foreach (var query in new[] { "", "?result=failed", "?after=1.req_0" })
        {
            var page = await _browser.GetAsync($"/calls/{item.WorkId}{query}");
            Assert.That(page.Html, Does.Match($"(?s)id=\"call-{item.WorkId}\".*id=\"open\""), query);
            Assert.That(page.Text, Does.Contain("Claude Code 1.0").And.Contain("never stored"), query);
            Assert.That(page.Html, Does.Not.Contain("data-live"), "its row would be sent closed");
        }

        var ann = await _broker.SignedInAsync(await _broker.OpenAccountAsync("ann"));
        Assert.That((await ann.GetAsync($"/calls/{item.WorkId}")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await ann.GetAsync("/calls")).Text, Does.Contain("No calls in the last 24 hours.").And.Not.Contain("Running"));
        await _tunnel.SendAsync(Frames.Answer(item.WorkId, "hello"));
        await EndAsync(call);
    }

    [TestCase("cli=claude", 1)]
    [TestCase("cli=codex", 0)]
    [TestCase("model=claude-opus-4-6", 1)]
    [TestCase("model=o3", 0)]
    [TestCase("key=none", 0)]
    [TestCase("machine=none", 0)]
    [TestCase("result=failed", 0)]
    [TestCase("time=week", 1)]
    public async Task Filter_LeavesOutRunningOnesToo(string filter, int rows)
    {
        var (call, item) = await BeginAsync();

        var page = await _browser.GetAsync($"/calls?{filter}");

        Assert.That(page.Html.Split("id=\"run-req_"), Has.Length.EqualTo(1 + rows));
        Assert.That(page.Html, Does.Not.Contain("data-live"));
        await _tunnel.SendAsync(Frames.Answer(item.WorkId, "hello"));
        await EndAsync(call);
    }

    [Test]
    public async Task Overview_HasThemFirstAmongItsEight()
    {
        for (var number = 1; number <= 9; number++)
        {
            await RecordAsync($"done{number}", minutesAgo: number);
        }

        var (call, item) = await BeginAsync();

        var page = await _browser.GetAsync("/");

        Assert.That(page.Text, Does.Contain("10 requests reached the broker").And.Contain("Answered 9 1 more running"));
        Assert.That(
            page.Html.Split("id=\"call-").Skip(1).Select(rest => rest[..rest.IndexOf('"', StringComparison.Ordinal)]),
            Is.EqualTo((string[])[item.WorkId, .. Enumerable.Range(1, 7).Select(number => $"done{number}")]));
        await _tunnel.SendAsync(Frames.Answer(item.WorkId, "hello"));
        await EndAsync(call);
    }

    [Test]
    public async Task Stream_OfCalls_HasTheVerdictAndTheRowsOfThoseThatRun()
    {
        await RecordAsync("done", minutesAgo: 1);
        var live = new LiveReading(_broker, Account.OwnerId, "calls");
        var idle = await live.NextAsync();
        Assert.That(idle["running"], Does.Not.Contain("<tr"));

        var (call, item) = await BeginAsync();
        var busy = await live.NextAsync();
        Assert.That(busy["verdict"], Does.Contain("2 requests in 24 hours; 1 answered, 0 failed, 1 running."));
        Assert.That(busy["running"], Does.StartWith("<tbody id=\"running\"").And.Contain($"id=\"run-{item.WorkId}\""));
        Assert.That(busy["running"], Does.Not.Contain("done"), "what has ended stays where it is");
        Assert.That(busy["newer"], Is.EqualTo(idle["newer"]));

        await _tunnel.SendAsync(Frames.Answer(item.WorkId, "hello"));
        await EndAsync(call);
        Assert.That((await live.NextAsync())["running"], Is.EqualTo(idle["running"]));
    }

    /// <summary>One that took long began before others that the page has, and still is news.</summary>
    [TestCase(0)]
    [TestCase(10)]
    public async Task Stream_OfCalls_TellsThatThereAreNewerOnes(int minutesAgo)
    {
        await RecordAsync("done", minutesAgo: 5);
        var page = await _browser.GetAsync("/calls");
        Assert.That(page.Html, Does.Contain("id=\"newer\" data-last=\"done\"></div>"));
        var live = new LiveReading(_broker, Account.OwnerId, "calls");
        Assert.That((await live.NextAsync())["newer"], Does.Contain("data-last=\"done\""));

        await RecordAsync("late", minutesAgo, lasted: TimeSpan.FromMinutes(9));

        Assert.That((await live.NextAsync())["newer"], Does.Contain("data-last=\"late\"").And.Contain("<a ").And.Contain("Newer calls"));
    }

    [Test]
    public async Task Stream_OfCalls_OfAnAccountWithoutAny_ShowsItsFirst()
    {
        var live = new LiveReading(_broker, Account.OwnerId, "calls");
        var page = await _browser.GetAsync("/calls");
        Assert.That(page.Html, Does.Match("(?s)id=\"none\".*No calls yet.*id=\"running\""), "what is sent has its place");
        var none = await live.NextAsync();
        Assert.That(none["none"], Does.Contain("No calls yet"));

        var (call, item) = await BeginAsync();

        var running = await live.NextAsync();
        Assert.That(running["none"], Does.Not.Contain("class=\"empty\""));
        Assert.That(running["running"], Does.Contain($"run-{item.WorkId}"));
        await _tunnel.SendAsync(Frames.Answer(item.WorkId, "hello"));
        await EndAsync(call);
        await RecordAsync("done", minutesAgo: 0);

        var ended = await live.NextAsync();
        Assert.That(ended["none"], Is.EqualTo(running["none"]));
        Assert.That(ended["running"], Is.EqualTo(none["running"]));
        Assert.That(ended["newer"], Does.Contain("Newer calls"));
    }

    // Its record has ended when the last of its answer is there.
    private static async Task EndAsync(Task<HttpResponseMessage> call)
    {
        using var response = await call;
        await response.Content.ReadAsStringAsync().DefaultTimeout();
    }

    private async Task<(Task<HttpResponseMessage> Call, WorkItem Item)> BeginAsync()
    {
        var call = _broker.Running.PostAsync(
            "messages", """{"model":"claude-opus-4-6","max_tokens":9,"messages":[{"role":"user","content":"hi"}]}""");
        return (call, await _tunnel.NextAsync());
    }

    private Task RecordAsync(string id, int minutesAgo, TimeSpan? lasted = null)
    {
        var call = SomeCalls.Make(id, Account.OwnerId, at: _broker.Time.GetUtcNow().AddMinutes(-minutesAgo));
        return _broker.Running.Services.GetRequiredService<IUsageStore>().AddAsync(
            [lasted is { } time ? call with { DurationMilliseconds = (long)time.TotalMilliseconds } : call], default);
    }
}
