using System.Text.Json;
using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Clis.Gemini;
using Polydev.McpTunnel.JsonRpc;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.McpTunnel.Tests.Clis.Gemini;

public sealed class GeminiTurnTests
{
    private const string Session = "s1";
    private readonly GeminiTurn _turn = new(Session, "gemini-2.5-flash", GeminiTools.None);

    [Test]
    public void Event_MessageChunk_IsText() =>
        Assert.That(
            _turn.Event(Update("""{"sessionUpdate":"agent_message_chunk","content":{"type":"text","text":"hi"}}""")),
            Is.EqualTo(WorkEvents.Text("hi")));

    [TestCase("hm", "hm")]
    [TestCase("**Why**\\nhm", "**Why**\nhm")]
    [TestCase("****\\nhm", "hm", Description = "The model gave no subject.")]
    public void Event_ThoughtChunk_IsThinking(string told, string thought) =>
        Assert.That(
            _turn.Event(Update($$$"""{"sessionUpdate":"agent_thought_chunk","content":{"type":"text","text":"{{{told}}}"}}""")),
            Is.EqualTo(WorkEvents.Thinking(thought)));

    [Test]
    public void Event_AnotherSession_IsNothing() =>
        Assert.That(
            _turn.Event(Update("""{"sessionUpdate":"agent_message_chunk","content":{"type":"text","text":"hi"}}""", "s2")), Is.Null);

    [TestCase("""{"sessionUpdate":"user_message_chunk","content":{"type":"text","text":"hi"}}""")]
    [TestCase("""{"sessionUpdate":"available_commands_update","availableCommands":[]}""")]
    [TestCase("""{"sessionUpdate":"agent_message_chunk","content":{"type":"image"}}""")]
    public void Event_NoAnswer_IsNothing(string update) => Assert.That(_turn.Event(Update(update)), Is.Null);

    [TestCase("""{"sessionUpdate":"tool_call","toolCallId":"x","status":"in_progress","content":[]}""")]
    [TestCase("""{"sessionUpdate":"tool_call","toolCallId":"x","title":"get_weather (client MCP Server)"}""")]
    [TestCase("""{"sessionUpdate":"tool_call_update","toolCallId":"x","status":"completed"}""")]
    public void Event_ToolAtWork_BreaksTheLock(string update)
    {
        var failure = Assert.Throws<CliFailureException>(() => _turn.Event(Update(update)));

        Assert.That(failure!.Kind, Is.EqualTo(FailureKind.LockBroken));
    }

    [TestCase("user_message_chunk", true)]
    [TestCase("agent_message_chunk", true)]
    [TestCase("agent_thought_chunk", false)]
    [TestCase("available_commands_update", false)]
    public void IsReplay_Update_IsOneOfAMessage(string kind, bool replays) =>
        Assert.That(_turn.IsReplay(Update($$"""{"sessionUpdate":"{{kind}}"}""")), Is.EqualTo(replays));

    [Test]
    public void End_RecordedTokens_CountThoughtsAsOutput()
    {
        var recorded = new GeminiProtocol.RecordedAnswer("gemini", new GeminiProtocol.RecordedTokens(100, 7, 40, 15), null);

        var events = _turn.End(End("end_turn"), recorded).ToList();

        Assert.That(
            events[0].Usage, Is.EqualTo(new Usage { InputTokens = 100, OutputTokens = 22, CacheReadTokens = 40, ThinkingTokens = 15 }));
        Assert.That(events[1], Is.EqualTo(WorkEvents.Finished(StopReason.EndTurn)));
    }

    [Test]
    public void End_NothingRecorded_TakesTheProtocolsFigures() =>
        Assert.That(_turn.End(End("end_turn"), null).First().Usage, Is.EqualTo(new Usage { InputTokens = 100, OutputTokens = 7 }));

    [TestCase("look", "c1", "completed", """{"a":1.50}""", "c1", """{"a":1.50}""")]
    [TestCase("look", "c1", "failed", """{"a":1,"wait_for_previous":true}""", "c1", """{"a":1}""")]
    [TestCase("look", "mcp_client__look_17_0", "completed", "{}", "call_17_0", "{}")]
    [TestCase("wait", "c__1", "completed", """{"wait_for_previous":1}""", "c__1", """{"wait_for_previous":1}""")]
    public void End_CallsOfTheCallers_AreTheVendors(
        string name, string vendorsId, string status, string arguments, string toldId, string toldArguments)
    {
        var wireName = $"mcp_client__{name}";
        var id = $"{wireName}__{vendorsId}";
        var turn = Mounted();
        turn.Event(Update($$"""{"sessionUpdate":"tool_call","toolCallId":"{{id}}","status":"in_progress"}"""));
        turn.Event(Update($$"""{"sessionUpdate":"tool_call_update","toolCallId":"{{id}}","status":"{{status}}"}"""));

        var events = turn.End(End("max_turn_requests"), Recorded((id, wireName, arguments))).ToList();

        Assert.That(events.Select(next => next.KindCase), Is.EqualTo(new[]
        {
            WorkEvent.KindOneofCase.ToolCallStarted, WorkEvent.KindOneofCase.ToolCallArguments, WorkEvent.KindOneofCase.ToolCallFinished,
            WorkEvent.KindOneofCase.Usage, WorkEvent.KindOneofCase.Finished,
        }));
        Assert.That(events[0], Is.EqualTo(WorkEvents.ToolCallStarted(toldId, name)));
        Assert.That(events[1], Is.EqualTo(WorkEvents.ToolCallArguments(toldId, toldArguments)));
        Assert.That(events[^1], Is.EqualTo(WorkEvents.Finished(StopReason.ToolUse)));
    }

    [TestCase("run_shell_command__c1")]
    [TestCase("mcp_client__loo__c1")]
    [TestCase("mcp_client__look_c1")]
    [TestCase("mcp_client_look__c1")]
    [TestCase("look__c1")]
    public void Event_ToolAtWorkThatIsNotMounted_BreaksTheLock(string id)
    {
        var failure = Assert.Throws<CliFailureException>(
            () => Mounted().Event(Update($$"""{"sessionUpdate":"tool_call","toolCallId":"{{id}}"}""")));

        Assert.That(failure!.Kind, Is.EqualTo(FailureKind.LockBroken));
    }

    [TestCase("run_shell_command", FailureKind.LockBroken)]
    [TestCase("look", FailureKind.LockBroken)]
    [TestCase(null, FailureKind.Upstream)]
    public void End_RecordedCallThatIsNotTheCallers_Fails(string? name, FailureKind kind)
    {
        var turn = Mounted();
        turn.Event(Update("""{"sessionUpdate":"tool_call_update","toolCallId":"mcp_client__look__c1","status":"completed"}"""));
        var recorded = name is null ? null : Recorded(("c1", name, "{}"));

        var failure = Assert.Throws<CliFailureException>(() => turn.End(End("max_turn_requests"), recorded));

        Assert.That(failure!.Kind, Is.EqualTo(kind));
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase("mcp_client__look__")]
    public void End_RecordedCallWithoutAnId_IsNotHandedOn(string? id)
    {
        var turn = Mounted();
        turn.Event(Update("""{"sessionUpdate":"tool_call_update","toolCallId":"mcp_client__look__c1","status":"completed"}"""));

        var failure = Assert.Throws<CliFailureException>(
            () => turn.End(End("max_turn_requests"), Recorded((id!, "mcp_client__look", "{}"))));

        Assert.That(failure!.Kind, Is.EqualTo(FailureKind.Upstream));
    }

    [Test]
    public void Event_NothingToldOrOfAnotherShape_IsNothing()
    {
        Assert.That(_turn.Event(new JsonRpcNotification(GeminiMethods.Update, default)), Is.Null);
        Assert.That(_turn.Event(Update("""{"sessionUpdate":"agent_message_chunk","content":{"type":"text","text":[]}}""")), Is.Null);
    }

    [TestCase("max_turn_requests", FailureKind.LockBroken)]
    [TestCase("max_tokens", FailureKind.ContextTooLong)]
    [TestCase("cancelled", FailureKind.CliCrashed)]
    public void End_NotByTheModel_Fails(string reason, FailureKind kind)
    {
        var failure = Assert.Throws<CliFailureException>(() => _turn.End(End(reason), null));

        Assert.That(failure!.Kind, Is.EqualTo(kind));
    }

    [Test]
    public void End_AnotherModelAnswered_Fails()
    {
        var failure = Assert.Throws<CliFailureException>(() => _turn.End(End("end_turn", "gemini-3.8-flash"), null));

        Assert.That(failure!.Message, Does.Contain("gemini-3.8-flash instead of gemini-2.5-flash"));
    }

    private static GeminiTurn Mounted() => new(Session, "gemini-2.5-flash", GeminiTools.Of(new WorkItem
    {
        Tools =
        {
            new ToolSpec { Name = "look" },
            new ToolSpec { Name = "wait", InputSchemaJson = """{"properties":{"wait_for_previous":{}}}""" },
        },
    }));

    private static GeminiProtocol.RecordedAnswer Recorded(params (string Id, string Name, string Arguments)[] calls) => new(
        "gemini",
        null,
        [.. calls.Select(call => new GeminiProtocol.RecordedCall(call.Id, call.Name, JsonElement.Parse(call.Arguments)))]);

    private static JsonRpcNotification Update(string update, string session = Session) =>
        new(GeminiMethods.Update, JsonElement.Parse($$"""{"sessionId":"{{session}}","update":{{update}}}"""));

    private static GeminiProtocol.PromptEnded End(string reason, string model = "gemini-2.5-flash") => JsonSerializer.Deserialize(
        $$$$"""{"stopReason":"{{{{reason}}}}","_meta":{"quota":{"token_count":"""
            + $$$$"""{"input_tokens":100,"output_tokens":7},"model_usage":[{"model":"{{{{model}}}}","token_count":{}}]}}}""",
        GeminiJson.Default.PromptEnded)!;
}
