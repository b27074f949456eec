using System.Text.Json;
using Polydev.McpTunnel.Clis.Codex;
using Polydev.McpTunnel.Clis.Quotas;
using Polydev.ModelProvider.Scripts;
using Polydev.Protos.V1;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Clis.Codex;

/// <summary>The answers are 0.169.0's, as they came.</summary>
[Category("Cli")]
internal sealed class CodexQuotaTests
{
    private const string ChatGptConfig = "openai_base_url = 'BASE'\nchatgpt_base_url = 'BASE/backend-api'";

    private const string Snapshot =
        """
        {"limitId":"codex","limitName":null,"normalModelSlug":null,
        "primary":{"usedPercent":33,"windowDurationMins":300,"resetsAt":1795773808},
        "secondary":{"usedPercent":9,"windowDurationMins":10080,"resetsAt":1796070208},
        "credits":{"hasCredits":true,"unlimited":false,"balance":"12.5"},"individualLimit":null,"spendControlReached":null,
        "planType":"plus","rateLimitReachedType":null}
        """;

    private static readonly ToldWindow[] Told =
    [
        new("5 h", 33, DateTimeOffset.FromUnixTimeSeconds(1795773808)), new("7 d", 9, DateTimeOffset.FromUnixTimeSeconds(1796070208)),
    ];

    [Test]
    public void Of_Notification_TellsWindowsAndCredits()
    {
        var news = CodexQuota.Of(JsonElement.Parse(Snapshot));

        Assert.That(news.Windows, Is.EqualTo(Told));
        Assert.That(news.Overage, Is.EqualTo(OverageState.Available));
    }

    [TestCase("""{"hasCredits":false,"unlimited":false}""", "null", OverageState.Off)]
    [TestCase("""{"hasCredits":false,"unlimited":true}""", "null", OverageState.Available)]
    [TestCase("""{"hasCredits":true,"unlimited":false}""", "true", OverageState.Off)]
    [TestCase("""{"hasCredits":true,"unlimited":false}""", "false", OverageState.Available)]
    [TestCase("null", "null", null)]
    public void Of_Credits_AreOverage(string credits, string spendControl, OverageState? expected) => Assert.That(
        CodexQuota.Of(JsonElement.Parse($$"""{"credits":{{credits}},"spendControlReached":{{spendControl}}}""")).Overage,
        Is.EqualTo(expected));

    [TestCase("null", OverageState.Available)]
    [TestCase("true", OverageState.Available)]
    [TestCase("false", OverageState.InUse)]
    public void Of_Read_TellsEveryLimitOnce(string isAllowed, OverageState expected)
    {
        var other = """{"limitId":"codex_other","limitName":"Other","primary":{"usedPercent":5,"windowDurationMins":60,"resetsAt":null}}""";
        var read = JsonSerializer.Deserialize(
            $$"""
            {"ordinaryUsageAllowed":{{isAllowed}},"rateLimits":{{Snapshot}},
            "rateLimitsByLimitId":{"codex":{{Snapshot}},"codex_other":{{other}}},"accountId":null}
            """,
            CodexJson.Default.LimitsRead)!;

        var news = CodexQuota.Of(read);

        Assert.That(news.Windows, Is.EqualTo(Told.Append(new ToldWindow("1 h Other", 5, null))));
        Assert.That(news.Overage, Is.EqualTo(expected));
    }

    [TestCase("null")]
    [TestCase("[]")]
    [TestCase("""{"primary":null,"secondary":[],"credits":3,"limitId":7}""")]
    [TestCase("""{"primary":{"usedPercent":"x"},"secondary":{"usedPercent":1e999}}""")]
    public void Of_AnotherShape_TellsNothing(string limits)
    {
        var news = CodexQuota.Of(JsonElement.Parse(limits));

        Assert.That((news.Windows.Count, news.Overage), Is.EqualTo((0, (OverageState?)null)));
    }

    [Test]
    public async Task DetectAsync_ChatGptLogin_ReadsTheWindowsWithoutACall()
    {
        await using var rig = await CodexRig.StartAsync(ChatGptConfig, ChatGptLogin.Json());
        rig.Provider.ChatGptWindows = Windows(100);

        var info = await rig.Adapter.DetectAsync(CancellationToken.None).DefaultTimeout();
        rig.Adapter.Quota!.Describe(info);

        Assert.Multiple(() =>
        {
            Assert.That((info.State, info.Login), Is.EqualTo((CliState.Ready, LoginKind.Subscription)));
            Assert.That(
                info.Windows.Select(window => (window.Label, window.UsedPercent)), Is.EqualTo(new[] { ("5 h", 100.0), ("7 d", 40.0) }));
            Assert.That(info.Overage.State, Is.EqualTo(OverageState.InUse));
            Assert.That(rig.Calls, Is.Empty);
        });
    }

    [Test]
    public async Task RunAsync_ChatGptLogin_HasToldTheWindowsWhenTheAnswerEnds()
    {
        await using var rig = await CodexRig.StartAsync(ChatGptConfig, ChatGptLogin.Json());
        rig.Provider.Answer(ProviderScript.Say("Hi").WithWindows(Windows(100)));

        await rig.RunAsync(CodexRig.Ask("Hello")).DefaultTimeout();

        Assert.That(rig.Adapter.Quota?.Refusal()?.Message, Does.Contain("5 h window of codex is used to 100 %"));
    }

    [Test]
    public async Task RunAsync_ApiKey_HasNoWindows()
    {
        await using var rig = await CodexRig.StartAsync();
        rig.Provider.Answer(ProviderScript.Say("Hi").WithWindows(Windows(100)));

        await rig.RunAsync(CodexRig.Ask("Hello")).DefaultTimeout();

        Assert.That(rig.Adapter.Quota?.Refusal(), Is.Null);
        Assert.That((await rig.Adapter.DetectAsync(CancellationToken.None)).Login, Is.EqualTo(LoginKind.ApiKey));
    }

    private static ProviderWindows Windows(double used) => new()
    {
        FiveHours = used,
        FiveHoursReset = TimeProvider.System.GetUtcNow().AddHours(2),
        SevenDays = 40,
        SevenDaysReset = TimeProvider.System.GetUtcNow().AddDays(3),
        HasOverage = true,
    };
}
