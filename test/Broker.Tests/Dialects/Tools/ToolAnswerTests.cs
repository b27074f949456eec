using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using Polydev.Broker.Dialects;
using Polydev.Broker.Dialects.Anthropic;
using Polydev.Broker.Dialects.OpenAiChat;
using Polydev.Broker.Dialects.OpenAiResponses;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.Broker.Tests.Dialects.Tools;

/// <summary>What of an answer's calls is one dialect's alone.</summary>
internal sealed class ToolAnswerTests
{
    private const string Functions = "\"functions\":[{\"name\":\"get\",\"parameters\":{}},{\"name\":\"set\"}]";

    private static readonly WorkEvent[] Calls =
    [
        WorkEvents.ToolCallStarted("toolu_1", "get"), WorkEvents.ToolCallArguments("toolu_1", "{\"a\":"),
        WorkEvents.ToolCallArguments("toolu_1", "1}"), WorkEvents.ToolCallFinished("toolu_1"),
        WorkEvents.ToolCallStarted("toolu_2", "set"), WorkEvents.ToolCallFinished("toolu_2"), WorkEvents.Finished(StopReason.ToolUse),
    ];

    [Test]
    public void WriteAnswer_FunctionsOf2023_TellTheFirstCallInTheirForm()
    {
        var choice = Whole(DialectRequest.Read("chat", Functions))["choices"]![0]!;

        Assert.That((string?)choice["finish_reason"], Is.EqualTo("function_call"));
        Assert.That(choice["message"]!["function_call"]!.ToJsonString(), Is.EqualTo("""{"name":"get","arguments":"{\u0022a\u0022:1}"}"""));
        Assert.That(choice["message"]!["tool_calls"], Is.Null);
    }

    [Test]
    public void Stream_FunctionsOf2023_TellTheFirstCallInTheirForm()
    {
        var streamed = Streamed(new OpenAiChatDialect(TimeProvider.System), DialectRequest.Read("chat", Functions));

        var called = SseFrame.Parse(streamed).SkipLast(1)
            .Select(frame => JsonNode.Parse(frame.Data)!["choices"]![0]!["delta"]!["function_call"]).OfType<JsonNode>().ToList();
        Assert.That(called.Select(call => (string?)call["name"]), Is.EqualTo(new[] { "get", null, null }));
        Assert.That(string.Concat(called.Select(call => (string)call["arguments"]!)), Is.EqualTo("""{"a":1}"""));
        Assert.That(streamed, Does.Contain("\"finish_reason\":\"function_call\"").And.Not.Contain("tool_calls"));
    }

    [Test]
    public void Read_FunctionsOf2023_AreToolsOfWhichOneIsCalled()
    {
        var work = DialectRequest.Read("chat", Functions + ",\"function_call\":{\"name\":\"set\"}").Work();

        Assert.That(work.Tools.Select(tool => tool.Name), Is.EqualTo(new[] { "get", "set" }));
        Assert.That(
            work.ToolChoice, Is.EqualTo(new ToolChoice { Mode = ToolChoiceMode.Named, Name = "set", DisableParallel = true }));
    }

    [TestCase("\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"get\"}}", "stop")]
    [TestCase("\"tool_choice\":\"required\"", "tool_calls")]
    [TestCase("\"tool_choice\":\"auto\"", "tool_calls")]
    public void WriteAnswer_NamedFunction_JustStops(string choice, string reason)
    {
        var call = DialectRequest.Read("chat", $"{ToolRequests.Tools("chat", "{}", "get")},{choice}");

        Assert.That((string?)Whole(call)["choices"]![0]!["finish_reason"], Is.EqualTo(reason));
    }

    [Test]
    public void WriteAnswer_Responses_RepeatsToolsAndChoice()
    {
        var call = DialectRequest.Read(
            "responses",
            ToolRequests.Tools("responses", "{}", "get") + """
                ,"tool_choice":{"type":"function","name":"get"},"parallel_tool_calls":false
                """);
        var output = new ArrayBufferWriter<byte>();

        new OpenAiResponsesDialect(TimeProvider.System).WriteAnswer(output, call, Answered());

        var response = JsonNode.Parse(output.WrittenSpan)!;
        Assert.That(response["tools"]!.ToJsonString(), Is.EqualTo(
            """[{"type":"function","name":"get","description":"D","parameters":{"type":"object","properties":{}},"strict":false}]"""));
        Assert.That(response["tool_choice"]!.ToJsonString(), Is.EqualTo("""{"type":"function","name":"get"}"""));
        Assert.That((bool)response["parallel_tool_calls"]!, Is.False);
    }

    [Test]
    public void Stream_Anthropic_BeginsEachInputWithAnEmptyDelta()
    {
        var streamed = Streamed(
            new AnthropicDialect(new AnthropicFamily(), TimeProvider.System),
            DialectRequest.Read("anthropic", ToolRequests.Tools("anthropic", "{}", "get", "set")));

        var deltas = SseFrame.Parse(streamed).Where(frame => frame.Event is "content_block_start" or "content_block_delta")
            .Select(frame => JsonNode.Parse(frame.Data)!).Select(data => $"{data["index"]} {data["delta"]?["partial_json"] ?? "start"}");
        Assert.That(deltas, Is.EqualTo(new[] { "0 start", "0 ", "0 {\"a\":", "0 1}", "1 start", "1 " }));
    }

    [TestCase("toolu_1", "call_toolu_1", "toolu_1")]
    [TestCase("call_1", "call_1", "toolu_call_1")]
    [TestCase("x", "call_x", "toolu_x")]
    public void ToolCallId_InEachForm_ComesBackAsItsMakers(string made, string openAi, string anthropic)
    {
        Assert.That((ToolCallId.ForOpenAi(made), ToolCallId.ForAnthropic(made)), Is.EqualTo((openAi, anthropic)));
        var back = made == "x" ? ("call_x", "toolu_x") : (made, made);
        Assert.That((ToolCallId.Original(openAi), ToolCallId.Original(anthropic)), Is.EqualTo(back));
    }

    [Test]
    public void ToolCallId_OfTheLongestKind_StaysAsItIs()
    {
        var id = new string('x', 512);

        Assert.That((ToolCallId.ForOpenAi(id), ToolCallId.ForAnthropic(id)), Is.EqualTo((id, id)));
    }

    private static JsonNode Whole(CompletionCall call)
    {
        var output = new ArrayBufferWriter<byte>();
        new OpenAiChatDialect(TimeProvider.System).WriteAnswer(output, call, Answered());
        return JsonNode.Parse(output.WrittenSpan)!;
    }

    private static Answer Answered()
    {
        var answer = new Answer();
        Array.ForEach(Calls, answer.Add);
        return answer;
    }

    private static string Streamed(IDialect dialect, CompletionCall call)
    {
        var output = new ArrayBufferWriter<byte>();
        using var stream = dialect.OpenStream(output, call);
        Array.ForEach(Calls, stream.Write);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
