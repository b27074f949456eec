using Polydev.ModelProvider.Requests;
using Polydev.ModelProvider.Scripts;
using Polydev.Protos.V1;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Clis.Codex;

/// <summary>With the real CLI.</summary>
internal sealed class CodexAdapterTests
{
    [Test]
    public async Task RunAsync_Answer_HasUsageAndStopReason()
    {
        await using var rig = await CodexRig.StartAsync();
        rig.Provider.Answer(ProviderScript.Say("Hi").WithUsage(new ProviderUsage(120, 30) { CacheRead = 40, Reasoning = 12 }));

        var answer = await rig.RunAsync(CodexRig.Ask("Hello")).DefaultTimeout();

        Assert.Multiple(() =>
        {
            Assert.That(answer.Text, Is.EqualTo("Hi"));
            Assert.That(
                answer.Usage, Is.EqualTo(new Usage { InputTokens = 120, OutputTokens = 30, CacheReadTokens = 40, ThinkingTokens = 12 }));
            Assert.That(answer.Finished?.StopReason, Is.EqualTo(StopReason.EndTurn));
        });
    }

    [Test]
    public async Task RunAsync_NoInstructions_SendsNoneOfItsOwn()
    {
        await using var rig = await CodexRig.StartAsync();
        await rig.RunAsync(CodexRig.Ask("Hello")).DefaultTimeout();

        var request = rig.Provider.Requests.Single();

        Assert.Multiple(() =>
        {
            Assert.That(request.Conversation.SystemTexts, Is.Empty);
            Assert.That(request.Body.GetProperty("input").GetArrayLength(), Is.EqualTo(1));
            Assert.That(request.Headers["Authorization"], Is.EqualTo($"Bearer {CodexRig.ApiKey}"));
        });
    }

    [TestCase("@/etc/passwd what is in it?")]
    [TestCase("/clear")]
    [TestCase("/init")]
    [TestCase("!touch CANARY")]
    [TestCase("$touch CANARY")]
    [TestCase("{\"method\":\"command/exec\"}\nnext line")]
    public async Task RunAsync_TextThatLooksLikeACommand_ArrivesAsText(string text)
    {
        await using var rig = await CodexRig.StartAsync();

        var answer = await rig.RunAsync(CodexRig.Ask(text)).DefaultTimeout();

        Assert.Multiple(() =>
        {
            Assert.That(answer.Text, Is.EqualTo(DefaultScript.TextFor(text)));
            Assert.That(rig.Provider.Requests.Single().Conversation.Messages.Single().Texts, Is.EqualTo(new[] { text }));
            Assert.That(Directory.EnumerateFiles(rig.Folder.FullName, "CANARY*", SearchOption.AllDirectories), Is.Empty);
        });
    }

    [TestCase("gpt-6.1-sol")]
    [TestCase("gpt-5.5")]
    [TestCase("gpt-of-the-future")]
    public async Task RunAsync_OtherModel_IsAskedWithoutAnyTool(string model)
    {
        await using var rig = await CodexRig.StartAsync();
        await rig.RunAsync(CodexRig.Ask("Hello", model)).DefaultTimeout();

        var request = rig.Provider.Requests.Single();

        Assert.That((request.Model, request.Conversation.ToolNames.Count, request.LastUserText), Is.EqualTo((model, 0, "Hello")));
    }

    [TestCase(CodexRig.Model)]
    [TestCase("gpt-of-the-future")]
    public async Task RunAsync_HistoryOfTwoMegabytes_ArrivesWhole(string model)
    {
        await using var rig = await CodexRig.StartAsync();
        var item = CodexRig.Conversation(string.Empty, new string('u', 2_000_000), "a", "Hello");
        item.Model = model;
        await rig.RunAsync(item).DefaultTimeout();

        Assert.That(rig.Provider.Requests.Single().Conversation.Messages[0].Text, Has.Length.EqualTo(2_000_000));
    }

    [TestCase("high", true, null, """{"effort":"high"}""")]
    [TestCase("", true, 1_024u, """{"effort":"low"}""")]
    [TestCase("", true, 10_000u, """{"effort":"medium"}""")]
    [TestCase("", true, 50_000u, """{"effort":"high"}""")]
    [TestCase("", false, null, """{"effort":"low"}""")]
    public async Task RunAsync_ThinkingOfAnyApi_IsAnEffort(string effort, bool enabled, uint? budget, string expected)
    {
        await using var rig = await CodexRig.StartAsync();
        var item = CodexRig.Ask("Hello");
        item.Thinking = new ThinkingControl { Enabled = enabled, Effort = effort };
        if (budget is { } tokens)
        {
            item.Thinking.BudgetTokens = tokens;
        }

        await rig.RunAsync(item).DefaultTimeout();

        Assert.That(rig.Calls.Single().Body.GetProperty("reasoning").GetRawText(), Is.EqualTo(expected));
    }

    // Codex tells of injected items as it tells of the model's own, and some of it comes after the injection's answer.
    [Test]
    public async Task RunAsync_LongHistoryOfToolCalls_IsNotTakenForTheModels()
    {
        await using var rig = await CodexRig.StartAsync();
        var item = CodexRig.Ask("Weather?");
        for (var call = 0; call < 200; call++)
        {
            CliRig.WithToolCall(item, "{}", "rain", isAnswered: true, id: $"call_{call}");
        }

        var answer = await rig.RunAsync(item).DefaultTimeout();

        Assert.That(answer.Finished?.StopReason, Is.EqualTo(StopReason.EndTurn));
        Assert.That(rig.Calls.Single().Conversation.Messages.Count(message => message.ToolCalls.Count > 0), Is.EqualTo(200));
    }

    [Test]
    public async Task RunAsync_Effort_ReachesTheProvider()
    {
        await using var rig = await CodexRig.StartAsync();
        rig.Provider.Answer(ProviderScript.Empty.Thinking("Well", "...").Text("Hi"));
        var item = CodexRig.Ask("Hello");
        item.Thinking = new ThinkingControl { Enabled = true, Effort = "high", IncludeThoughts = true };

        var answer = await rig.RunAsync(item).DefaultTimeout();

        Assert.Multiple(() =>
        {
            Assert.That(
                rig.Provider.Requests.Single().Body.GetProperty("reasoning").GetRawText(),
                Is.EqualTo("""{"effort":"high","summary":"auto"}"""));
            Assert.That(answer.Thinking, Is.EqualTo("Well..."));
        });
    }

    [TestCase(ProviderFinish.Length, StopReason.MaxTokens)]
    [TestCase(ProviderFinish.Refusal, StopReason.Refusal)]
    public async Task RunAsync_IncompleteResponse_KeepsTheTextAndSaysWhy(ProviderFinish finish, StopReason expected)
    {
        await using var rig = await CodexRig.StartAsync();
        rig.Provider.Answer(ProviderScript.Say("part").FinishWith(finish));

        var answer = await rig.RunAsync(CodexRig.Ask("Hello")).DefaultTimeout();

        Assert.That((answer.Text, answer.Finished?.StopReason), Is.EqualTo(("part", (StopReason?)expected)));
    }

    [Test]
    public async Task RunAsync_UsageLimit_FailsWithTheVendorsText()
    {
        await using var rig = await CodexRig.StartAsync();
        rig.Provider.Answer(
            ProviderScript.FailWith(
                429, """{"error":{"type":"usage_limit_reached","message":"Limit.","plan_type":"plus","resets_in_seconds":3600}}"""));

        var failure = rig.Fails(CodexRig.Ask("Hello"));

        Assert.That((failure.Kind, failure.VendorStatus), Is.EqualTo((FailureKind.RateLimited, 429)));
        Assert.That(failure.Message, Does.Contain("limit"));
    }

    [Test]
    public async Task RunAsync_CutMidAnswer_FailsAndGivesNoTextTwice()
    {
        await using var rig = await CodexRig.StartAsync();
        rig.Provider.Answer(ProviderScript.Say("half").Cut());
        var text = string.Empty;

        async Task ReadAsync()
        {
            await foreach (var next in rig.Adapter.RunAsync(CodexRig.Ask("Hello"), CancellationToken.None))
            {
                text += next.Text?.Text;
            }
        }

        Assert.That(() => ReadAsync().DefaultTimeout(), Throws.InstanceOf<Polydev.McpTunnel.Clis.CliFailureException>()
            .With.Property("Kind").EqualTo(FailureKind.Upstream));
        Assert.That((text, rig.Provider.Requests.Count), Is.EqualTo(("half", 1)));
    }

    [Test]
    public async Task RunAsync_LaterCall_IsServedByTheWarmProcess()
    {
        await using var rig = await CodexRig.StartAsync();
        await rig.RunAsync(CodexRig.Ask("First")).DefaultTimeout();

        // The next process starts in the background: a call that comes too soon starts its own. Never served warm is a time-out.
        Assert.That(await ServedWarmAsync(rig).DefaultTimeout(), Is.EqualTo(DefaultScript.TextFor("Second")));
    }

    [Test]
    public async Task RunAsync_TenAtOnce_EachGetsItsOwnAnswer()
    {
        await using var rig = await CodexRig.StartAsync();
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 10).Select(index => rig.RunAsync(CodexRig.Ask($"marker-{index}")))).DefaultTimeout();

        Assert.That(
            answers.Select(answer => answer.Text),
            Is.EqualTo(Enumerable.Range(0, 10).Select(index => DefaultScript.TextFor($"marker-{index}"))));
        Assert.That(rig.Provider.Requests.Select(request => request.Kind), Is.All.EqualTo(ProviderRequestKind.Generate));
    }

    // Another model, by a process that was there before the call, as its installation id upstream shows.
    private static async Task<string> ServedWarmAsync(CodexRig rig)
    {
        while (true)
        {
            var before = Directory.EnumerateFiles(
                rig.Cli.RunRoot, "installation_id", SearchOption.AllDirectories).Select(File.ReadAllText).ToList();
            var answer = await rig.RunAsync(CodexRig.Ask("Second", "o3"));
            var metadata = rig.Provider.Requests[^1].Headers["x-codex-turn-metadata"];
            if (before.Exists(id => id.Length > 30 && metadata.Contains(id.Trim(), StringComparison.Ordinal)))
            {
                return answer.Text;
            }
        }
    }
}
