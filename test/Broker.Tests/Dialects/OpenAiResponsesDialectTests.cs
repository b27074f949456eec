using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Polydev.Broker.Conversations;
using Polydev.Broker.Dialects;
using Polydev.Broker.Dialects.OpenAiResponses;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.Broker.Tests.Dialects;

internal sealed class OpenAiResponsesDialectTests : DialectContract
{
    protected override IDialect CreateDialect(TimeProvider clock) => new OpenAiResponsesDialect(clock);

    protected override string Minimal => """{"model":"claude-opus-4-6","input":[{"role":"user","content":"Hello"}]}""";

    protected override string Conversation => """
        {"model":"claude-opus-4-6","instructions":"Be brief.","input":[{"role":"user","content":"one"},
        {"type":"message","role":"assistant","content":[{"type":"output_text","text":"two","annotations":[]}],
        "id":"msg_1","status":"completed"},
        {"type":"message","role":"user","content":[{"type":"input_text","text":"three"}]},{"role":"assistant","content":"four"},
        {"role":"user","content":"five"}]}
        """;

    protected override string MessagesField => "input";

    protected override IReadOnlyList<string> NullableFields =>
    [
        "instructions", "stream", "stream_options", "store", "background", "previous_response_id", "conversation", "prompt",
        "max_output_tokens",
        "temperature", "top_p", "top_logprobs", "tools", "tool_choice", "text", "reasoning", "truncation", "include", "metadata", "user",
    ];

    protected override IReadOnlyDictionary<string, string> WrongTypes => new Dictionary<string, string>
    {
        ["model"] = """{"model":{},"input":"x"}""",
        ["input"] = """{"model":"m","input":7}""",
        ["input[1]"] = """{"model":"m","input":[{"role":"user","content":"x"},"y"]}""",
        ["input[0].role"] = """{"model":"m","input":[{"role":1,"content":"x"}]}""",
        ["input[0].type"] = """{"model":"m","input":[{"type":1,"role":"user","content":"x"}]}""",
        ["input[0].content"] = """{"model":"m","input":[{"role":"user","content":{}}]}""",
        ["input[0].content[0].text"] = """{"model":"m","input":[{"role":"user","content":[{"type":"input_text","text":[]}]}]}""",
        ["input[0].arguments"] = """{"model":"m","input":[{"type":"function_call","call_id":"c","name":"f","arguments":{}}]}""",
        ["instructions"] = With("\"instructions\":7"),
        ["stream"] = With("\"stream\":1"),
        ["store"] = With("\"store\":\"no\""),
        ["background"] = With("\"background\":\"no\""),
        ["max_output_tokens"] = With("\"max_output_tokens\":-1"),
        ["temperature"] = With("\"temperature\":{}"),
        ["reasoning"] = With("\"reasoning\":\"high\""),
        ["reasoning.effort"] = With("\"reasoning\":{\"effort\":3}"),
        ["text"] = With("\"text\":\"plain\""),
        ["text.format"] = With("\"text\":{\"format\":\"plain\"}"),
    };

    protected override string EndReason => "completed";

    protected override string LengthReason => "max_output_tokens";

    protected override SeenAnswer ReadAnswer(JsonElement answer) => OpenAiResponsesReader.ReadAnswer(answer);

    protected override SeenAnswer ReadStream(string stream) => OpenAiResponsesReader.ReadStream(stream);

    protected override string ReadError(JsonElement body) => OpenAiErrorReader.Message(body);

    [Test]
    public void Read_InputString_IsOneUserMessage() =>
        Assert.That(Turns(Read("""{"model":"m","input":"Hello"}""")), Is.EqualTo(new[] { "User: Hello" }));

    [Test]
    public void Read_InstructionsAndSystemItems_AreJoinedInOrder()
    {
        var call = Read("""
            {"model":"m","instructions":"one","input":[{"role":"developer","content":"two"},{"role":"user","content":"q"},
            {"role":"system","content":"three"}]}
            """);

        Assert.That(call.Work().Instructions, Is.EqualTo("one\n\ntwo\n\nthree"));
    }

    [Test]
    public void Read_FunctionItems_GiveCallsAndMergedResults()
    {
        var messages = Read("""
            {"model":"m","input":[{"role":"user","content":"weather?"},
            {"type":"reasoning","id":"rs_1","summary":[]},
            {"type":"message","role":"assistant","content":[{"type":"output_text","text":"Looking."}]},
            {"type":"function_call","id":"fc_1","call_id":"c1","name":"get","arguments":"{\"at\":1}"},
            {"type":"reasoning","id":"rs_2","summary":[]},
            {"type":"function_call","id":"fc_2","call_id":"c2","name":"set","arguments":"{}"},
            {"type":"function_call_output","call_id":"c1","output":"rain"},
            {"type":"function_call_output","call_id":"c2","output":[{"type":"input_text","text":"done"}]},
            {"type":"function_call","call_id":"c3","name":"get","arguments":"{}"},
            {"type":"function_call_output","call_id":"c3","output":"sun"}]}
            """).Work().Messages;

        Assert.Multiple(() =>
        {
            Assert.That(
                messages.Select(message => message.Role),
                Is.EqualTo(new[] { Role.User, Role.Assistant, Role.User, Role.Assistant, Role.User }));
            Assert.That(messages[1].Parts.Select(part => part.KindCase), Is.EqualTo(new[]
            {
                Part.KindOneofCase.Text, Part.KindOneofCase.ToolCall, Part.KindOneofCase.ToolCall,
            }));
            Assert.That(
                messages[1].Parts[1].ToolCall, Is.EqualTo(new ToolCallPart { Id = "c1", Name = "get", ArgumentsJson = """{"at":1}""" }));
            var results = messages[2].Parts.Select(part => part.ToolResult);
            Assert.That(
                results.Select(result => (result.ToolCallId, result.Name, result.Content[0].Text.Text)),
                Is.EqualTo(new[] { ("c1", "get", "rain"), ("c2", "set", "done") }));
            Assert.That(messages[4].Parts.Single().ToolResult.ToolCallId, Is.EqualTo("c3"));
        });
    }

    [TestCase("""[{"role":"tool","content":"x"}]""", "input[0].role")]
    [TestCase("""[{"role":"user"}]""", "input[0].content")]
    [TestCase("""[{"role":"user","content":[{"type":"input_image","image_url":"http://a/b.png"}]}]""", "input[0].content[0].image_url")]
    [TestCase("""[{"role":"user","content":[{"type":"input_file","file_id":"f"}]}]""", "input[0].content[0].file_id")]
    [TestCase("""[{"type":"function_call","name":"f","arguments":"{}"}]""", "input[0].call_id")]
    [TestCase("""[{"type":"function_call_output","call_id":"nobody","output":"x"}]""", "input[0].call_id")]
    [TestCase("""[{"type":"web_search_call","id":"ws_1"}]""", "input")]
    [TestCase("\" \"", "input")]
    public void Read_ItemsThatCannotBe_NameTheField(string input, string field) =>
        AssertInvalid($$"""{"model":"m","input":{{input}}}""", field);

    [Test]
    public void Read_ItemsOfUnknownKinds_ArePassedOverWithTheirOutputs()
    {
        var call = Read("""
            {"model":"m","input":[{"role":"user","content":"find it"},{"type":"web_search_call","id":"ws_1"},
            {"type":"web_search_call","id":"ws_2"},
            {"type":"local_shell_call","call_id":"s1","action":{}},{"type":"function_call_output","call_id":"s1","output":"x"},
            {"role":"assistant","content":"Found."},{"role":"user","content":"and now?"}]}
            """);

        Assert.Multiple(() =>
        {
            Assert.That(Turns(call), Is.EqualTo(new[] { "User: find it", "Assistant: Found.", "User: and now?" }));
            Assert.That(
                call.Requested.Select(asked => asked.Field), Is.EqualTo(new[] { "input.web_search_call", "input.local_shell_call" }));
        });
    }

    [Test]
    public void Stream_SummaryAskedFor_IsAReasoningItem()
    {
        var call = ReadStreamed(With("\"reasoning\":{\"summary\":\"auto\"}"));
        List<WorkEvent> events = [WorkEvents.Thinking("h"), WorkEvents.Thinking("m"), .. Events("Yes.")];

        var streamed = Streamed(call, events);

        var last = JsonNode.Parse(SseFrame.Parse(streamed)[^1].Data)!["response"];
        Assert.Multiple(() =>
        {
            Assert.That(ReadStream(streamed).Text, Is.EqualTo("Yes."));
            Assert.That(SseFrame.Parse(streamed).Select(frame => frame.Event!["response.".Length..]).Skip(2).Take(7), Is.EqualTo(new[]
            {
                "output_item.added", "reasoning_summary_part.added", "reasoning_summary_text.delta", "reasoning_summary_text.delta",
                "reasoning_summary_text.done", "reasoning_summary_part.done", "output_item.done",
            }));
            Assert.That(last!["output"]![0]!["summary"]!.ToJsonString(), Is.EqualTo("""[{"type":"summary_text","text":"hm"}]"""));
            Assert.That(JsonNode.DeepEquals(last, JsonNode.Parse(WholeAnswer(call, events).GetRawText())), Is.True);
        });
    }

    /// <summary>A comment would not: Codex as a client counts events.</summary>
    [Test]
    public void WriteKeepAlive_BeforeAndAmidTheAnswer_IsAnEvent()
    {
        var output = new ArrayBufferWriter<byte>();
        using var stream = Dialect.OpenStream(output, ReadStreamed(Minimal));
        stream.WriteKeepAlive();
        stream.WriteKeepAlive();
        stream.Write(WorkEvents.Text("a"));
        stream.WriteKeepAlive();
        stream.Write(WorkEvents.Finished(StopReason.EndTurn));

        var frames = SseFrame.Parse(Encoding.UTF8.GetString(output.WrittenSpan));
        var events = frames.Select(frame => frame.Event!["response.".Length..]).ToList();

        Assert.That(events.Take(4), Is.EqualTo((string[])["created", "in_progress", "in_progress", "output_item.added"]));
        Assert.That(events.SkipWhile(type => type != "output_text.delta").Take(3), Is.EqualTo((string[])
            ["output_text.delta", "in_progress", "output_text.done"]));
    }

    [TestCase("\"conversation\":\"conv_1\"", "conversation")]
    [TestCase("\"prompt\":{\"id\":\"pmpt_1\"}", "prompt")]
    [TestCase("\"background\":true", "background")]
    [TestCase("\"functions\":[{\"name\":\"f\"}]", "functions")]
    [TestCase("\"function_call\":{\"name\":\"f\"}", "function_call")]
    public void Read_NotSupported_NamesTheField(string field, string name) =>
        Assert.That(AssertInvalid(With(field), name).Message, Does.Contain(name));

    [TestCase("\"tools\":[],\"tool_choice\":\"auto\",\"background\":false,\"store\":false")]
    [TestCase("\"text\":{\"format\":{\"type\":\"text\"},\"verbosity\":\"medium\"},\"reasoning\":{}")]
    [TestCase("\"include\":[],\"truncation\":\"disabled\",\"prompt_cache_key\":\"k\"")]
    [TestCase("\"truncation\":\"disabled\",\"parallel_tool_calls\":false")]
    public void Read_Defaults_AskForNothing(string fields)
    {
        var call = Read(With(fields));

        Assert.That((call.Work().Sampling, call.Requested.Count), Is.EqualTo(((Sampling?)null, 0)));
    }

    [Test]
    public void WriteAnswer_Echoes_WhatWasAsked()
    {
        var call = Read(With("""
            "instructions":"Be brief.","max_output_tokens":9,"temperature":0.5,"top_p":0.25,"reasoning":{"effort":"low"}
            """));

        var response = WholeAnswer(call, Events("x"));

        Assert.Multiple(() =>
        {
            Assert.That(
                call.Requested.Select(feature => feature.Field),
                Is.EqualTo(new[] { "max_output_tokens", "temperature", "top_p", "reasoning.effort" }));
            Assert.That(response.GetProperty("instructions").GetString(), Is.EqualTo("Be brief."));
            Assert.That(response.GetProperty("max_output_tokens").GetInt32(), Is.EqualTo(9));
            Assert.That(response.GetProperty("temperature").GetDouble(), Is.EqualTo(0.5));
            Assert.That(response.GetProperty("top_p").GetDouble(), Is.EqualTo(0.25));
            Assert.That(response.GetProperty("reasoning").GetRawText(), Is.EqualTo("""{"effort":"low","summary":null}"""));
            Assert.That(response.GetProperty("store").GetBoolean(), Is.True);
            Assert.That(response.GetProperty("created_at").GetInt64(), Is.EqualTo(Now.ToUnixTimeSeconds()));
            Assert.That(response.GetProperty("completed_at").GetInt64(), Is.EqualTo(Now.ToUnixTimeSeconds()));
        });
    }

    [TestCase("\"metadata\":{\"a\":\"b\",\"c\":\"\u00fc\"}", "metadata")]
    [TestCase("\"user\":\"ann\"", "user")]
    [TestCase("\"safety_identifier\":\"s-1\"", "safety_identifier")]
    [TestCase("\"prompt_cache_key\":\"p-1\"", "prompt_cache_key")]
    public void WriteAnswer_WhatIsTheCallersOwn_ComesBack(string sent, string field)
    {
        var response = WholeAnswer(Read(With(sent)), Events("x"));

        Assert.That($"\"{field}\":{response.GetProperty(field).GetRawText()}", Is.EqualTo(sent));
    }

    [Test]
    public void WriteAnswer_Usage_CountsCachedAndReasoning()
    {
        var usage = WholeAnswer(Read(Minimal), Events("x")).GetProperty("usage");

        Assert.That((usage.GetProperty("input_tokens_details").GetProperty("cached_tokens").GetInt32(),
            usage.GetProperty("output_tokens_details").GetProperty("reasoning_tokens").GetInt32(),
            usage.GetProperty("total_tokens").GetInt32()), Is.EqualTo((13, 3, 29)));
    }

    [Test]
    public void WriteAnswer_Refusal_IsTheContentFilter() =>
        Assert.That(ReadAnswer(WholeAnswer(Read(Minimal), Events(StopReason.Refusal, "x"))).StopReason, Is.EqualTo("content_filter"));

    [Test]
    public void WriteAnswer_SameEventsStreamed_EndInTheSameResponse()
    {
        var call = Read(Minimal);
        List<WorkEvent> events = [WorkEvents.Text("Look"), WorkEvents.Text("ing."), .. ToolEvents()];

        var whole = JsonNode.Parse(WholeAnswer(call, events).GetRawText());
        var last = JsonNode.Parse(SseFrame.Parse(Streamed(call, events))[^1].Data)!["response"];

        Assert.That(JsonNode.DeepEquals(last, whole), Is.True, $"{last}\n{whole}");
    }

    [Test]
    public void Stream_ToolCalls_AreItemsWithTheirArguments()
    {
        var streamed = Streamed(ReadStreamed(Minimal), [WorkEvents.Text("Looking."), .. ToolEvents()]);

        var frames = SseFrame.Parse(streamed);
        Assert.Multiple(() =>
        {
            Assert.That(ReadStream(streamed).StopReason, Is.EqualTo("completed"));
            Assert.That(frames.Select(frame => frame.Event!["response.".Length..]), Is.EqualTo(new[]
            {
                "created", "in_progress", "output_item.added", "content_part.added", "output_text.delta", "output_text.done",
                "content_part.done",
                "output_item.done", "output_item.added", "function_call_arguments.delta", "function_call_arguments.delta",
                "function_call_arguments.done", "output_item.done", "output_item.added", "function_call_arguments.delta",
                "function_call_arguments.done", "output_item.done", "completed",
            }));
            Assert.That(frames[^1].Data, Does.Contain("""
                "type":"function_call","status":"completed","call_id":"call_c1","name":"get","arguments":"{\"a\":1}"
                """.Trim()));
        });
    }

    [Test]
    public void WriteFailure_MidText_KeepsTheHalfAnswerIncomplete()
    {
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        var stream = Dialect.OpenStream(output, ReadStreamed(Minimal));
        stream.Write(WorkEvents.Text("half"));

        stream.WriteFailure(new Errors.ApiError(Errors.ApiErrorKind.RateLimited, "Slow down."), RequestId);

        var response = JsonDocument.Parse(SseFrame.Parse(Text(output))[^1].Data).RootElement.GetProperty("response");
        Assert.That(response.GetProperty("output")[0].GetProperty("status").GetString(), Is.EqualTo("incomplete"));
        Assert.That(response.GetProperty("error").GetProperty("code").GetString(), Is.EqualTo("rate_limit_exceeded"));
    }

    [TestCase(StopReason.EndTurn, "completed")]
    [TestCase(StopReason.MaxTokens, "incomplete")]
    public void WriteAnswer_InTurn_HasTheItemsOfTheStream(StopReason reason, string last)
    {
        List<WorkEvent> events =
        [
            WorkEvents.Thinking("h"), new WorkEvent { Thinking = new ThinkingDelta { Signature = "s" } }, WorkEvents.Thinking("m"),
            WorkEvents.Text("a"), .. ToolEvents().SkipLast(1), WorkEvents.Thinking("so"), WorkEvents.Text("b"), WorkEvents.Finished(reason),
        ];
        var call = Read(With("\"reasoning\":{\"summary\":\"auto\"}"));

        var whole = WholeAnswer(call, events).GetProperty("output");
        var streamed = JsonDocument.Parse(SseFrame.Parse(Streamed(call, events))[^1].Data).RootElement.GetProperty("response")
            .GetProperty("output");

        Assert.That(whole.GetRawText(), Is.EqualTo(streamed.GetRawText()));
        Assert.That(whole.EnumerateArray().Select(item => item.GetProperty("type").GetString()), Is.EqualTo(new[]
        {
            "reasoning", "message", "function_call", "function_call", "reasoning", "message",
        }));
        Assert.That(whole[5].GetProperty("status").GetString(), Is.EqualTo(last));
    }

    [Test]
    public void Read_ThousandsOfUnknownKinds_NamesSixteenAndTheList()
    {
        var kinds = Enumerable.Range(0, RequestBounds.Messages - 1)
            .Select(index => Convert.ToString(index, 2).Replace('0', 'a').Replace('1', 'b'));
        var items = string.Join(',', kinds.Select(kind => $$"""{"type":"{{kind}}"}"""));

        var named = Read($$"""{"model":"m","input":[{{items}},{"role":"user","content":"x"}]}""").Requested
            .Select(asked => asked.Field).ToList();

        Assert.That(named, Has.Count.EqualTo(17));
        Assert.That((named[0], named[15], named[16]), Is.EqualTo(("input.a", "input.bbbb", "input")));
    }

    private static string With(string fields) => $$"""{"model":"m","input":"x",{{fields}}}""";

    private static List<WorkEvent> ToolEvents() =>
    [
        WorkEvents.ToolCallStarted("c1", "get"),
        WorkEvents.ToolCallArguments("c1", "{\"a"),
        WorkEvents.ToolCallArguments("c1", "\":1}"),
        WorkEvents.ToolCallFinished("c1"),
        WorkEvents.ToolCallStarted("c2", "set"),
        WorkEvents.ToolCallFinished("c2"),
        WorkEvents.Finished(StopReason.ToolUse),
    ];
}
