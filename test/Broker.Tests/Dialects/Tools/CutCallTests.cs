using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using Polydev.Broker.Dialects;
using Polydev.Broker.Dialects.Anthropic;
using Polydev.Broker.Dialects.Gemini;
using Polydev.Broker.Dialects.OpenAiChat;
using Polydev.Broker.Dialects.OpenAiResponses;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.Broker.Tests.Dialects.Tools;

/// <summary>An answer whose limit came in the middle of a call, as the vendors give it: the part of the call, and the reason.</summary>
internal sealed class CutCallTests
{
    private static readonly WorkEvent[] Events =
    [
        WorkEvents.Text("Look."), WorkEvents.ToolCallStarted("toolu_1", "get"), WorkEvents.ToolCallFinished("toolu_1"),
        WorkEvents.ToolCallStarted("toolu_2", "set"), WorkEvents.ToolCallArguments("toolu_2", "{\"a\":"),
        WorkEvents.Finished(StopReason.MaxTokens),
    ];

    [Test]
    public void Chat_Whole_HasThePartOfTheArguments()
    {
        var choice = Whole("chat")["choices"]![0]!;

        Assert.That((string?)choice["finish_reason"], Is.EqualTo("length"));
        Assert.That(
            choice["message"]!["tool_calls"]!.AsArray().Select(call => (string?)call!["function"]!["arguments"]),
            Is.EqualTo(new[] { "{}", "{\"a\":" }));
    }

    [Test]
    public void Chat_Stream_EndsWithinTheCall()
    {
        var choices = SseFrame.Parse(Streamed("chat")).SkipLast(1).Select(frame => JsonNode.Parse(frame.Data)!["choices"]![0]!).ToList();

        Assert.That((string?)choices[^1]["finish_reason"], Is.EqualTo("length"));
        Assert.That((string?)choices[^2]["delta"]!["tool_calls"]![0]!["function"]!["arguments"], Is.EqualTo("{\"a\":"));
    }

    [Test]
    public void Responses_WholeAndStream_SayWhichCallIsIncomplete()
    {
        var frames = SseFrame.Parse(Streamed("responses"));
        var last = JsonNode.Parse(frames[^1].Data)!;
        foreach (var response in new[] { Whole("responses"), last["response"]! })
        {
            Assert.That((string?)response["status"], Is.EqualTo("incomplete"));
            Assert.That((string?)response["incomplete_details"]!["reason"], Is.EqualTo("max_output_tokens"));
            Assert.That(
                response["output"]!.AsArray().Select(item => ((string?)item!["type"], (string?)item["status"], (string?)item["arguments"])),
                Is.EqualTo(new (string?, string?, string?)[]
                {
                    ("message", "completed", null), ("function_call", "completed", "{}"), ("function_call", "incomplete", "{\"a\":"),
                }));
        }

        Assert.That((string?)last["type"], Is.EqualTo("response.incomplete"));
    }

    [Test]
    public void Anthropic_WholeAndStream_HaveTheBlock()
    {
        var whole = Whole("anthropic");
        var frames = SseFrame.Parse(Streamed("anthropic"));

        Assert.That((string?)whole["stop_reason"], Is.EqualTo("max_tokens"));
        Assert.That(
            whole["content"]![2]!.ToJsonString(),
            Is.EqualTo("""{"type":"tool_use","id":"toolu_2","name":"set","input":{},"caller":{"type":"direct"}}"""));
        Assert.That(
            frames.TakeLast(4).Select(frame => frame.Event),
            Is.EqualTo(new[] { "content_block_delta", "content_block_stop", "message_delta", "message_stop" }));
        Assert.That((string?)JsonNode.Parse(frames[^4].Data)!["delta"]!["partial_json"], Is.EqualTo("{\"a\":"));
    }

    [Test]
    public void Gemini_WholeAndStream_LeaveTheCallOut()
    {
        foreach (var answers in new[] { [Whole("gemini")], GeminiClient.Events(Streamed("gemini")) })
        {
            var parts = answers.SelectMany(answer => answer["candidates"]![0]!["content"]!["parts"]!.AsArray()).ToList();
            Assert.That(
                parts.Select(part => (string?)part!["functionCall"]?["name"]).OfType<string>(), Is.EqualTo(new[] { "get" }));
            Assert.That((string?)answers[^1]["candidates"]![0]!["finishReason"], Is.EqualTo("MAX_TOKENS"));
        }
    }

    private static JsonNode Whole(string dialect)
    {
        var answer = new Answer();
        Array.ForEach(Events, answer.Add);
        var output = new ArrayBufferWriter<byte>();
        Of(dialect).WriteAnswer(output, Call(dialect), answer);
        return JsonNode.Parse(output.WrittenSpan)!;
    }

    private static string Streamed(string dialect)
    {
        var output = new ArrayBufferWriter<byte>();
        using var stream = Of(dialect).OpenStream(output, Call(dialect) with { ServerSentEvents = true });
        Array.ForEach(Events, stream.Write);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static CompletionCall Call(string dialect) => DialectRequest.Read(dialect, ToolRequests.Tools(dialect, "{}", "get", "set"));

    private static IDialect Of(string dialect) => dialect switch
    {
        "chat" => new OpenAiChatDialect(TimeProvider.System),
        "responses" => new OpenAiResponsesDialect(TimeProvider.System),
        "anthropic" => new AnthropicDialect(new AnthropicFamily(), TimeProvider.System),
        _ => new GeminiDialect(new GoogleFamily(), TimeProvider.System),
    };
}
