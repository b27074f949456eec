using System.Text.Json;
using Polydev.Broker.Dialects;
using Polydev.Broker.Dialects.OpenAiChat;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.Broker.Tests.Dialects;

internal sealed class OpenAiChatDialectTests : DialectContract
{
    protected override IDialect CreateDialect(TimeProvider clock) => new OpenAiChatDialect(clock);

    protected override string Minimal => """{"model":"claude-opus-4-6","messages":[{"role":"user","content":"Hello"}]}""";

    protected override string Conversation => """
        {"model":"claude-opus-4-6","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"one"},
        {"role":"assistant","content":"two"},{"role":"user","content":"three"},{"role":"assistant","content":"four"},
        {"role":"user","content":"five"}]}
        """;

    protected override string MessagesField => "messages";

    protected override IReadOnlyList<string> NullableFields =>
    [
        "stream", "stream_options", "max_tokens", "max_completion_tokens", "temperature", "top_p", "stop", "seed", "n", "tools",
        "tool_choice",
        "functions", "response_format", "modalities", "audio", "logprobs", "top_logprobs", "frequency_penalty", "presence_penalty",
        "logit_bias",
        "reasoning_effort", "verbosity", "metadata", "user", "input",
    ];

    protected override IReadOnlyDictionary<string, string> WrongTypes => new Dictionary<string, string>
    {
        ["model"] = """{"model":1,"messages":[{"role":"user","content":"x"}]}""",
        ["messages"] = """{"model":"m","messages":"x"}""",
        ["messages[0]"] = """{"model":"m","messages":["x"]}""",
        ["messages[0].role"] = """{"model":"m","messages":[{"role":7,"content":"x"}]}""",
        ["messages[1].content"] = """{"model":"m","messages":[{"role":"user","content":"x"},{"role":"user","content":7}]}""",
        ["messages[0].content[0].text"] = """{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":7}]}]}""",
        ["messages[0].content[1]"] = """{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"x"},"y"]}]}""",
        ["messages[0].tool_calls"] = """{"model":"m","messages":[{"role":"assistant","tool_calls":{}}]}""",
        ["stream"] = With("\"stream\":\"yes\""),
        ["stream_options"] = With("\"stream_options\":true"),
        ["stream_options.include_usage"] = With("\"stream_options\":{\"include_usage\":1}"),
        ["max_tokens"] = With("\"max_tokens\":1.5"),
        ["max_completion_tokens"] = With("\"max_completion_tokens\":0"),
        ["temperature"] = With("\"temperature\":\"hot\""),
        ["top_p"] = With("\"top_p\":[]"),
        ["seed"] = With("\"seed\":0.5"),
        ["stop"] = With("\"stop\":7"),
        ["stop[1]"] = With("\"stop\":[\"a\",7]"),
        ["n"] = With("\"n\":\"1\""),
        ["tools"] = With("\"tools\":{}"),
        ["response_format"] = With("\"response_format\":\"text\""),
        ["logprobs"] = With("\"logprobs\":3"),
        ["reasoning_effort"] = With("\"reasoning_effort\":2"),
        ["logit_bias"] = With("\"logit_bias\":[1]"),
    };

    protected override string EndReason => "stop";

    protected override string LengthReason => "length";

    protected override SeenAnswer ReadAnswer(JsonElement answer) => OpenAiChatReader.ReadAnswer(answer);

    protected override SeenAnswer ReadStream(string stream) => OpenAiChatReader.ReadStream(stream);

    protected override string ReadError(JsonElement body) => OpenAiErrorReader.Message(body);

    [TestCase("""[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}]""", "User: ab")]
    [TestCase("""[{"role":"user","content":[{"type":"input_text","text":"a"}]}]""", "User: a")]
    [TestCase("""[{"role":"user","content":"a"},{"role":"user","content":""},{"role":"user","content":[]}]""", "User: a")]
    [TestCase("""[{"role":"user","content":"a"},{"role":"assistant","content":null}]""", "User: a")]
    [TestCase("""[{"role":"user","content":"a"},{"role":"assistant","refusal":"no"}]""", "User: a|Assistant: no|User: Continue.")]
    [TestCase("""[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]""", "User: a|Assistant: b|User: Continue.")]
    [TestCase("""[{"role":"user","content":"a"},{"role":"user","content":"b"}]""", "User: ab")]
    public void Read_AnyContent_GivesItsTexts(string messages, string turns) =>
        Assert.That(string.Join('|', Turns(Read($$"""{"model":"m","messages":{{messages}}}"""))), Is.EqualTo(turns));

    [Test]
    public void Read_SystemAndDeveloperAnywhere_AreInstructionsInOrder()
    {
        var call = Read("""
            {"model":"m","messages":[{"role":"developer","content":"first"},{"role":"user","content":"q"},
            {"role":"system","content":[{"type":"text","text":"second"}]},{"role":"system","content":null},{"role":"user","content":"r"}]}
            """);

        Assert.Multiple(() =>
        {
            Assert.That(call.Work().Instructions, Is.EqualTo("first\n\nsecond"));
            Assert.That(Turns(call), Is.EqualTo(new[] { "User: qr" }));
        });
    }

    [TestCase("[]", "messages")]
    [TestCase("""[{"role":"user","content":""}]""", "messages")]
    [TestCase("""[{"role":"assistant","tool_calls":[{"id":"a","function":{"name":"f"}}]}]""", "messages[0].tool_calls[0].id")]
    [TestCase("""[{"role":"assistant","tool_calls":[{"id":"a","function":{"name":" "}}]}]""", "messages[0].tool_calls[0].id")]
    [TestCase("""[{"role":"assistant","tool_calls":[{"id":"a","function":{"name":"f"}}]},{"role":"tool","tool_call_id":"a"},"""
        + """{"role":"tool","tool_call_id":"a"}]""", "messages[2].tool_call_id")]
    [TestCase("""[{"role":"user","content":null}]""", "messages[0].content")]
    [TestCase("""[{"role":"user"}]""", "messages[0].content")]
    [TestCase("""[{"content":"x"}]""", "messages[0].role")]
    [TestCase("""[{"role":"robot","content":"x"}]""", "messages[0].role")]
    [TestCase("""[{"role":"user","content":"half \ud83d"}]""", "messages[0].content")]
    [TestCase("""[{"role":"user","content":[{"type":"image_url","image_url":{"url":"http://a/b"}}]}]""",
        "messages[0].content[0].image_url.url")]
    [TestCase("""[{"role":"user","content":[{"type":"input_audio","input_audio":{}}]}]""", "messages[0].content[0].type")]
    [TestCase("""[{"role":"user","content":[{"type":"file","file":{}}]}]""", "messages[0].content[0].file.file_data")]
    [TestCase("""[{"role":"tool","tool_call_id":"nobody","content":"x"}]""", "messages[0].tool_call_id")]
    [TestCase("""[{"role":"assistant","tool_calls":[{"id":"a","type":"custom","custom":{}}]}]""", "messages[0].tool_calls[0].custom.name")]
    [TestCase("""[{"role":"assistant","tool_calls":[{"id":"a","type":"other","other":{}}]}]""", "messages")]
    [TestCase("""[{"role":"assistant","tool_calls":[{"id":"a","function":{"name":"f","arguments":"[1"}}]}]""",
        "messages[0].tool_calls[0].function.arguments")]
    public void Read_MessagesThatCannotBe_NameTheField(string messages, string field) =>
        AssertInvalid($$"""{"model":"m","messages":{{messages}}}""", field);

    [TestCase("\"n\":2", "n")]
    [TestCase("\"modalities\":[\"text\",\"audio\"]", "modalities")]
    [TestCase("\"audio\":{\"voice\":\"alloy\",\"format\":\"mp3\"}", "audio")]
    [TestCase("\"logprobs\":true", "logprobs")]
    public void Read_NotSupported_NamesTheField(string field, string name) => AssertInvalid(With(field), name);

    [TestCase("\"tools\":[],\"tool_choice\":\"auto\"")]
    [TestCase("\"functions\":[]")]
    [TestCase("\"response_format\":{\"type\":\"text\"}")]
    [TestCase("\"n\":1,\"logprobs\":false,\"modalities\":[\"text\"]")]
    [TestCase("\"frequency_penalty\":0,\"presence_penalty\":0.0,\"logit_bias\":{},\"top_logprobs\":0,\"verbosity\":\"medium\",\"stop\":[]")]
    [TestCase("\"user\":\"u\",\"metadata\":{\"a\":\"b\"},\"store\":false,\"service_tier\":\"auto\",\"parallel_tool_calls\":true")]
    public void Read_Defaults_AskForNothing(string fields)
    {
        var call = Read(With(fields));

        Assert.That((call.Work().Sampling, call.Requested.Count), Is.EqualTo(((Sampling?)null, 0)));
    }

    [Test]
    public void Read_Sampling_FillsTheItemAndIsNamed()
    {
        var call = Read(With("""
            "max_completion_tokens":9,"temperature":0.5,"top_p":0.25,"seed":-3,"stop":["a","b"],"reasoning_effort":"low",
            "frequency_penalty":1,"presence_penalty":-1,"logit_bias":{"50256":-100},"top_logprobs":2,"verbosity":"low"
            """));

        var expected = new Sampling { MaxOutputTokens = 9, Temperature = 0.5, TopP = 0.25, Seed = -3, StopSequences = { "a", "b" } };
        Assert.Multiple(() =>
        {
            Assert.That(call.Work().Sampling, Is.EqualTo(expected));
            Assert.That(call.Work().Thinking, Is.EqualTo(new ThinkingControl { Enabled = true, Effort = "low", IncludeThoughts = true }));
            Assert.That(call.Requested.Select(feature => $"{feature.Field}={feature.Feature}"), Is.EquivalentTo(new[]
            {
                "max_completion_tokens=max_output_tokens", "temperature=temperature", "top_p=top_p", "seed=seed", "stop=stop_sequences",
                "reasoning_effort=thinking", "frequency_penalty=", "presence_penalty=", "logit_bias=", "top_logprobs=", "verbosity=",
            }));
        });
    }

    [TestCase("max_tokens")]
    [TestCase("max_completion_tokens")]
    [TestCase("max_output_tokens")]
    public void Read_AnyNameOfTheLimit_IsTheLimit(string field)
    {
        var call = Read(With($"\"{field}\":77"));

        Assert.That((call.Work().Sampling.MaxOutputTokens, call.Requested.Single().Field), Is.EqualTo((77u, field)));
    }

    [Test]
    public void Read_StopString_IsOneStop() =>
        Assert.That(Read(With("\"stop\":\"END\"")).Work().Sampling.StopSequences, Is.EqualTo(new[] { "END" }));

    [Test]
    public void Read_ToolHistory_GivesCallsAndMergedResults()
    {
        var messages = Read("""
            {"model":"m","messages":[{"role":"user","content":"weather?"},
            {"role":"assistant","content":"Looking.","tool_calls":[
              {"id":"c1","type":"function","function":{"name":"get","arguments":"{\"at\":\"Bonn\"}"}},
              {"id":"c2","type":"function","function":{"name":"set","arguments":""}}]},
            {"role":"tool","tool_call_id":"c1","content":"rain"},
            {"role":"tool","tool_call_id":"c2","content":[{"type":"text","text":"done"}]},
            {"role":"assistant","content":null,"tool_calls":[{"id":"c3","type":"function","function":{"name":"get","arguments":"{}"}}]},
            {"role":"tool","tool_call_id":"c3","content":"sun"}]}
            """).Work().Messages;

        Assert.Multiple(() =>
        {
            Assert.That(
                messages.Select(message => message.Role),
                Is.EqualTo(new[] { Role.User, Role.Assistant, Role.User, Role.Assistant, Role.User }));
            Assert.That(messages[1].Parts, Is.EqualTo(new[]
            {
                new Part { Text = new TextPart { Text = "Looking." } },
                new Part { ToolCall = new ToolCallPart { Id = "c1", Name = "get", ArgumentsJson = """{"at":"Bonn"}""" } },
                new Part { ToolCall = new ToolCallPart { Id = "c2", Name = "set", ArgumentsJson = "{}" } },
            }));
            Assert.That(messages[2].Parts, Is.EqualTo(new[] { Result("c1", "get", "rain"), Result("c2", "set", "done") }));
            Assert.That(messages[4].Parts, Is.EqualTo(new[] { Result("c3", "get", "sun") }));
        });
    }

    [Test]
    public void Read_ResponsesBody_AsCursorPostsIt_IsRead()
    {
        var call = Read("""
            {"model":"m","stream":true,"instructions":"Be brief.","reasoning":{"effort":"high"},"max_output_tokens":5,
            "input":[{"role":"system","content":"Be kind."},{"role":"user","content":[{"type":"input_text","text":"Hello"}]}]}
            """);

        Assert.Multiple(() =>
        {
            Assert.That(call.Work().Instructions, Is.EqualTo("Be brief.\n\nBe kind."));
            Assert.That(Turns(call), Is.EqualTo(new[] { "User: Hello" }));
            Assert.That(call.Work().Sampling.MaxOutputTokens, Is.EqualTo(5));
            Assert.That(call.Requested.Select(feature => feature.Field), Is.EqualTo(new[] { "max_output_tokens", "reasoning.effort" }));
            Assert.That(ReadStream(Streamed(call, Events("chunk"))).Text, Is.EqualTo("chunk"));
        });
    }

    [TestCase("\"reasoning_effort\":\"none\"", "reasoning_effort=thinking", false, "")]
    [TestCase("\"reasoning\":{\"effort\":\"xhigh\",\"summary\":\"auto\"}",
        "reasoning.summary=thinking|reasoning.effort=thinking", true, "xhigh")]
    public void Read_Reasoning_IsInTheItemAndNamed(string field, string asked, bool enabled, string effort)
    {
        var call = Read(With(field));

        Assert.Multiple(() =>
        {
            Assert.That(call.Work().Thinking, Is.EqualTo(new ThinkingControl
            {
                Enabled = enabled,
                Effort = effort,
                IncludeThoughts = enabled,
            }));
            Assert.That(string.Join('|', call.Requested.Select(feature => $"{feature.Field}={feature.Feature}")), Is.EqualTo(asked));
        });
    }

    [Test]
    public void Read_CallsOfUnknownKinds_ArePassedOverWithTheirResults()
    {
        var call = Read("""
            {"model":"m","messages":[{"role":"user","content":"x"},{"role":"assistant","tool_calls":[
            {"id":"p","type":"shell","shell":{"command":"ls"}},
            {"id":"f","type":"function","function":{"name":"f","arguments":"{}"}}]},
            {"role":"tool","tool_call_id":"p","content":"patched"},{"role":"tool","tool_call_id":"f","content":"done"}]}
            """);

        Assert.Multiple(() =>
        {
            Assert.That(call.Work().Messages[1].Parts.Single().ToolCall.Id, Is.EqualTo("f"));
            Assert.That(call.Work().Messages[2].Parts.Single(), Is.EqualTo(Result("f", "f", "done")));
            Assert.That(call.Requested.Select(asked => asked.Field), Is.EqualTo(new[] { "messages.tool_calls.shell" }));
        });
    }

    [Test]
    public void WriteAnswer_Usage_CountsCachedAndReasoning()
    {
        var usage = WholeAnswer(Read(Minimal), Events("x")).GetProperty("usage");

        Assert.That(usage.GetRawText(), Does.Contain("\"prompt_tokens\":21,\"completion_tokens\":8,\"total_tokens\":29"));
        Assert.That(usage.GetProperty("prompt_tokens_details").GetProperty("cached_tokens").GetInt32(), Is.EqualTo(13));
        Assert.That(usage.GetProperty("completion_tokens_details").GetProperty("reasoning_tokens").GetInt32(), Is.EqualTo(3));
    }

    [TestCase(StopReason.StopSequence, "stop")]
    [TestCase(StopReason.ToolUse, "tool_calls")]
    [TestCase(StopReason.Refusal, "content_filter")]
    public void WriteAnswer_StopReasons_AreOpenAis(StopReason reason, string word) => Assert.Multiple(() =>
    {
        Assert.That(ReadAnswer(WholeAnswer(Read(Minimal), Events(reason, "x"))).StopReason, Is.EqualTo(word));
        Assert.That(ReadStream(Streamed(ReadStreamed(Minimal), Events(reason, "x"))).StopReason, Is.EqualTo(word));
    });

    [Test]
    public void WriteAnswer_ToolCalls_StandInTheMessage()
    {
        var message = WholeAnswer(Read(Minimal), ToolEvents()).GetProperty("choices")[0].GetProperty("message");

        Assert.Multiple(() =>
        {
            Assert.That(message.GetProperty("content").ValueKind, Is.EqualTo(JsonValueKind.Null));
            Assert.That(message.GetProperty("tool_calls").GetRawText(), Is.EqualTo(
                """[{"id":"call_c1","type":"function","function":{"name":"get","arguments":"{\"a\":1}"}},"""
                + """{"id":"call_c2","type":"function","function":{"name":"set","arguments":"{}"}}]"""));
        });
    }

    [Test]
    public void Stream_ToolCalls_CarryTheirIndex()
    {
        var calls = SseFrame.Parse(Streamed(ReadStreamed(Minimal), ToolEvents()))
            .Where(frame => frame.Data.Contains("tool_calls\":[", StringComparison.Ordinal))
            .Select(frame => JsonDocument.Parse(frame.Data).RootElement.GetProperty("choices")[0].GetProperty("delta"))
            .Select(delta => delta.GetProperty("tool_calls").GetRawText());

        Assert.That(calls, Is.EqualTo(new[]
        {
            """[{"index":0,"id":"call_c1","type":"function","function":{"name":"get","arguments":""}}]""",
            """[{"index":0,"function":{"arguments":"{\"a"}}]""",
            """[{"index":0,"function":{"arguments":"\":1}"}}]""",
            """[{"index":1,"id":"call_c2","type":"function","function":{"name":"set","arguments":""}}]""",
            """[{"index":1,"function":{"arguments":"{}"}}]""",
        }));
    }

    [Test]
    public void Stream_ToolCallWithAnEmptyDelta_StillHasAnObject()
    {
        var streamed = Streamed(ReadStreamed(Minimal),
        [
            WorkEvents.ToolCallStarted("c1", "get"), WorkEvents.ToolCallArguments("c1", string.Empty),
            WorkEvents.ToolCallFinished("c1"), WorkEvents.Finished(StopReason.ToolUse),
        ]);

        Assert.That(streamed, Does.Contain("""[{"index":0,"function":{"arguments":"{}"}}]"""));
    }

    [Test]
    public void Read_FunctionCallsOfTheOldForm_FindTheirResultByName()
    {
        var call = Read("""
            {"model":"m","messages":[{"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{\"a\": 1}"}},
            {"role":"function","name":"f","content":"done"}]}
            """);

        var messages = call.Work().Messages;
        var made = new ToolCallPart { Id = "call_1", Name = "f", ArgumentsJson = "{\"a\":1}" };
        Assert.That(messages[0].Parts.Single().ToolCall, Is.EqualTo(made));
        Assert.That(messages[1].Parts.Single(), Is.EqualTo(Result("call_1", "f", "done")));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void Stream_Usage_OnlyWhenAskedFor(bool asked)
    {
        var call = Read(With($"\"stream\":true,\"stream_options\":{{\"include_usage\":{(asked ? "true" : "false")}}}"));

        var chunks = SseFrame.Parse(Streamed(call, Events("x"))).SkipLast(1)
            .Select(frame => JsonDocument.Parse(frame.Data).RootElement).ToList();

        var withUsage = chunks
            .Where(chunk => chunk.TryGetProperty("usage", out var usage) && usage.ValueKind == JsonValueKind.Object).ToList();
        Assert.That(withUsage, Has.Count.EqualTo(asked ? 1 : 0));
        if (asked)
        {
            Assert.That(
                chunks.SkipLast(1), Has.All.Matches<JsonElement>(chunk => chunk.GetProperty("usage").ValueKind == JsonValueKind.Null));
            Assert.That(chunks[^1].GetProperty("choices").GetArrayLength(), Is.Zero);
            Assert.That(
                chunks[^1].GetProperty("usage").GetRawText(),
                Does.StartWith("{\"prompt_tokens\":21,\"completion_tokens\":8,\"total_tokens\":29,"));
        }
        else
        {
            Assert.That(chunks, Has.None.Matches<JsonElement>(chunk => chunk.TryGetProperty("usage", out _)));
        }
    }

    private static string With(string fields) => $$"""{"model":"m","messages":[{"role":"user","content":"x"}],{{fields}}}""";

    private static Part Result(string id, string name, string text) => new()
    {
        ToolResult = new ToolResultPart { ToolCallId = id, Name = name, Content = { new Part { Text = new TextPart { Text = text } } } },
    };

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
