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
    private readonly GeminiTurn _turn = new(Session, "gemini-2.5-flash");

    [Test]
    public void Event_MessageChunk_IsText() =>
        Assert.That(
            _turn.Event(Update("""{"sessionUpdate":"agent_message_chunk","content":{"type":"text","text":"hi"}}""")),
            Is.EqualTo(WorkEvents.Text("hi")));

    [Test]
    public void Event_ThoughtChunk_IsThinking() =>
        Assert.That(
            _turn.Event(Update("""{"sessionUpdate":"agent_thought_chunk","content":{"type":"text","text":"hm"}}""")),
            Is.EqualTo(WorkEvents.Thinking("hm")));

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

    [TestCase("available_commands_update", true)]
    [TestCase("user_message_chunk", false)]
    public void EndsReplay_Update_IsTheListOfCommandsOnly(string kind, bool ends) =>
        Assert.That(_turn.EndsReplay(Update($$"""{"sessionUpdate":"{{kind}}"}""")), Is.EqualTo(ends));

    [Test]
    public void End_RecordedTokens_CountThoughtsAsOutput()
    {
        var events = _turn.End(End("end_turn"), new GeminiProtocol.RecordedTokens(100, 7, 40, 15)).ToList();

        Assert.That(
            events[0].Usage, Is.EqualTo(new Usage { InputTokens = 100, OutputTokens = 22, CacheReadTokens = 40, ThinkingTokens = 15 }));
        Assert.That(events[1], Is.EqualTo(WorkEvents.Finished(StopReason.EndTurn)));
    }

    [Test]
    public void End_NothingRecorded_TakesTheProtocolsFigures() =>
        Assert.That(_turn.End(End("end_turn"), null).First().Usage, Is.EqualTo(new Usage { InputTokens = 100, OutputTokens = 7 }));

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

    private static JsonRpcNotification Update(string update, string session = Session) =>
        new(GeminiMethods.Update, JsonElement.Parse($$"""{"sessionId":"{{session}}","update":{{update}}}"""));

    private static GeminiProtocol.PromptEnded End(string reason, string model = "gemini-2.5-flash") => JsonSerializer.Deserialize(
        $$$$"""{"stopReason":"{{{{reason}}}}","_meta":{"quota":{"token_count":"""
            + $$$$"""{"input_tokens":100,"output_tokens":7},"model_usage":[{"model":"{{{{model}}}}","token_count":{}}]}}}""",
        GeminiJson.Default.PromptEnded)!;
}
