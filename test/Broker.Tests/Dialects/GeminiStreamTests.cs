using System.Buffers;
using System.Text;
using Google.Protobuf;
using Microsoft.Extensions.Time.Testing;
using Polydev.Broker.Conversations;
using Polydev.Broker.Dialects;
using Polydev.Broker.Dialects.Gemini;
using Polydev.Broker.Errors;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.Broker.Tests.Dialects;

internal sealed class GeminiStreamTests
{
    private const string Piece =
        """{"candidates":[{"content":{"parts":[{"text":"a"}],"role":"model"},"index":0}],"modelVersion":"m","responseId":"r"}""";

    private static readonly WorkEvent[] Turn =
    [
        WorkEvents.Text("a"),
        new() { Usage = new Usage { InputTokens = 30, CacheReadTokens = 10, OutputTokens = 8, ThinkingTokens = 5 } },
        WorkEvents.Finished(StopReason.EndTurn),
    ];

    private static readonly string End = """
        {"candidates":[{"content":{"parts":[{"text":""}],"role":"model"},"finishReason":"STOP","index":0}],
        "usageMetadata":{"promptTokenCount":30,"candidatesTokenCount":3,"totalTokenCount":38,"cachedContentTokenCount":10,
        "thoughtsTokenCount":5},
        "modelVersion":"m","responseId":"r"}
        """.ReplaceLineEndings(string.Empty);

    [Test]
    public void Write_AsEvents_EndsWithReasonAndUsageAndNoDone() =>
        Assert.That(Streamed(true, Turn), Is.EqualTo($"data: {Piece}\n\ndata: {End}\n\n"));

    [Test]
    public void Write_AsArray_IsSentElementByElement() => Assert.That(Streamed(false, Turn), Is.EqualTo($"[{Piece},\n{End}]"));

    [Test]
    public void Write_UsageThatIsToldMeanwhile_StandsInEachPieceFromThereOn()
    {
        var streamed = Streamed(
            true,
            Used(new Usage { InputTokens = 30, CacheReadTokens = 10 }),
            WorkEvents.Text("a"),
            WorkEvents.Text("b"),
            Used(new Usage { InputTokens = 30, CacheReadTokens = 10, OutputTokens = 8, ThinkingTokens = 5 }),
            WorkEvents.Text("c"),
            WorkEvents.ToolCallStarted("1", "f"),
            WorkEvents.ToolCallFinished("1"),
            Used(new Usage { InputTokens = 30, OutputTokens = 9 }),
            WorkEvents.Finished(StopReason.ToolUse));

        const string known = """{"promptTokenCount":30,"totalTokenCount":30,"cachedContentTokenCount":10}""";
        const string more = """
            {"promptTokenCount":30,"candidatesTokenCount":3,"totalTokenCount":38,"cachedContentTokenCount":10,"thoughtsTokenCount":5}
            """;
        const string end = """{"promptTokenCount":30,"candidatesTokenCount":9,"totalTokenCount":39}""";
        Assert.That(
            GeminiClient.Events(streamed).Select(next => next["usageMetadata"]!.ToJsonString()),
            Is.EqualTo(new[] { known, known, more, more, end }));
    }

    [TestCase(true, "text/event-stream", ": keep-alive\n\n")]
    [TestCase(false, "application/json", "\n")]
    public void WriteKeepAlive_EachForm_IsWhatItsReadersPassOver(bool events, string contentType, string expected)
    {
        var output = new ArrayBufferWriter<byte>();
        var stream = Open(output, events);

        stream.WriteKeepAlive();

        Assert.That((stream.ContentType, Text(output)), Is.EqualTo((contentType, expected)));
    }

    [TestCase(true, "data: {0}\n\ndata: {1}\n\n")]
    [TestCase(false, "[{0},\n{1}]")]
    public void WriteFailure_EachForm_EndsTheStream(bool events, string form)
    {
        var output = new ArrayBufferWriter<byte>();
        var stream = Open(output, events);

        stream.Write(WorkEvents.Text("a"));
        stream.WriteFailure(new ApiError(ApiErrorKind.Upstream, "Cut."), "req_1");

        const string error = """{"error":{"code":502,"message":"Cut.","status":"UNAVAILABLE"}}""";
        Assert.That(
            Text(output), Is.EqualTo(form.Replace("{0}", Piece, StringComparison.Ordinal).Replace("{1}", error, StringComparison.Ordinal)));
    }

    [Test]
    public void Write_FunctionCalls_ComeWholeWhereTheyEnd()
    {
        var streamed = Streamed(
            true,
            WorkEvents.Text("Look."),
            WorkEvents.ToolCallStarted("1", "f"),
            WorkEvents.ToolCallArguments("1", "{\n\"x\":\r"),
            WorkEvents.ToolCallArguments("1", "1}"),
            WorkEvents.ToolCallFinished("1"),
            WorkEvents.ToolCallStarted("2", "g"),
            Signed("2"),
            WorkEvents.Finished(StopReason.ToolUse));

        var parts = GeminiClient.Events(streamed).Select(next => next["candidates"]![0]!["content"]!["parts"]!.ToJsonString());
        Assert.That(parts, Is.EqualTo(new[]
        {
            """[{"text":"Look."}]""",
            """[{"functionCall":{"id":"1","name":"f","args":{"x":1}}}]""",
            """[{"thoughtSignature":"c2ln","functionCall":{"id":"2","name":"g","args":{}}}]""",
            """[{"text":""}]""",
        }));
    }

    [Test]
    public void WriteAnswer_FunctionCall_HasItsSignature()
    {
        var answer = new Answer();
        foreach (var next in new[] { WorkEvents.ToolCallStarted("2", "g"), Signed("2"), WorkEvents.Finished(StopReason.ToolUse) })
        {
            answer.Add(next);
        }

        var output = new ArrayBufferWriter<byte>();
        new GeminiDialect(new GoogleFamily(), new FakeTimeProvider()).WriteAnswer(output, Call(events: false), answer);

        Assert.That(Text(output), Does.Contain("""
            "parts":[{"thoughtSignature":"c2ln","functionCall":{"id":"2","name":"g","args":{}}}]
            """));
    }

    [Test]
    public void WriteAnswer_TextAroundACall_KeepsItsOrder()
    {
        var answer = new Answer();
        foreach (var next in new[] { WorkEvents.Text("a"), WorkEvents.ToolCallStarted("2", "g"), Signed("2"), WorkEvents.Text("b") })
        {
            answer.Add(next);
        }

        var parts = GeminiResponse.Of(Call(events: false), answer).Candidates[0].Content.Parts;
        Assert.That(parts.Select(part => part.Text?.ToString() ?? part.FunctionCall!.Name), Is.EqualTo(new[] { "a", "g", "b" }));
    }

    [Test]
    public void Write_ThoughtsAskedFor_AreMarked()
    {
        var output = new ArrayBufferWriter<byte>();
        var stream = Open(output, events: true, thinking: new ThinkingControl { Enabled = true, IncludeThoughts = true });

        stream.Write(WorkEvents.Thinking("h"));
        stream.Write(new WorkEvent { Thinking = new ThinkingDelta { Text = "m", Signature = "c2ln" } });
        stream.Write(WorkEvents.Text("Yes."));

        var parts = GeminiClient.Events(Text(output)).Select(next => next["candidates"]![0]!["content"]!["parts"]![0]!.ToJsonString());
        Assert.That(parts, Is.EqualTo(new[]
        {
            """{"text":"h","thought":true}""", """{"text":"m","thought":true,"thoughtSignature":"c2ln"}""", """{"text":"Yes."}""",
        }));
    }

    [TestCase(StopReason.Unspecified, "STOP")]
    [TestCase(StopReason.StopSequence, "STOP")]
    [TestCase(StopReason.ToolUse, "STOP")]
    [TestCase(StopReason.MaxTokens, "MAX_TOKENS")]
    [TestCase(StopReason.Refusal, "SAFETY")]
    public void Write_Finished_TellsWhy(StopReason reason, string expected)
    {
        var last = GeminiClient.Elements(Streamed(false, WorkEvents.Finished(reason))).Single();

        Assert.That((string?)last["candidates"]![0]!["finishReason"], Is.EqualTo(expected));
    }

    [Test]
    public void Write_ModelWithGooglesPrefix_IsVersionWithoutIt()
    {
        var output = new ArrayBufferWriter<byte>();
        var stream = Open(output, events: false, model: "models/gemini-2.5-pro");

        stream.Write(WorkEvents.Finished(StopReason.EndTurn));

        Assert.That((string?)GeminiClient.Elements(Text(output))[0]["modelVersion"], Is.EqualTo("gemini-2.5-pro"));
    }

    [Test]
    public void Write_NothingToSay_IsNoFrame()
    {
        var output = new ArrayBufferWriter<byte>();
        var stream = Open(output, events: true);

        stream.Write(WorkEvents.Text(string.Empty));
        stream.Write(WorkEvents.Thinking("hm"));
        stream.Write(Turn[1]);

        Assert.That(output.WrittenCount, Is.Zero);
    }

    private static IAnswerStream Open(ArrayBufferWriter<byte> output, bool events, string model = "m", ThinkingControl? thinking = null) =>
        new GeminiDialect(new GoogleFamily(), new FakeTimeProvider()).OpenStream(output, Call(events, model, thinking));

    private static CompletionCall Call(bool events, string model = "m", ThinkingControl? thinking = null) => new()
    {
        Model = model,
        Conversation = new Conversation(string.Empty, []),
        Thinking = thinking,
        AnswerId = "r",
        CreatedAt = default,
        ServerSentEvents = events,
    };

    private static WorkEvent Used(Usage usage) => new() { Usage = usage };

    private static WorkEvent Signed(string id) =>
        new() { ToolCallFinished = new ToolCallFinished { Id = id, Signature = ByteString.CopyFromUtf8("sig") } };

    private static string Streamed(bool events, params WorkEvent[] turn)
    {
        var output = new ArrayBufferWriter<byte>();
        var stream = Open(output, events);
        foreach (var next in turn)
        {
            stream.Write(next);
        }

        return Text(output);
    }

    private static string Text(ArrayBufferWriter<byte> output) => Encoding.UTF8.GetString(output.WrittenSpan);
}
