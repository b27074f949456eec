using Polydev.ModelProvider.Scripts;
using Polydev.Protos.V1;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Clis.Claude;

/// <summary>With the real CLI.</summary>
internal sealed class ClaudeAdapterTests
{
    [Test]
    public async Task RunAsync_Answer_HasUsageAndStopReason()
    {
        await using var rig = await ClaudeRig.StartAsync();
        rig.Provider.Answer(ProviderScript.Say("Hi").WithUsage(new ProviderUsage(120, 30) { CacheRead = 40, CacheWrite = 15 }));

        var answer = await rig.RunAsync(ClaudeRig.Ask("Hello")).DefaultTimeout();

        Assert.Multiple(() =>
        {
            Assert.That(answer.Text, Is.EqualTo("Hi"));
            Assert.That(
                answer.Usage, Is.EqualTo(new Usage { InputTokens = 120, OutputTokens = 30, CacheReadTokens = 40, CacheWriteTokens = 15 }));
            Assert.That(answer.Finished?.StopReason, Is.EqualTo(StopReason.EndTurn));
        });
    }

    [Test]
    public async Task RunAsync_NoInstructions_SendsOnlyTheCliOwnIdentity()
    {
        await using var rig = await ClaudeRig.StartAsync();
        await rig.RunAsync(ClaudeRig.Ask("Hello")).DefaultTimeout();

        var request = rig.Calls.Single();

        Assert.Multiple(() =>
        {
            Assert.That(request.Conversation.SystemTexts, Has.Count.EqualTo(2));
            Assert.That(request.Conversation.System, Does.Not.Contain("tool").And.Not.Contain(rig.Folder.FullName));
            Assert.That(request.Conversation.Messages.Single().Texts, Is.EqualTo(new[] { "Hello" }));
            Assert.That(request.Headers["x-api-key"], Is.EqualTo(ClaudeRig.ApiKey));
        });
    }

    [TestCase(ClaudeRig.Model, null, """{"type":"disabled"}""", null)]
    [TestCase(ClaudeRig.Model, """{ "enabled": false }""", """{"type":"disabled"}""", null)]
    [TestCase(
        ClaudeRig.Model,
        """{ "enabled": true, "budgetTokens": 2000 }""",
        """{"budget_tokens":2000,"type":"enabled","display":"summarized"}""",
        null)]
    [TestCase("claude-opus-4-6", """{ "enabled": true }""", """{"type":"adaptive","display":"summarized"}""", "high")]
    [TestCase("claude-opus-4-6", """{ "enabled": true, "effort": "minimal" }""", """{"type":"adaptive","display":"summarized"}""", "low")]
    [TestCase("claude-opus-4-6", """{ "enabled": true, "effort": "medium" }""", """{"type":"adaptive","display":"summarized"}""", "medium")]
    public async Task RunAsync_Thinking_ReachesTheProvider(string model, string? thinking, string expected, string? effort)
    {
        await using var rig = await ClaudeRig.StartAsync();
        rig.Provider.Answer(ProviderScript.Empty.Thinking("Well", "...").Text("Hi"));
        var item = ClaudeRig.Ask("Hello");
        item.Model = model;
        item.Thinking = thinking is null ? null : ThinkingControl.Parser.ParseJson(thinking);

        var answer = await rig.RunAsync(item).DefaultTimeout();

        var body = rig.Calls.Single().Body;
        Assert.Multiple(() =>
        {
            Assert.That(body.GetProperty("thinking").GetRawText(), Is.EqualTo(expected));
            Assert.That(
                body.TryGetProperty("output_config", out var config) ? config.GetProperty("effort").GetString() : null, Is.EqualTo(effort));
            Assert.That((answer.Text, answer.Thinking), Is.EqualTo(("Hi", "Well...")));
        });
    }

    [TestCase(ProviderFinish.Length, StopReason.MaxTokens)]
    [TestCase(ProviderFinish.Refusal, StopReason.Refusal)]
    public async Task RunAsync_AnswerCutShortByTheVendor_KeepsTheTextAndIsNotAskedAgain(ProviderFinish finish, StopReason expected)
    {
        await using var rig = await ClaudeRig.StartAsync();
        rig.Provider.Answer(ProviderScript.Say("part").FinishWith(finish));

        var answer = await rig.RunAsync(ClaudeRig.Ask("Hello")).DefaultTimeout();

        Assert.Multiple(() =>
        {
            Assert.That(answer.Text, Is.EqualTo("part"));
            Assert.That(answer.Finished?.StopReason, Is.EqualTo(expected));
            Assert.That(rig.Calls, Has.Count.EqualTo(1));
        });
    }

    [Test]
    public async Task RunAsync_StopSequence_IsNamed()
    {
        await using var rig = await ClaudeRig.StartAsync();
        rig.Provider.Answer(ProviderScript.Say("part").FinishWith(ProviderFinish.StopSequence, "END"));

        var answer = await rig.RunAsync(ClaudeRig.Ask("Hello")).DefaultTimeout();

        Assert.That(answer.Finished, Is.EqualTo(new Finished { StopReason = StopReason.StopSequence, StopSequence = "END" }));
    }

    [Test]
    public async Task RunAsync_SecondCall_TakesTheSessionThatWaits()
    {
        await using var rig = await ClaudeRig.StartAsync();
        rig.Provider.Answer(ProviderScript.Say("one").Hang());
        int waiting;
        await using (var events = rig.Adapter.RunAsync(ClaudeRig.Ask("one"), CancellationToken.None).GetAsyncEnumerator())
        {
            Assert.That(await events.MoveNextAsync().AsTask().DefaultTimeout(), Is.True);
            var first = rig.Processes().MinBy(process => process.Id)!.Id;
            await rig.WaitForProcessesAsync(2);
            waiting = rig.Processes().Single(process => process.Id != first).Id;
        }

        rig.Provider.Answer(ProviderScript.Say("two"));
        var answer = await rig.RunAsync(ClaudeRig.Ask("two")).DefaultTimeout();

        Assert.That(answer.Text, Is.EqualTo("two"));
        await ProcessProbe.AssertGoneAsync(() => [.. rig.Processes().Where(process => process.Id == waiting)], TimeSpan.FromSeconds(2));
    }
}
