using System.Text.Json;
using Polydev.Broker.Dialects;
using Polydev.Broker.Dialects.Anthropic;

namespace Polydev.Broker.Tests.Dialects;

internal sealed class AnthropicContractTests : DialectContract
{
    protected override string Minimal => """{"model":"claude-opus-4-6","max_tokens":1024,"messages":[{"role":"user","content":"Hello"}]}""";

    protected override string Conversation => """
        {"model":"claude-opus-4-6","max_tokens":1024,"system":"Be brief.","messages":[
        {"role":"user","content":"one"},{"role":"assistant","content":[{"type":"text","text":"two"}]},
        {"role":"user","content":[{"type":"text","text":"three","cache_control":{"type":"ephemeral"}}]},
        {"role":"assistant","content":"four"},{"role":"user","content":"five"}]}
        """;

    protected override IReadOnlyList<string> AlwaysAsked => ["max_tokens"];

    protected override string MessagesField => "messages";

    protected override bool AnswersInstructionsAlone => false;

    protected override bool ContinuesTheAssistant => true;

    protected override IReadOnlyList<string> NullableFields { get; } =
    [
        "system", "stream", "temperature", "top_p", "top_k", "stop_sequences", "thinking", "output_config", "output_format", "tools",
        "tool_choice", "mcp_servers", "metadata", "service_tier", "container",
    ];

    protected override IReadOnlyDictionary<string, string> WrongTypes { get; } = new Dictionary<string, string>
    {
        ["model"] = Body("""["claude"]""", "1", "\"Hi\""),
        ["max_tokens"] = Body("\"m\"", "\"many\"", "\"Hi\""),
        ["messages[0].content"] = Body("\"m\"", "1", "7"),
        ["messages[0].content[0]"] = Body("\"m\"", "1", """["Hi"]"""),
        ["messages[0].content[0].text"] = Body("\"m\"", "1", """[{"type":"text","text":1}]"""),
        ["messages"] = """{"model":"m","max_tokens":1,"messages":"Hi"}""",
        ["messages[0]"] = """{"model":"m","max_tokens":1,"messages":["Hi"]}""",
        ["stream"] = Body("\"m\"", "1", "\"Hi\"", "\"stream\":\"yes\""),
        ["temperature"] = Body("\"m\"", "1", "\"Hi\"", "\"temperature\":\"hot\""),
        ["top_p"] = Body("\"m\"", "1", "\"Hi\"", "\"top_p\":2"),
        ["top_k"] = Body("\"m\"", "1", "\"Hi\"", "\"top_k\":1.5"),
        ["stop_sequences"] = Body("\"m\"", "1", "\"Hi\"", "\"stop_sequences\":\"END\""),
        ["stop_sequences[1]"] = Body("\"m\"", "1", "\"Hi\"", "\"stop_sequences\":[\"END\",1]"),
        ["system"] = Body("\"m\"", "1", "\"Hi\"", "\"system\":{\"type\":\"text\"}"),
        ["thinking"] = Body("\"m\"", "1", "\"Hi\"", "\"thinking\":true"),
    };

    protected override string EndReason => "end_turn";

    protected override string LengthReason => "max_tokens";

    protected override IDialect CreateDialect(TimeProvider clock) => new AnthropicDialect(new AnthropicFamily(), clock);

    protected override SeenAnswer ReadAnswer(JsonElement answer)
    {
        Assert.That((answer.GetProperty("type").GetString(), answer.GetProperty("role").GetString()), Is.EqualTo(("message", "assistant")));
        Assert.That(answer.GetProperty("stop_sequence").ValueKind, Is.EqualTo(JsonValueKind.Null));
        return new SeenAnswer
        {
            Id = answer.GetProperty("id").GetString(),
            Model = answer.GetProperty("model").GetString(),
            Pieces = [.. answer.GetProperty("content").EnumerateArray().Select(block => block.GetProperty("text").GetString()!)],
            StopReason = answer.GetProperty("stop_reason").GetString(),
            InputTokens = ReadInput(answer.GetProperty("usage")),
            OutputTokens = answer.GetProperty("usage").GetProperty("output_tokens").GetInt64(),
        };
    }

    protected override SeenAnswer ReadStream(string stream) => AnthropicClient.Read(stream);

    protected override string ReadError(JsonElement body) => AnthropicClient.ReadError(body);

    private static long ReadInput(JsonElement usage) =>
        usage.GetProperty("input_tokens").GetInt64()
        + usage.GetProperty("cache_read_input_tokens").GetInt64()
        + usage.GetProperty("cache_creation_input_tokens").GetInt64();

    private static string Body(string model, string maxTokens, string content, string more = "\"x\":1") =>
        $$"""{"model":{{model}},"max_tokens":{{maxTokens}},"messages":[{"role":"user","content":{{content}}}],{{more}}}""";
}
