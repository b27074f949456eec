using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Polydev.Broker.Dialects;
using Polydev.Broker.Dialects.OpenAi;
using Polydev.Broker.Dialects.OpenAiChat;
using Polydev.Broker.Dialects.OpenAiResponses;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.Broker.Tests.Dialects.Tools;

/// <summary>OpenAI's custom tools: a tool of one text argument to the CLI, and one text to the caller.</summary>
internal sealed class CustomToolTests
{
    private const string Patch = "*** Begin\n+\"a\" \\ \t😀 é";

    private const string Grammar = """{"type":"grammar","syntax":"lark","definition":"start: \"x\""}""";
    private const string Chat = """
        "tools":[{"type":"custom","custom":{"name":"apply","description":"D","format":{"type":"grammar","grammar":
        {"syntax":"lark","definition":"start: \"x\""}}}},{"type":"function","function":{"name":"get"}}]
        """;

    private const string Responses = $$"""
        "tools":[{"type":"custom","name":"apply","description":"D","format":{{Grammar}} },{"type":"function","name":"get"}]
        """;

    private static readonly string Arguments = JsonSerializer.Serialize(new { input = Patch });

    [TestCase("chat", Chat)]
    [TestCase("responses", Responses)]
    public void Read_CustomTool_IsAToolOfOneText(string dialect, string tools)
    {
        var call = DialectRequest.Read(dialect, tools);

        var tool = call.Work().Tools[0];
        Assert.Multiple(() =>
        {
            Assert.That((tool.Name, tool.Description), Is.EqualTo(
                ("apply", "D\n\nThe input is a text of this grammar, in Lark's notation:\nstart: \"x\"")));
            Assert.That(tool.InputSchemaJson, Does.Contain("\"required\":[\"input\"]"));
            Assert.That(call.Requested.Select(asked => (asked.Field, asked.Feature)), Does.Contain(("tools.format", string.Empty)));
        });
    }

    [TestCase("""{"type":"custom"}""", "tools[0].name")]
    [TestCase("""{"type":"custom","name":"a b"}""", "tools[0].name")]
    [TestCase("""{"type":"custom","name":"a","format":{}}""", "tools[0].format.type")]
    [TestCase("""{"type":"custom","name":"a","format":{"type":"json"}}""", "tools[0].format.type")]
    [TestCase("""{"type":"custom","name":"a","format":{"type":"grammar"}}""", "tools[0].format.syntax")]
    [TestCase("""{"type":"custom","name":"a","format":{"type":"grammar","syntax":"bnf"}}""", "tools[0].format.syntax")]
    [TestCase("""{"type":"custom","name":"a","format":{"type":"grammar","syntax":"regex"}}""", "tools[0].format.definition")]
    public void Read_CustomToolThatCannotBe_NamesTheField(string tool, string field) =>
        Assert.That(ToolRequests.Refused("responses", $"\"tools\":[{tool}]"), Is.EqualTo(field));

    [TestCase("chat", "\"tool_choice\":{\"type\":\"custom\",\"custom\":{\"name\":\"apply\"}}", Chat)]
    [TestCase("responses", "\"tool_choice\":{\"type\":\"custom\",\"name\":\"apply\"}", Responses)]
    public void Read_CustomToolThatMustBeCalled_IsNamed(string dialect, string choice, string tools) => Assert.That(
        DialectRequest.Read(dialect, $"{tools},{choice}").Work().ToolChoice,
        Is.EqualTo(new ToolChoice { Mode = ToolChoiceMode.Named, Name = "apply" }));

    [Test]
    public void Read_CallsOfTheHistory_AreTheModelsArguments()
    {
        var patch = JsonSerializer.Serialize(Patch);
        var chat = Read(new OpenAiChatDialect(TimeProvider.System), $$"""
            {"model":"m","messages":[{"role":"user","content":"q"},
            {"role":"assistant","tool_calls":[{"id":"call_1","type":"custom","custom":{"input":{{patch}},"name":"apply"} }]},
            {"role":"tool","tool_call_id":"call_1","content":"done"}]}
            """);
        var responses = Read(new OpenAiResponsesDialect(TimeProvider.System), $$"""
            {"model":"m","input":[{"role":"user","content":"q"},
            {"type":"custom_tool_call","call_id":"call_1","name":"apply","input":{{patch}} },
            {"type":"custom_tool_call_output","call_id":"call_1","output":"done"}]}
            """);

        Assert.That(chat.Work().Messages, Is.EqualTo(responses.Work().Messages));
        var call = chat.Work().Messages[1].Parts.Single().ToolCall;
        Assert.That((call.Name, (string?)JsonNode.Parse(call.ArgumentsJson)!["input"]), Is.EqualTo(("apply", Patch)));
        Assert.That(chat.Work().Messages[2].Parts.Single().ToolResult.Content.Single().Text.Text, Is.EqualTo("done"));
    }

    [Test]
    public void WriteAnswer_Chat_GivesTheText()
    {
        var answer = Whole(new OpenAiChatDialect(TimeProvider.System), DialectRequest.Read("chat", Chat));
        var calls = answer["choices"]![0]!["message"]!["tool_calls"]!;

        Assert.Multiple(() =>
        {
            Assert.That(((string?)calls[0]!["type"], (string?)calls[0]!["id"]), Is.EqualTo(("custom", "call_1")));
            Assert.That(
                ((string?)calls[0]!["custom"]!["name"], (string?)calls[0]!["custom"]!["input"]), Is.EqualTo(("apply", Patch)));
            Assert.That(calls[0]!["function"], Is.Null);
            Assert.That(((string?)calls[1]!["type"], (string?)calls[1]!["function"]!["arguments"]), Is.EqualTo(("function", "{}")));
        });
    }

    [Test]
    public void WriteAnswer_Responses_GivesTheTextAndRepeatsTheTool()
    {
        var response = Whole(new OpenAiResponsesDialect(TimeProvider.System), DialectRequest.Read("responses", Responses));

        var item = response["output"]![0]!;
        Assert.Multiple(() =>
        {
            Assert.That(((string?)item["type"], (string?)item["status"]), Is.EqualTo(("custom_tool_call", "completed")));
            Assert.That((string?)item["id"], Does.StartWith("ctc_"));
            Assert.That(((string?)item["call_id"], (string?)item["name"], (string?)item["input"]), Is.EqualTo(("call_1", "apply", Patch)));
            Assert.That((string?)response["output"]![1]!["type"], Is.EqualTo("function_call"));
            Assert.That((string?)response["tools"]![0]!["description"], Is.EqualTo("D"));
            Assert.That(JsonNode.DeepEquals(response["tools"]![0]!["format"], JsonNode.Parse(Grammar)), Is.True);
            Assert.That(response["tools"]![0]!["parameters"], Is.Null);
        });
    }

    [TestCase(1)]
    [TestCase(5)]
    [TestCase(1000)]
    public void Stream_Chat_GivesTheTextAsItComes(int size)
    {
        var deltas = SseFrame.Parse(Streamed(new OpenAiChatDialect(TimeProvider.System), DialectRequest.Read("chat", Chat), size))
            .SkipLast(1).Select(frame => JsonNode.Parse(frame.Data)!["choices"]![0]!["delta"]!["tool_calls"]?[0]).OfType<JsonNode>()
            .Where(delta => (int)delta["index"]! == 0).ToList();

        Assert.That(deltas[0].ToJsonString(), Is.EqualTo(
            """{"index":0,"id":"call_1","type":"custom","custom":{"name":"apply","input":""}}"""));
        Assert.That(string.Concat(deltas.Select(delta => (string)delta["custom"]!["input"]!)), Is.EqualTo(Patch));
        Assert.That(deltas, Has.Count.GreaterThan(size < 1000 ? 3 : 1));
    }

    [TestCase(1)]
    [TestCase(5)]
    [TestCase(1000)]
    public void Stream_Responses_GivesTheTextAsItComes(int size)
    {
        var events = SseFrame.Parse(Streamed(
                new OpenAiResponsesDialect(TimeProvider.System), DialectRequest.Read("responses", Responses), size))
            .Select(frame => JsonNode.Parse(frame.Data)!).ToList();

        var deltas = events.Where(next => (string?)next["type"] == "response.custom_tool_call_input.delta").ToList();
        var done = events.Single(next => (string?)next["type"] == "response.custom_tool_call_input.done");
        Assert.That(string.Concat(deltas.Select(delta => (string)delta["delta"]!)), Is.EqualTo(Patch));
        Assert.That((string?)done["input"], Is.EqualTo(Patch));
        Assert.That((string?)done["item_id"], Is.EqualTo((string?)deltas[0]["item_id"]));
        Assert.That(events.Select(next => (int)next["sequence_number"]!), Is.EqualTo(Enumerable.Range(0, events.Count)));
    }

    [TestCase("""{"input":"ab""", "ab")]
    [TestCase(""" { "input" : "a\u00e9\""}""", "aé\"")]
    [TestCase("""{"input":"a\ud83d\ude0""", "a")]
    [TestCase("""{"input":"a\ud83dbcdefgh"}""", "a\uFFFDbcdefgh")]
    [TestCase("""{"input":"a\ud83d\nb\ude00c"}""", "a\uFFFD\nb\uFFFDc")]
    [TestCase("""{"input":"a\ud83d\u0041b"}""", "a\uFFFDAb")]
    [TestCase("""{"input":"a\uzzzzb"}""", "a\uFFFDb")]
    [TestCase("""{"inp""", "")]
    [TestCase("{}", "")]
    public void CustomToolInput_OfWhatCame_IsTheTextSoFar(string arguments, string expected)
    {
        Assert.That(CustomToolInput.Of(arguments), Is.EqualTo(expected));
        var input = new CustomToolInput();
        Assert.That(string.Concat(arguments.Select(letter => input.Take(letter.ToString()))), Is.EqualTo(expected));
    }

    [Test]
    public void CustomToolInput_Wrapped_IsItsOwnInverse([Values(Patch, "", "\u0000\u001f\u2028\"\\/")] string text) =>
        Assert.That(CustomToolInput.Of(CustomToolInput.Wrapped(text)), Is.EqualTo(text));

    private static CompletionCall Read(IDialect dialect, string body)
    {
        using var document = JsonDocument.Parse(body);
        return dialect.Read(document.RootElement, CompletionPath.None);
    }

    private static IEnumerable<WorkEvent> Events(int size) =>
    [
        WorkEvents.ToolCallStarted("call_1", "apply"),
        .. Arguments.Chunk(size).Select(piece => WorkEvents.ToolCallArguments("call_1", new string(piece))),
        WorkEvents.ToolCallFinished("call_1"),
        WorkEvents.ToolCallStarted("call_2", "get"), WorkEvents.ToolCallFinished("call_2"), WorkEvents.Finished(StopReason.ToolUse),
    ];

    private static JsonNode Whole(IDialect dialect, CompletionCall call)
    {
        var answer = new Answer();
        foreach (var next in Events(1000))
        {
            answer.Add(next);
        }

        var output = new ArrayBufferWriter<byte>();
        dialect.WriteAnswer(output, call, answer);
        return JsonNode.Parse(output.WrittenSpan)!;
    }

    private static string Streamed(IDialect dialect, CompletionCall call, int size)
    {
        var output = new ArrayBufferWriter<byte>();
        using var stream = dialect.OpenStream(output, call);
        foreach (var next in Events(size))
        {
            stream.Write(next);
        }

        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
