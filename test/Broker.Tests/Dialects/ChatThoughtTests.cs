using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using Polydev.Broker.Dialects;
using Polydev.Broker.Dialects.OpenAiChat;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.Broker.Tests.Dialects;

/// <summary>Thoughts in Chat: told to whoever asks for an effort or a summary, under the name that clients know.</summary>
internal sealed class ChatThoughtTests
{
    private static readonly OpenAiChatDialect Dialect = new(TimeProvider.System);

    private static readonly WorkEvent[] Events =
    [
        WorkEvents.Thinking("hm, \"so\""), WorkEvents.Thinking(" it is"), WorkEvents.Text("Yes."), WorkEvents.Finished(StopReason.EndTurn),
    ];

    [TestCase("\"reasoning_effort\":\"low\"", "hm, \"so\" it is")]
    [TestCase("\"reasoning\":{\"effort\":\"high\"}", "hm, \"so\" it is")]
    [TestCase("\"reasoning\":{\"summary\":\"auto\"}", "hm, \"so\" it is")]
    [TestCase("\"reasoning_effort\":\"none\"", null)]
    [TestCase("\"x\":1", null)]
    public void Thoughts_WholeAndStreamed_AreToldWhereAskedFor(string asked, string? told)
    {
        var whole = WholeOf(DialectRequest.Read("chat", asked));
        var deltas = StreamOf(DialectRequest.Read("chat", $"\"stream\":true,{asked}"));

        Assert.Multiple(() =>
        {
            Assert.That((string?)whole["reasoning_content"], Is.EqualTo(told));
            Assert.That((string?)whole["content"], Is.EqualTo("Yes."));
            Assert.That(string.Concat(deltas.Select(delta => (string?)delta["reasoning_content"])), Is.EqualTo(told ?? string.Empty));
            Assert.That(string.Concat(deltas.Select(delta => (string?)delta["content"])), Is.EqualTo("Yes."));
        });
    }

    [TestCase("\"stream\":true")]
    [TestCase("\"stream\":true,\"stream_options\":{\"include_usage\":true}")]
    public void Stream_BeginningWithAThought_HasTheRoleFirstAndContentInEachDelta(string stream)
    {
        var deltas = StreamOf(DialectRequest.Read("chat", $"\"reasoning_effort\":\"low\",{stream}"));

        Assert.Multiple(() =>
        {
            Assert.That((string?)deltas[0]["role"], Is.EqualTo("assistant"));
            Assert.That(deltas.Where(delta => !delta.AsObject().ContainsKey("content")), Is.Empty);
            Assert.That(deltas.Count(delta => delta.AsObject().ContainsKey("reasoning_content")), Is.EqualTo(2));
        });
    }

    private static JsonNode WholeOf(CompletionCall call)
    {
        var answer = new Answer();
        foreach (var next in Events)
        {
            answer.Add(next);
        }

        var output = new ArrayBufferWriter<byte>();
        Dialect.WriteAnswer(output, call, answer);
        return JsonNode.Parse(output.WrittenSpan)!["choices"]![0]!["message"]!;
    }

    private static List<JsonNode> StreamOf(CompletionCall call)
    {
        var output = new ArrayBufferWriter<byte>();
        using var stream = Dialect.OpenStream(output, call);
        foreach (var next in Events)
        {
            stream.Write(next);
        }

        return [.. SseFrame.Parse(Encoding.UTF8.GetString(output.WrittenSpan))
            .Where(frame => frame.Data != "[DONE]")
            .Select(frame => JsonNode.Parse(frame.Data)!["choices"]!.AsArray())
            .Where(choices => choices.Count > 0)
            .Select(choices => choices[0]!["delta"]!)];
    }
}
