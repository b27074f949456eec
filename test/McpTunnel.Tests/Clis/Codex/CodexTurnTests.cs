using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Clis.Codex;
using Polydev.McpTunnel.JsonRpc;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.McpTunnel.Tests.Clis.Codex;

/// <summary>With messages as 0.169.0 wrote them.</summary>
internal sealed class CodexTurnTests
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.FromUnixTimeSeconds(1_000));

    [Test]
    public void Read_MessageWithoutDeltas_GivesItsTextOnce()
    {
        var turn = Started();
        const string Item = """{"item":{"type":"agentMessage","id":"m1","text":"whole"}}""";

        var first = Read(turn, "item/completed", Item);
        var second = Read(turn, "item/completed", Item);

        Assert.That((first?.Text.Text, second), Is.EqualTo(("whole", (WorkEvent?)null)));
    }

    [Test]
    public void Read_MessageWithDeltas_IsNotRepeatedAtItsEnd()
    {
        var turn = Started();
        var delta = Read(turn, "item/agentMessage/delta", """{"itemId":"m1","delta":"Hi"}""");
        var end = Read(turn, "item/completed", """{"item":{"type":"agentMessage","id":"m1","text":"Hi"}}""");

        Assert.That((delta?.Text.Text, end), Is.EqualTo(("Hi", (WorkEvent?)null)));
    }

    [Test]
    public void Read_Refusal_GivesItsTextAndReason()
    {
        var turn = Started();
        var said = Read(
            turn,
            "rawResponseItem/completed",
            """{"item":{"type":"message","role":"assistant","content":[{"type":"refusal","refusal":"No."}]}}""");
        var end = Read(turn, "turn/completed", """{"turn":{"status":"completed","error":null}}""");

        Assert.That((said?.Text.Text, end?.Finished.StopReason, turn.IsOver), Is.EqualTo(("No.", (StopReason?)StopReason.Refusal, true)));
    }

    [Test]
    public void Read_SecondReasoningPart_IsSetApart()
    {
        var turn = Started();
        var parts = new[]
        {
            Read(turn, "item/reasoning/summaryPartAdded", """{"summaryIndex":0}"""),
            Read(turn, "item/reasoning/summaryTextDelta", """{"delta":"a","summaryIndex":0}"""),
            Read(turn, "item/reasoning/summaryPartAdded", """{"summaryIndex":1}"""),
        };

        Assert.That(parts.Select(part => part?.Thinking.Text), Is.EqualTo(new[] { null, "a", "\n\n" }));
    }

    [TestCase("commandExecution")]
    [TestCase("fileChange")]
    [TestCase("mcpToolCall")]
    [TestCase("dynamicToolCall")]
    [TestCase("webSearch")]
    [TestCase("imageView")]
    [TestCase("collabAgentToolCall")]
    [TestCase("somethingNew")]
    [TestCase("")]
    public void Read_ItemOfATool_BreaksTheTurn(string type) =>
        Assert.That(Fails("item/started", $$$"""{"item":{"type":"{{{type}}}","id":"x"}}""").Kind, Is.EqualTo(FailureKind.LockBroken));

    [TestCase("function_call")]
    [TestCase("custom_tool_call")]
    [TestCase("local_shell_call")]
    [TestCase("something_new")]
    public void Read_RawItemOfATool_BreaksTheTurn(string type)
    {
        var failure = Fails("rawResponseItem/completed", $$$"""{"item":{"type":"{{{type}}}","name":"shell","arguments":"SECRET"}}""");

        Assert.That(failure.Kind, Is.EqualTo(FailureKind.LockBroken));
        Assert.That(failure.Message, Does.Contain("shell").And.Not.Contain("SECRET"));
    }

    [TestCase("function_call")]
    [TestCase("function_call_output")]
    public void Read_RawItemBeforeTheTurn_IsOfTheHistory(string type)
    {
        var turn = new CodexTurn(CodexTools.None, _time);

        Assert.That(Read(turn, "rawResponseItem/completed", $$$"""{"item":{"type":"{{{type}}}","name":"get_weather"}}"""), Is.Null);
    }

    [TestCase("client__get_weather", "", "{\"a\":1}", null)]
    [TestCase("client__get_weather", "functions", "{}", null)]
    [TestCase("client__get_weather", "collaboration", "{}", FailureKind.LockBroken)]
    [TestCase("get_weather", "", "{}", FailureKind.LockBroken)]
    [TestCase("client__other", "", "{}", FailureKind.Upstream)]
    [TestCase("client__get_weather", "", "", FailureKind.Upstream)]
    [TestCase("client__get_weather", "", "[1]", FailureKind.Upstream)]
    [TestCase("client__get_weather", "", "{\"a\":", FailureKind.Upstream)]
    public void Read_RawCall_IsJudgedByItsExactName(string name, string space, string arguments, FailureKind? expected)
    {
        var turn = Started(WithTools());
        var json = JsonSerializer.Serialize(new
        {
            item = new { type = "function_call", call_id = "c1", name, @namespace = space, arguments },
        });
        var call = new JsonRpcNotification("rawResponseItem/completed", JsonElement.Parse(json));
        if (expected is { } kind)
        {
            Assert.That(() => turn.Read(call), Throws.InstanceOf<CliFailureException>().With.Property("Kind").EqualTo(kind));
            return;
        }

        Assert.That(turn.Read(call), Is.EqualTo(new[]
        {
            WorkEvents.ToolCallStarted("c1", "get_weather"), WorkEvents.ToolCallArguments("c1", arguments),
            WorkEvents.ToolCallFinished("c1"),
        }));
        Assert.That(() => turn.Read(call), Throws.InstanceOf<CliFailureException>(), "the same id twice");
    }

    [TestCase("function_call_output", true)]
    [TestCase("custom_tool_call", false)]
    [TestCase("custom_tool_call_output", false)]
    [TestCase("local_shell_call", false)]
    public void Read_RawItemBehindACall_IsAtMostItsRefusal(string type, bool passes)
    {
        var turn = Started(WithTools());
        Call(turn);
        var item = new JsonRpcNotification("rawResponseItem/completed", JsonElement.Parse(
            $$$"""{"item":{"type":"{{{type}}}","call_id":"c1","name":"client__get_weather"}}"""));

        Assert.That(() => turn.Read(item), passes
            ? Is.Empty
            : Throws.InstanceOf<CliFailureException>().With.Property("Kind").EqualTo(FailureKind.LockBroken));
    }

    [TestCase("null", false)]
    [TestCase("\"collaboration\"", true)]
    public void Read_ItemOfACall_IsTheCallersInNoNamespaceOnly(string space, bool breaks)
    {
        var item = new JsonRpcNotification("item/started", JsonElement.Parse(
            $$$"""{"item":{"type":"dynamicToolCall","id":"c1","namespace":{{{space}}},"tool":"client__get_weather"}}"""));

        Assert.That(() => Started(WithTools()).Read(item), breaks ? Throws.InstanceOf<CliFailureException>() : Is.Empty);
    }

    [Test]
    public void Read_EndOfAResponseWithCalls_IsTheTurns()
    {
        var turn = Started(WithTools());
        Call(turn);

        var end = turn.Read(new JsonRpcNotification(
            "rawResponse/completed", JsonElement.Parse("""{"usage":{"inputTokens":5,"cachedInputTokens":2,"outputTokens":3}}""")));

        Assert.That(end, Is.EqualTo(new[]
        {
            new WorkEvent { Usage = new Usage { InputTokens = 5, OutputTokens = 3, CacheReadTokens = 2 } },
            WorkEvents.Finished(StopReason.ToolUse),
        }));
        Assert.That((turn.IsOver, turn.HasCalls), Is.EqualTo((true, true)));
    }

    [Test]
    public void Read_SecondUpstreamResponse_BreaksTheTurn()
    {
        var turn = Started();
        Read(turn, "rawResponse/completed", "{}");

        Assert.That(
            () => Read(turn, "rawResponse/completed", "{}"),
            Throws.InstanceOf<CliFailureException>().With.Property("Kind").EqualTo(FailureKind.LockBroken));
    }

    [Test]
    public void Read_Compaction_FailsAsTooLong() =>
        Assert.That(
            Fails("item/started", """{"item":{"type":"contextCompaction","id":"x"}}""").Kind, Is.EqualTo(FailureKind.ContextTooLong));

    [Test]
    public void Read_RetryBeforeText_GoesOn() =>
        Assert.That(
            Read(
                Started(),
                "error",
                """{"error":{"message":"Reconnecting... 1/5","codexErrorInfo":"other"},"willRetry":true}"""),
            Is.Null);

    [Test]
    public void Read_RetryAfterText_Fails()
    {
        var turn = Started();
        Read(turn, "item/agentMessage/delta", """{"itemId":"m1","delta":"half"}""");

        Assert.That(
            () => Read(
                turn,
                "error",
                """{"error":{"message":"Reconnecting... 1/5","codexErrorInfo":"""
                    + """{"responseStreamDisconnected":{"httpStatusCode":null}}},"willRetry":true}"""),
            Throws.InstanceOf<CliFailureException>().With.Property("Kind").EqualTo(FailureKind.Upstream));
    }

    [Test]
    public void Read_RetryAfterThoughts_Fails()
    {
        var turn = Started();
        Read(turn, "item/reasoning/summaryTextDelta", """{"delta":"half","summaryIndex":0}""");

        Assert.That(
            () => Read(turn, "error", """{"error":{"message":"Reconnecting... 1/5","codexErrorInfo":"other"},"willRetry":true}"""),
            Throws.InstanceOf<CliFailureException>().With.Property("Kind").EqualTo(FailureKind.Upstream));
    }

    // The raw items before it were taken for history.
    [TestCase("item/agentMessage/delta", """{"itemId":"m1","delta":"Hi"}""")]
    [TestCase("rawResponse/completed", "{}")]
    [TestCase("turn/completed", """{"turn":{"status":"completed","error":null}}""")]
    public void Read_AnswerOfATurnThatNeverStarted_Fails(string method, string json)
    {
        var turn = new CodexTurn(CodexTools.None, _time);

        Assert.That(
            () => Read(turn, method, json),
            Throws.InstanceOf<CliFailureException>().With.Property("Kind").EqualTo(FailureKind.CliCrashed));
        Assert.That(turn.IsOver, Is.False);
    }

    [Test]
    public void Unheard_Notifications_AreNoneThatTheGuardNeeds() =>
        Assert.That(CodexSession.Unheard, Has.None.StartsWith("turn/").And.None.StartsWith("raw").And.None.EqualTo("item/started")
            .And.None.StartsWith("mcpServer/"));

    [Test]
    public void Read_UsageLimitWithItsReset_SaysWhenToComeBack()
    {
        var turn = Started();
        Read(
            turn,
            "account/rateLimits/updated",
            """{"rateLimits":{"primary":{"usedPercent":100.0,"resetsAt":1600},"secondary":{"usedPercent":20.0,"resetsAt":9000}}}""");

        var failure = Assert.Throws<CliFailureException>(
            () => Read(
                turn,
                "turn/completed",
                """{"turn":{"status":"failed","error":"""
                    + """{"message":"You've hit your usage limit.","codexErrorInfo":"usageLimitExceeded"}}}"""))!;

        Assert.That(
            (failure.Kind, failure.RetryAfterSeconds, failure.Message),
            Is.EqualTo((FailureKind.RateLimited, 600, "You've hit your usage limit.")));
    }

    [Test]
    public void Read_UnknownNotification_IsNothing() =>
        Assert.That(Read(Started(), "thread/newThing", """{"x":[1]}"""), Is.Null);

    private static CodexTools WithTools() => CodexTools.Of(new WorkItem { Tools = { new ToolSpec { Name = "get_weather" } } });

    private static void Call(CodexTurn turn) => turn.Read(new JsonRpcNotification("rawResponseItem/completed", JsonElement.Parse(
        """{"item":{"type":"function_call","call_id":"c1","name":"client__get_weather","arguments":"{}"}}""")));

    private CodexTurn Started(CodexTools? tools = null)
    {
        var turn = new CodexTurn(tools ?? CodexTools.None, _time);
        Read(turn, "turn/started", """{"turn":{"id":"t1"}}""");
        return turn;
    }

    private static WorkEvent? Read(CodexTurn turn, string method, string json) =>
        turn.Read(new JsonRpcNotification(method, JsonElement.Parse(json))).SingleOrDefault();

    private CliFailureException Fails(string method, string json) =>
        Assert.Throws<CliFailureException>(() => Read(Started(), method, json))!;
}
