using System.Text.Json;
using Polydev.McpTunnel.Clis.Claude;
using Polydev.McpTunnel.Clis.Quotas;
using Polydev.ModelProvider.Scripts;
using Polydev.Protos.V1;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Clis.Claude;

/// <summary>The lines are of 2.1.330 and 2.1.197, as they came.</summary>
internal sealed class ClaudeQuotaTests
{
    private const string Token = "CLAUDE_CODE_OAUTH_TOKEN";

    private static readonly DateTimeOffset FiveHours = DateTimeOffset.FromUnixTimeSeconds(1795773654);
    private static readonly DateTimeOffset SevenDays = DateTimeOffset.FromUnixTimeSeconds(1796070054);

    [Test]
    public void Of_AllWindows_AreTold()
    {
        var news = Read(
            """
            {"status":"allowed","resetsAt":1795773654,"rateLimitType":"five_hour","overageStatus":"rejected",
            "overageDisabledReason":"overage_not_provisioned","isUsingOverage":false,"unifiedWindows":{
            "five_hour":{"utilization":0.42,"resetsAt":1795773654,"status":"allowed"},
            "seven_day":{"utilization":0.155,"resetsAt":1796070054,"status":"allowed"}}}
            """);

        Assert.That(news.Windows, Is.EqualTo(new[] { new ToldWindow("5 h", 42, FiveHours), new ToldWindow("7 d", 15.5, SevenDays) }));
        Assert.That((news.Overage, news.OverageEndsAt), Is.EqualTo(((OverageState?)OverageState.Off, (DateTimeOffset?)FiveHours)));
    }

    [Test]
    public void Of_OverageInUse_IsTold()
    {
        var news = Read(
            """
            {"status":"rejected","resetsAt":1795773654,"rateLimitType":"five_hour","overageStatus":"allowed","overageResetsAt":1796070054,
            "isUsingOverage":true,"overageInUse":true,"unifiedWindows":{
            "five_hour":{"utilization":1,"resetsAt":1795773654,"status":"rejected"},"seven_day":{"utilization":0.5,"resetsAt":1796070054}}}
            """);

        Assert.That(news.Windows, Is.EqualTo(new[] { new ToldWindow("5 h", 100, FiveHours), new ToldWindow("7 d", 50, SevenDays) }));
        Assert.That((news.Overage, news.OverageEndsAt), Is.EqualTo(((OverageState?)OverageState.InUse, (DateTimeOffset?)FiveHours)));
    }

    [Test]
    public void Of_OlderVersion_TellsTheNearestWindowOnceItWarns()
    {
        var silent = Read("""{"status":"allowed","resetsAt":1795773654,"rateLimitType":"five_hour","isUsingOverage":false}""");
        var warning = Read(
            """
            {"status":"allowed_warning","resetsAt":1795773654,"rateLimitType":"five_hour","utilization":0.85,"isUsingOverage":false,
            "surpassedThreshold":0.75}
            """);
        var paid = Read(
            """
            {"status":"rejected","resetsAt":1795773654,"rateLimitType":"five_hour","overageStatus":"allowed","isUsingOverage":true}
            """);

        Assert.That(silent.Windows, Is.Empty);
        Assert.That(warning.Windows, Is.EqualTo(new[] { new ToldWindow("5 h", 85, FiveHours) }));
        Assert.That(new[] { warning.Overage, paid.Overage }, Is.EqualTo(new[] { OverageState.Unspecified, OverageState.InUse }));
        Assert.That(paid.Windows, Is.EqualTo(new[] { new ToldWindow("5 h", 100, FiveHours) }));
    }

    [TestCase("seven_day_opus", "7 d opus")]
    [TestCase("seven_day_overage_included", "7 d overage included")]
    [TestCase("a_new_kind", "a new kind")]
    public void Of_OtherWindow_HasItsOwnLabel(string type, string label) => Assert.That(
        Read($$"""{"status":"allowed","rateLimitType":"{{type}}","utilization":0.5}""").Windows,
        Is.EqualTo(new[] { new ToldWindow(label, 50, null) }));

    // The reset is the overage's own then, a month's end.
    [Test]
    public void Of_OverageAsTheNearest_IsNoWindow()
    {
        var news = Read("""{"status":"allowed","rateLimitType":"overage","utilization":0.5,"resetsAt":1796070054,"isUsingOverage":true}""");

        Assert.That((news.Windows.Count, news.Overage), Is.EqualTo((0, (OverageState?)OverageState.InUse)));
        Assert.That(news.OverageEndsAt, Is.Null);
    }

    [TestCase("""{"type":"rate_limit_event"}""")]
    [TestCase("""{"type":"rate_limit_event","rate_limit_info":[]}""")]
    [TestCase("""{"type":"rate_limit_event","rate_limit_info":{"rateLimitType":7,"resetsAt":"x","unifiedWindows":[],"utilization":""}}""")]
    [TestCase("""{"type":"rate_limit_event","rate_limit_info":{"unifiedWindows":{"five_hour":3,"seven_day":{"utilization":-1}}}}""")]
    [TestCase("""{"type":"rate_limit_event","rate_limit_info":{"rateLimitType":"five_hour","utilization":1e999,"resetsAt":1e999}}""")]
    public void Of_AnotherShape_TellsNoWindow(string line) => Assert.That(ClaudeQuota.Of(JsonElement.Parse(line)).Windows, Is.Empty);

    [Test]
    public async Task RunAsync_Subscription_HasToldTheWindowsWhenTheAnswerEnds([Values] bool isStored, [Values(0, 1, 2)] int version)
    {
        string[] clis = [TestClis.Claude, .. TestClis.OtherClaudes];
        await using var rig = isStored
            ? await ClaudeRig.StartAsync((ClaudeCli.PathVariable, clis[version]))
            : await ClaudeRig.StartAsync((Token, "sk-ant-oat01-test"), (ClaudeCli.PathVariable, clis[version]));
        if (isStored)
        {
            rig.WriteUserFile(".credentials.json", StoredLogin());
        }

        rig.Provider.Answer(ProviderScript.Say("Hi").WithWindows(Windows(100, isPaid: true)));

        // A history has results of its own before the answer's.
        await rig.RunAsync(ClaudeRig.Conversation("Be brief.", "Hello", "Yes?", "And now?")).DefaultTimeout();

        Assert.That(rig.Adapter.Quota?.Refusal()?.Message, Does.Contain("5 h window of claude is used to 100 %"));
        Assert.That(rig.Calls, Has.Count.EqualTo(1));
    }

    [TestCase(ProviderFinish.Length, StopReason.MaxTokens)]
    [TestCase(ProviderFinish.Refusal, StopReason.Refusal)]
    public async Task RunAsync_SubscriptionAndAnAnswerCutShort_IsNotAskedAgain(ProviderFinish finish, StopReason expected)
    {
        await using var rig = await ClaudeRig.StartAsync((Token, "sk-ant-oat01-test"));
        rig.Provider.Answer(ProviderScript.Say("part").FinishWith(finish));

        var answer = await rig.RunAsync(ClaudeRig.Ask("Hello")).DefaultTimeout();

        // With its processes gone nothing more can come.
        await rig.Adapter.DisposeAsync();
        Assert.That((answer.Text, answer.Finished?.StopReason, rig.Calls.Count), Is.EqualTo(("part", (StopReason?)expected, 1)));
    }

    [Test]
    public async Task RunAsync_VendorRefusesForAFullWindow_TellsItToo()
    {
        await using var rig = await ClaudeRig.StartAsync((Token, "sk-ant-oat01-test"));
        rig.Provider.Answer(ProviderScript.Fail(429, "no").WithWindows(Windows(100, isPaid: true)));

        var failure = rig.Fails(ClaudeRig.Ask("Hello"));

        Assert.That(failure.Kind, Is.EqualTo(FailureKind.RateLimited), failure.Message);
        Assert.That(rig.Adapter.Quota?.Refusal(), Is.Not.Null);
    }

    [Test]
    public async Task RunAsync_ApiKey_HasNoWindows()
    {
        await using var rig = await ClaudeRig.StartAsync();
        rig.Provider.Answer(ProviderScript.Say("Hi").WithWindows(Windows(100, isPaid: true)));

        await rig.RunAsync(ClaudeRig.Ask("Hello")).DefaultTimeout();

        Assert.That(rig.Adapter.Quota?.Refusal(), Is.Null);
        Assert.That((await rig.Adapter.DetectAsync(CancellationToken.None)).Login, Is.EqualTo(LoginKind.ApiKey));
    }

    private static QuotaNews Read(string info) =>
        ClaudeQuota.Of(JsonElement.Parse($$"""{"type":"rate_limit_event","rate_limit_info":{{info}},"uuid":"u","session_id":"s"}"""));

    private static ProviderWindows Windows(double used, bool isPaid) => new()
    {
        FiveHours = used,
        FiveHoursReset = TimeProvider.System.GetUtcNow().AddHours(2),
        SevenDays = 40,
        SevenDaysReset = TimeProvider.System.GetUtcNow().AddDays(3),
        HasOverage = isPaid,
        UsesOverage = isPaid,
    };

    private static string StoredLogin()
    {
        var expires = TimeProvider.System.GetUtcNow().AddHours(8).ToUnixTimeMilliseconds();
        return $$"""
            {"claudeAiOauth":{"accessToken":"sk-ant-oat01-stored","refreshToken":"sk-ant-ort01-stored","expiresAt":{{expires}},
             "scopes":["user:inference"],"subscriptionType":"max"} }
            """;
    }
}
