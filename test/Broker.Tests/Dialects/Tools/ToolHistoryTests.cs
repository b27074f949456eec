using System.Text.Json;
using Polydev.Broker.Dialects;
using Polydev.Broker.Dialects.Anthropic;
using Polydev.Broker.Dialects.OpenAiChat;
using Polydev.Broker.Dialects.OpenAiResponses;
using Polydev.Broker.Errors;

namespace Polydev.Broker.Tests.Dialects.Tools;

/// <summary>Histories of calls and results as clients send them.</summary>
internal sealed class ToolHistoryTests
{
    private const string Calls = """
        {"role":"assistant","tool_calls":[{"index":0,"id":"call_toolu_1","function":{"name":"get","arguments":""}},
        {"index":1,"id":"call_toolu_2","type":"function","function":{"name":"set","arguments":"{}"}}]},{"role":"assistant","content":""}
        """;

    [Test]
    public void Chat_ResultsInAnyOrderBehindABlankMessage_AreTaken()
    {
        var call = Chat($$"""
            {{Calls}},{"role":"tool","tool_call_id":"call_toolu_2","content":null},
            {"role":"tool","tool_call_id":"call_toolu_1","content":"r"}
            """);

        var results = call.Conversation.Messages[^1].Parts.Select(part => (part.ToolResult.ToolCallId, part.ToolResult.Content.Count));
        Assert.That(results, Is.EqualTo(new[] { ("toolu_1", 1), ("toolu_2", 0) }));
    }

    [TestCase("""{"role":"tool","tool_call_id":"call_toolu_9","content":"r"}""", "call_toolu_9")]
    [TestCase("""{"role":"tool","tool_call_id":"call_toolu_1","content":"r"}""", "call_toolu_2")]
    [TestCase("""{"role":"assistant","content":"hm"}""", "call_toolu_1")]
    public void Chat_ResultThatIsUnknownOrMissing_IsNamedAsTheCallerWroteIt(string last, string id) =>
        Assert.That(Assert.Throws<ApiException>(() => Chat($"{Calls},{last}"))!.Error.Message, Does.Contain($"'{id}'"));

    [TestCase("toolu_call_9", "toolu_call_9")]
    [TestCase("toolu_call_1", "toolu_call_2")]
    public void Anthropic_ResultThatIsUnknownOrMissing_IsNamedAsTheCallerWroteIt(string given, string id)
    {
        var body = $$"""
            {"model":"m","max_tokens":9,"messages":[{"role":"user","content":"q"},{"role":"assistant","content":[
            {"type":"tool_use","id":"toolu_call_1","name":"get","input":{ } },
            {"type":"tool_use","id":"toolu_call_2","name":"set","input":{ } }]},
            {"role":"user","content":[{"type":"tool_result","tool_use_id":"{{given}}"}] }] }
            """;
        var dialect = new AnthropicDialect(new AnthropicFamily(), TimeProvider.System);

        Assert.That(Assert.Throws<ApiException>(() => Read(dialect, body))!.Error.Message, Does.Contain($"'{id}'"));
    }

    [Test]
    public void Responses_ItemsOfOpenAisOwnTools_CostNothingAndAdditionalToolsAreOffered()
    {
        const string Body = """
            {"model":"m","tools":[{"type":"function","name":"get","parameters":{"type":"object"}}],
            "tool_choice":{"type":"function","name":"late"},"input":[
            {"type":"additional_tools","role":"developer","tools":[{"type":"function","name":"late","parameters":{"type":"object"}},
            {"type":"function","name":"get"},{"type":"custom","name":"apply_patch"},{"type":"local_shell"}]},
            {"role":"user","content":"q"},
            {"type":"web_search_call","id":"ws_1","status":"completed","action":{"type":"search","query":"x"}},
            {"type":"tool_search_call","call_id":"call_s","arguments":{}},{"type":"tool_search_output","call_id":"call_s","tools":[]},
            {"type":"function_call","call_id":"call_1","name":"late","arguments":"{}"},
            {"type":"function_call_output","call_id":"call_1","output":[{"type":"input_text","text":"r"}]}]}
            """;

        var call = Read(new OpenAiResponsesDialect(TimeProvider.System), Body);

        Assert.That(call.Offer.Served.Select(tool => tool.Name), Is.EqualTo(new[] { "get", "late", "apply_patch" }));
        Assert.That(call.Conversation.Messages[^1].Parts.Single().ToolResult.Content.Single().Text.Text, Is.EqualTo("r"));
        Assert.That(
            call.Requested.Where(asked => asked.Feature.Length == 0).Select(asked => asked.Field),
            Is.EqualTo(new[]
            {
                "input.additional_tools.local_shell", "input.web_search_call", "input.tool_search_call", "input.tool_search_output",
            }));
    }

    private static CompletionCall Chat(string history) =>
        Read(new OpenAiChatDialect(TimeProvider.System), $$"""{"model":"m","messages":[{"role":"user","content":"q"},{{history}}] }""");

    private static CompletionCall Read(IDialect dialect, string body)
    {
        using var document = JsonDocument.Parse(body);
        return dialect.Read(document.RootElement, CompletionPath.None);
    }
}
