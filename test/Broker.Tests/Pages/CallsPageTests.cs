using System.Net;
using Polydev.Broker.Calls;
using Polydev.Broker.Tests.SignIn;
using Polydev.Broker.Tests.Tunnels;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Pages;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class CallsPageTests
{
    private SignInBroker _broker = null!;
    private UsedAccount _ann = null!;
    private Browser _browser = null!;

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
    public async Task List_NoCallEver_TellsWhereTheFirstWillBe()
    {
        var page = await _browser.GetAsync("/calls");

        Assert.That(page.Text, Does.Contain("No calls in the last 24 hours.").And.Contain("Your first call will appear here."));
        Assert.That(page.Html, Does.Not.Contain("<td"), "what will be sent has its place, and no row");
    }

    [Test]
    public async Task List_OlderCallsOnly_LeadsToThem()
    {
        await _ann.RecordAsync(_ann.Call("req_old", minutesAgo: 3 * 24 * 60));

        var page = await _browser.GetAsync("/calls");

        Assert.That(page.Text, Does.Contain("No calls in the last 24 hours.").And.Contain("There are older ones."));
        Assert.That((await _browser.GetAsync("/calls?time=all")).Text, Does.Contain("1 request so far; 1 answered, 0 failed, 0 running."));
    }

    [Test]
    public async Task List_CallsOfADay_CountsThemByTheirEnd()
    {
        await _ann.RecordAsync(
            _ann.Call("req_1"),
            _ann.Call("req_2", minutesAgo: 6, result: CallResult.Refused),
            _ann.Call("req_3", minutesAgo: 7, result: CallResult.Failed),
            _ann.Call("req_4", minutesAgo: 3 * 24 * 60));

        Assert.That(
            (await _browser.GetAsync("/calls")).Text, Does.Contain("3 requests in 24 hours; 1 answered, 2 failed, 0 running."));
        await _ann.RecordAsync(_ann.Call("req_5", minutesAgo: 8, result: CallResult.Cancelled));
        Assert.That(
            (await _browser.GetAsync("/calls?time=week")).Text,
            Does.Contain("5 requests in 7 days; 2 answered, 2 failed, 1 cancelled, 0 running."));
    }

    [Test]
    public async Task List_CallThatRuns_IsCounted()
    {
        var owner = await _broker.SignedInAsync();
        await using var tunnel = await _broker.Running.ConnectTunnelAsync();
        var call = _broker.Running.PostAsync(
            "messages", """{"model":"claude-opus-4-6","max_tokens":9,"messages":[{"role":"user","content":"hi"}]}""");
        var item = await tunnel.NextAsync();

        Assert.That((await owner.GetAsync("/calls")).Text, Does.Contain("1 request in 24 hours; 0 answered, 0 failed, 1 running."));

        await tunnel.SendAsync(Frames.Answer(item.WorkId, "hello"));
        (await call).Dispose();
    }

    [TestCase("RateLimited", "hour", 429, "429 Limit: hour")]
    [TestCase("RateLimited", "account", 429, "429 Limit: account’s month")]
    [TestCase("RateLimited", "vendor", 429, "429 Limit: vendor")]
    [TestCase("TunnelOffline", "", 503, "503 Tunnel offline")]
    [TestCase("NoProvider", "", 503, "503 No CLI")]
    [TestCase("NoCli", "", 503, "503 No CLI")]
    [TestCase("TimedOut", "", 504, "504 Timed out")]
    [TestCase("TimedOut", "", 200, "Timed out")]
    [TestCase("Upstream", "", 502, "502 CLI failed")]
    [TestCase("CliCrashed", "", 502, "502 CLI failed")]
    [TestCase("revoked", "", 401, "401 Key")]
    [TestCase("Busy", "", 529, "529 Busy")]
    public async Task Row_OfAFailedCall_SaysWhatOf(string outcome, string refusedBy, int status, string said)
    {
        await _ann.RecordAsync(_ann.Call("req_1", result: CallResult.Failed) with
        {
            Outcome = outcome,
            RefusedBy = refusedBy,
            Status = status,
        });

        var page = await _browser.GetAsync("/calls");

        Assert.That(Plain(page), Does.Contain($"</svg>{said}</span>").And.Contain("class=\"is-failed\""));
    }

    [Test]
    public async Task Rows_HaveNamesFiguresAndTimesOfTheViewer()
    {
        var key = await _ann.AddKeyAsync("notebook");
        var call = _ann.Call("req_1", key) with { InputTokens = 21_560, OutputTokens = 1_204, DurationMilliseconds = 6_800 };
        await _ann.RecordAsync(call);
        _browser.Cookies["polydev-zone"] = Uri.EscapeDataString("Asia/Kolkata");

        var page = await _browser.GetAsync("/calls");

        var local = call.BeganAt.ToOffset(TimeSpan.FromHours(5.5));
        Assert.That(page.Text, Does.Contain("notebook").And.Contain("21,560 → 1,204").And.Contain("6.80 s").And.Contain("0.04 s"));
        Assert.That(Plain(page), Does.Contain($"{local:HH:mm:ss} · {call.BeganAt:HH:mm:ss} UTC"));
        Assert.That(page.Html, Does.Contain("title=\"claude-opus-4-6 on Claude Code\"").And.Contain("gl-claude"));
        Assert.That(page.Text, Does.Not.Contain("times are UTC"));
    }

    [Test]
    public async Task Call_Opened_TellsAllThatIsKept()
    {
        await _ann.RecordAsync(_ann.Call("req_0", minutesAgo: 4), _ann.Call("req_1") with
        {
            Dialect = "openai-chat",
            IsStreamed = true,
            CliVersion = "2.1.330",
            StopReason = "max_tokens",
            SlotWaitMilliseconds = 12,
            Ignored = "seed, logit_bias",
        });

        var page = await _browser.GetAsync("/calls/req_1");

        Assert.That(page.Status, Is.EqualTo(HttpStatusCode.OK));
        foreach (var said in new[]
        {
            "req_1", "OpenAI Chat Completions, streamed", "the most tokens that it was allowed", "Claude Code 2.1.330", "12 ms",
            "0.04 s, then 1.19 s of streaming", "100 tokens, 60 from the vendor’s cache", "20 tokens, 5 of them thinking", "never stored",
        })
        {
            Assert.That(page.Text, Does.Contain(said));
        }

        Assert.That(page.Html, Does.Contain("<code>seed</code>, ").And.Contain("<code>logit_bias</code>"));
        Assert.That(page.Text, Does.Contain("this CLI has no way to take them"));
        Assert.That(page.Html, Does.Match("(?s)id=\"call-req_1\".*id=\"open\""));
        Assert.That(page.Html, Does.Contain("href=\"/calls#call-req_1\" aria-expanded=\"true\"").And.Contain("/calls/req_0#open"));
    }

    /// <summary>An address that somebody was sent: the list behind it is another by now.</summary>
    [Test]
    public async Task Call_NotInTheList_IsOpenInOneThatItIsIn()
    {
        await _ann.RecordAsync(_ann.Call("req_old", minutesAgo: 10 * 24 * 60), _ann.Call("req_new"));

        var page = await _browser.GetAsync("/calls/req_old?key=none");

        Assert.That(page.Html, Does.Contain("id=\"call-req_old\"").And.Contain("id=\"open\"").And.Not.Contain("call-req_new"));
        Assert.That(page.Text, Does.Contain("1 newer call").And.Contain("2–2 of 2"));
    }

    [Test]
    public async Task Call_OfAnotherAccount_IsNone()
    {
        var bob = await UsedAccount.OpenAsync(_broker, "bob");
        await bob.RecordAsync(bob.Call("req_bob"));
        await _ann.RecordAsync(_ann.Call("req_ann"));

        Assert.That((await _browser.GetAsync("/calls/req_bob")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await _browser.GetAsync("/calls/req_none")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await _browser.GetAsync("/calls?time=all")).Html, Does.Not.Contain("req_bob").And.Contain("call-req_ann"));
        Assert.That((await _browser.GetAsync("/calls.csv?time=all")).Html, Does.Not.Contain("req_bob").And.Contain("req_ann"));
    }

    [Test]
    public async Task Filter_EachField_LeavesOutTheOthersAndStaysChosen()
    {
        var key = await _ann.AddKeyAsync("ci");
        var call = _ann.Call("req_1", key) with { MachineId = "m1" };
        await _ann.RecordAsync(
            call,
            call with { Id = "req_2", KeyId = "key2" },
            call with { Id = "req_3", Provider = "codex" },
            call with { Id = "req_4", Model = "o3" },
            call with { Id = "req_5", MachineId = "m2" },
            call with { Id = "req_6", Result = CallResult.Cancelled });
        foreach (var (field, value, leftOut) in new[]
        {
            ("key", key, "req_2"), ("cli", "claude", "req_3"), ("model", call.Model, "req_4"), ("machine", "m1", "req_5"),
            ("result", "answered", "req_6"),
        })
        {
            var page = await _browser.GetAsync($"/calls?{field}={value}");

            Assert.That(page.Html, Does.Contain("call-req_1\"").And.Not.Contain($"call-{leftOut}\""), field);
            Assert.That(page.Html, Does.Contain($"<option value=\"{value}\" selected>"), field);
            Assert.That(page.Text, Does.Contain("5 calls match."), field);
        }
    }

    [Test]
    public async Task Filter_NothingMatches_SaysWhatThereIsInstead()
    {
        await _ann.RecordAsync(_ann.Call("req_1"));

        var offline = await _browser.GetAsync("/calls?time=week&result=unanswerable");
        Assert.That(offline.Text, Does.Contain("No call failed for want of a CLI this week.").And.Contain("Nothing matches"));
        Assert.That(offline.Text, Does.Contain("Of 1 call in the last 7 days, none ended with 503."));
        Assert.That((await _browser.GetAsync("/calls?model=o3")).Text, Does.Contain("No call matches.").And.Contain("none matches"));
        Assert.That(
            (await _browser.GetAsync("/calls?time=hour&model=o3&cli=codex")).Text,
            Does.Contain("Of 1 call in the last hour, none matches"));
    }

    [TestCase("limit", "RateLimited")]
    [TestCase("unanswerable", "NotLoggedIn")]
    [TestCase("timed-out", "TimedOut")]
    [TestCase("failed", "Upstream")]
    public async Task Filter_ByFailure_FindsIt(string result, string outcome)
    {
        await _ann.RecordAsync(_ann.Call("req_1"), _ann.Call("req_2", result: CallResult.Failed) with { Outcome = outcome });

        var page = await _browser.GetAsync($"/calls?result={result}");

        Assert.That(page.Text, Does.Contain("1 call matches."));
        Assert.That(page.Html, Does.Contain("call-req_2").And.Not.Contain("call-req_1"));
    }

    [Test]
    public async Task Pages_OfFifty_HaveEachCallOnce()
    {
        await _ann.RecordAsync([.. Enumerable.Range(0, 120).Select(number => _ann.Call($"req_{number:000}", minutesAgo: number + 1))]);
        var seen = new List<string>();
        var page = await _browser.GetAsync("/calls");
        Assert.That(page.Text, Does.Contain("1–50 of 120"));
        for (var next = page; next is not null;)
        {
            seen.AddRange(Matches(next.Html, "id=\"call-(req_[0-9]+)\""));
            var older = Matches(next.Html, "href=\"([^\"]*)\">Older<").FirstOrDefault();
            next = older is null ? null : await _browser.GetAsync(WebUtility.HtmlDecode(older));
            Assert.That(next?.Text, Is.Null.Or.Contain("newer calls"));
        }

        Assert.That(seen, Is.EqualTo(Enumerable.Range(0, 120).Select(number => $"req_{number:000}")));
    }

    [Test]
    public async Task Csv_OfTheFilter_IsWholeAndRunsNothing()
    {
        var key = await _ann.AddKeyAsync("=1+1");
        await _ann.RecordAsync(
            [.. Enumerable.Range(0, 450).Select(number => _ann.Call($"req_{number:000}", key, minutesAgo: 1 + number))]);
        await _ann.RecordAsync(_ann.Call("req_odd", key) with { Model = "a \"b\", c", Provider = "codex" });

        var file = await _browser.GetAsync("/calls.csv?cli=claude");
        var odd = await _browser.GetAsync("/calls.csv?cli=codex");

        var lines = file.Html.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.That(lines, Has.Length.EqualTo(451));
        Assert.That(lines[0], Does.StartWith("time,request,key_id,key,model,cli"));
        Assert.That(lines[450], Does.Contain("req_449").And.Contain(",'=1+1,"));
        Assert.That(odd.Html, Does.Contain(",\"a \"\"b\"\", c\",codex,"));
        Assert.That(file.Headers["Content-Disposition"], Is.EqualTo("attachment; filename=\"polydev-calls.csv\""));
    }

    private static string[] Matches(string text, string pattern) =>
        [.. System.Text.RegularExpressions.Regex.Matches(text, pattern).Select(match => match.Groups[1].Value)];

    // Signs as they are meant.
    private static string Plain(BrowserPage page) => WebUtility.HtmlDecode(page.Html);
}
