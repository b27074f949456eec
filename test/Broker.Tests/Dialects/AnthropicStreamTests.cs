using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using Polydev.Broker.Conversations;
using Polydev.Broker.Dialects;
using Polydev.Broker.Dialects.Anthropic;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.Broker.Tests.Dialects;

internal sealed class AnthropicStreamTests
{
    private static readonly Usage Early = new() { InputTokens = 30, CacheReadTokens = 15, CacheWriteTokens = 5, OutputTokens = 1 };

    [Test]
    public void Write_WholeTurn_HasTheVendorsOrder()
    {
        var frames = Frames(UsageOf(Early), WorkEvents.Text("a"), WorkEvents.Text("b"), WorkEvents.Finished(StopReason.EndTurn));

        Assert.That(frames.Select(frame => frame.Event), Is.EqualTo(new[]
        {
            "message_start", "content_block_start", "content_block_delta", "content_block_delta", "content_block_stop", "message_delta",
            "message_stop",
        }));
    }

    [Test]
    public void Write_Usage_StartsWithTheInputAndEndsWithTheLast()
    {
        var last = new Usage(Early) { OutputTokens = 42 };
        var frames = Frames(UsageOf(Early), WorkEvents.Text("a"), UsageOf(last), WorkEvents.Finished(StopReason.EndTurn));

        const string untold = "\"output_tokens_details\":null,\"server_tool_use\":null";
        const string once = "\"cache_creation\":null,\"service_tier\":null,\"inference_geo\":null,\"speed\":null";
        const string input = "\"input_tokens\":10,\"cache_creation_input_tokens\":5,\"cache_read_input_tokens\":15";
        var start = JsonNode.Parse(frames[0].Data)!["message"]!["usage"]!.ToJsonString();
        var end = JsonNode.Parse(frames[^2].Data)!["usage"]!.ToJsonString();
        Assert.Multiple(() =>
        {
            Assert.That(start, Is.EqualTo($"{{{once},{input},\"output_tokens\":1,{untold}}}"));
            Assert.That(end, Is.EqualTo($"{{{input},\"output_tokens\":42,{untold}}}"));
        });
    }

    [Test]
    public void Write_CachedAboveInput_IsZeroAndNotHuge()
    {
        var frames = Frames(UsageOf(new Usage { InputTokens = 3, CacheReadTokens = 4 }), WorkEvents.Finished(StopReason.EndTurn));

        Assert.That((long?)JsonNode.Parse(frames[^2].Data)!["usage"]!["input_tokens"], Is.Zero);
    }

    [TestCase(StopReason.EndTurn, "", "end_turn", null)]
    [TestCase(StopReason.Unspecified, "", "end_turn", null)]
    [TestCase(StopReason.MaxTokens, "", "max_tokens", null)]
    [TestCase(StopReason.StopSequence, "END", "stop_sequence", "END")]
    [TestCase(StopReason.ToolUse, "", "tool_use", null)]
    [TestCase(StopReason.Refusal, "", "refusal", null)]
    public void Write_Finished_TellsWhy(StopReason reason, string sequence, string expected, string? expectedSequence)
    {
        var frames = Frames(WorkEvents.Finished(reason, sequence));

        var delta = JsonNode.Parse(frames[^2].Data)!["delta"]!.AsObject();
        Assert.That(((string?)delta["stop_reason"], (string?)delta["stop_sequence"]), Is.EqualTo((expected, expectedSequence)));
        Assert.That((string?)delta["stop_details"]?["type"], Is.EqualTo(reason == StopReason.Refusal ? "refusal" : null));
    }

    [Test]
    public void Write_ToolCallsInTurn_PassAtOnce()
    {
        var output = new ArrayBufferWriter<byte>();
        using var stream = Open(output);
        foreach (var next in new[]
        {
            WorkEvents.Text("Look."), Call("a"), Arguments("a", "{\"x\":"), Arguments("a", "1}"), WorkEvents.ToolCallFinished("a"),
            Call("b"), Arguments("b", "{}"),
        })
        {
            stream.Write(next);
        }

        Assert.That(Describe(Text(output)), Is.EqualTo(new[] { "text Look.", "tool_use toolu_a {\"x\":1}", "tool_use toolu_b {}" }));
    }

    [Test]
    public void Write_ToolCallsAndText_KeepTheirOrder()
    {
        var blocks = Describe(Streamed(
            Call("a"), Arguments("a", "{\"x\":1}"), WorkEvents.ToolCallFinished("a"), Call("b"), WorkEvents.ToolCallFinished("b"),
            WorkEvents.Text("after"), Call("c"), Arguments("c", "{}"), WorkEvents.ToolCallFinished("c"),
            WorkEvents.Finished(StopReason.ToolUse)));

        Assert.That(blocks, Is.EqualTo(new[] { "tool_use toolu_a {\"x\":1}", "tool_use toolu_b ", "text after", "tool_use toolu_c {}" }));
    }

    [Test]
    public void Write_ThoughtsAskedFor_AreBlocksThatEndWithTheirSignature()
    {
        var frames = SseFrame.Parse(Streamed(
            new ThinkingControl { Enabled = true, IncludeThoughts = true },
            WorkEvents.Thinking("h"), WorkEvents.Thinking("m"), new WorkEvent { Thinking = new ThinkingDelta { Signature = "sig" } },
            WorkEvents.Thinking("so"), WorkEvents.Text("Yes."), WorkEvents.Finished(StopReason.EndTurn)));

        var blocks = frames.Where(frame => frame.Event!.StartsWith("content_block", StringComparison.Ordinal))
            .Select(frame => JsonNode.Parse(frame.Data)!)
            .Select(data => (data["content_block"] ?? data["delta"])?.ToJsonString() ?? "stop");
        Assert.That(blocks, Is.EqualTo(new[]
        {
            """{"type":"thinking","thinking":"","signature":""}""",
            """{"type":"thinking_delta","thinking":"h"}""",
            """{"type":"thinking_delta","thinking":"m"}""",
            """{"type":"signature_delta","signature":"sig"}""",
            "stop",
            """{"type":"thinking","thinking":"","signature":""}""",
            """{"type":"thinking_delta","thinking":"so"}""",
            "stop",
            """{"type":"text","text":"","citations":null}""",
            """{"type":"text_delta","text":"Yes."}""",
            "stop",
        }));
    }

    [Test]
    public void WriteAnswer_ThoughtsAskedFor_StandBeforeTheText()
    {
        var answer = new Answer();
        foreach (var next in new[]
        {
            WorkEvents.Thinking("h"), new WorkEvent { Thinking = new ThinkingDelta { Text = "m", Signature = "sig" } },
            WorkEvents.Thinking("so"), WorkEvents.Text("Yes."), Call("a"), Arguments("a", "{\n\"x\": 1}"), WorkEvents.ToolCallFinished("a"),
            WorkEvents.Finished(StopReason.ToolUse),
        })
        {
            answer.Add(next);
        }

        var output = new ArrayBufferWriter<byte>();
        var call = CallWith(new ThinkingControl { Enabled = true, IncludeThoughts = true });
        new AnthropicDialect(new AnthropicFamily(), TimeProvider.System).WriteAnswer(output, call, answer);

        Assert.That(JsonNode.Parse(Text(output))!["content"]!.ToJsonString(), Is.EqualTo(
            """[{"type":"thinking","thinking":"hm","signature":"sig"},{"type":"thinking","thinking":"so","signature":""},"""
            + """{"type":"text","text":"Yes.","citations":null},"""
            + """{"type":"tool_use","id":"toolu_a","name":"tool_a","input":{"x":1},"caller":{"type":"direct"}}]"""));
    }

    [Test]
    public void WriteAnswer_TextsAndThoughtsInTurn_KeepTheirOrder()
    {
        var answer = new Answer();
        foreach (var next in new[]
        {
            WorkEvents.Thinking("h"), WorkEvents.Text("a"), Call("c"), WorkEvents.ToolCallFinished("c"), WorkEvents.Text("b"),
            WorkEvents.Thinking("m"), WorkEvents.Text("d"), WorkEvents.Finished(StopReason.EndTurn),
        })
        {
            answer.Add(next);
        }

        Assert.That(Blocks(null), Is.EqualTo(new[] { "text a", "tool_use toolu_c", "text bd" }));
        Assert.That(
            Blocks(new ThinkingControl { Enabled = true, IncludeThoughts = true }),
            Is.EqualTo(new[] { "thinking h", "text a", "tool_use toolu_c", "text b", "thinking m", "text d" }));

        IEnumerable<string> Blocks(ThinkingControl? thinking) => AnthropicResponse.Of(CallWith(thinking), answer).Content
            .Select(block => $"{block.Type} {block.Text?.ToString() ?? block.Thinking ?? block.Id}");
    }

    [Test]
    public void Write_EmptyText_IsNoFrame()
    {
        var output = new ArrayBufferWriter<byte>();
        using var stream = Open(output);

        stream.Write(WorkEvents.Text(string.Empty));
        stream.Write(UsageOf(Early));
        stream.Write(WorkEvents.Thinking("hm"));

        Assert.That(output.WrittenCount, Is.Zero);
    }

    [Test]
    public void WriteKeepAlive_Always_IsThePing()
    {
        var output = new ArrayBufferWriter<byte>();
        using var stream = Open(output);

        stream.WriteKeepAlive();

        Assert.That(Text(output), Is.EqualTo("event: ping\ndata: {\"type\":\"ping\"}\n\n"));
    }

    private static AnthropicStream Open(ArrayBufferWriter<byte> output, ThinkingControl? thinking = null) =>
        new(output, CallWith(thinking));

    private static CompletionCall CallWith(ThinkingControl? thinking) => new()
    {
        Model = "m",
        Conversation = new Conversation(string.Empty, []),
        Thinking = thinking,
        AnswerId = "msg_1",
        CreatedAt = default,
    };

    private static string Streamed(params WorkEvent[] events) => Streamed(null, events);

    private static string Streamed(ThinkingControl? thinking, params WorkEvent[] events)
    {
        var output = new ArrayBufferWriter<byte>();
        using var stream = Open(output, thinking);
        foreach (var next in events)
        {
            stream.Write(next);
        }

        return Text(output);
    }

    private static IReadOnlyList<SseFrame> Frames(params WorkEvent[] events) => SseFrame.Parse(Streamed(events));

    private static IEnumerable<string> Describe(string stream) =>
        AnthropicClient.Blocks(stream)
            .Select(block => $"{block["type"]} {block["text"] ?? block["id"]}{(block["id"] is null ? "" : " " + block["partial"])}");

    private static string Text(ArrayBufferWriter<byte> output) => Encoding.UTF8.GetString(output.WrittenSpan);

    private static WorkEvent UsageOf(Usage usage) => new() { Usage = usage };

    private static WorkEvent Call(string id) => new() { ToolCallStarted = new ToolCallStarted { Id = id, Name = "tool_" + id } };

    private static WorkEvent Arguments(string id, string json) =>
        new() { ToolCallArguments = new ToolCallArgumentsDelta { Id = id, Json = json } };
}
