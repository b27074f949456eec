using Microsoft.Playwright;
using Polydev.Broker.Tests.Tunnels;
using Polydev.TestKit;

namespace Polydev.Dashboard.Tests;

/// <summary>A call that begins and ends while somebody looks at the page of calls.</summary>
public sealed class RunningCallTests
{
    private const string Question = """{"model":"claude-opus-4-6","max_tokens":9,"messages":[{"role":"user","content":"hi"}]}""";

    // A machine that is busy takes longer than the five seconds that are waited by themselves.
    private static readonly float Patience = (float)TaskTimeouts.Default.TotalMilliseconds;

    private DashboardSite _site = null!;

    [OneTimeSetUp]
    public async Task SetUp() => _site = await DashboardSite.StartAsync();

    [OneTimeTearDown]
    public async Task TearDown() => await _site.DisposeAsync();

    /// <summary>The table is there, for what will be sent, and not to be seen.</summary>
    [Test]
    public async Task Account_WithoutACall_SeesWordsAlone()
    {
        await using var context = await _site.OpenAsync(DashboardSite.Ann);
        var page = await context.NewPageAsync();
        await page.GotoAsync("/calls");

        await Assertions.Expect(page.Locator("#none")).ToContainTextAsync(
            "Your first call will appear here.", new() { Timeout = Patience });
        await Assertions.Expect(page.Locator(".list")).ToBeHiddenAsync(new() { Timeout = Patience });
        await page.EvaluateAsync("document.getElementById('none').replaceChildren()");
        await Assertions.Expect(page.Locator(".list")).ToBeVisibleAsync(new() { Timeout = Patience });
    }

    [Test]
    public async Task Row_ComesAndGoesByItself_AndNotUnderTheHand()
    {
        await using var context = await _site.OpenAsync(DashboardSite.Owner);
        var page = await context.NewPageAsync();
        await page.GotoAsync("/calls");
        var (rows, ended, newer) = (page.Locator("#running tr"), page.Locator("#running + tbody tr"), page.Locator("#newer a"));
        await Assertions.Expect(page.Locator("#live")).ToHaveTextAsync("Live", new() { Timeout = Patience });
        var shown = await ended.CountAsync();
        _site.Tunnel.Answer = null;

        var call = _site.Broker.PostAsync("messages", Question);
        var item = await _site.Tunnel.NextAsync();
        await Assertions.Expect(rows).ToHaveCountAsync(1, new() { Timeout = Patience });
        await Assertions.Expect(rows.First).ToContainTextAsync("Running");

        // Under the hand: what has ended stays, until the pointer leaves.
        await ended.First.HoverAsync();
        await _site.Tunnel.SendAsync(Frames.Answer(item.WorkId, "hello"));
        (await call).Dispose();
        await Assertions.Expect(newer).ToHaveTextAsync("Newer calls", new() { Timeout = Patience });
        Assert.That(await rows.CountAsync(), Is.EqualTo(1));
        await page.Mouse.MoveAsync(0, 0);
        await Assertions.Expect(rows).ToHaveCountAsync(0, new() { Timeout = Patience });

        Assert.That(await ended.CountAsync(), Is.EqualTo(shown), "a new row waits behind its link");
        await newer.ClickAsync();
        await Assertions.Expect(page.Locator($"[id='call-{item.WorkId}']")).ToBeVisibleAsync();
    }
}
