using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using Polydev.Broker.Dialects;
using Polydev.Broker.Dialects.OpenAi;
using Polydev.Broker.Dialects.OpenAiResponses;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.Broker.Tests.Dialects;

/// <summary>
/// A signed thought through Responses: told in <c>encrypted_content</c> where it is asked for, and the same where it comes back.
/// </summary>
internal sealed class SignedThoughtTests
{
    private const string Asked = "\"reasoning\":{\"summary\":\"auto\"},\"include\":[\"reasoning.encrypted_content\"]";

    private static readonly OpenAiResponsesDialect Dialect = new(TimeProvider.System);

    private static readonly WorkEvent[] Events =
    [
        WorkEvents.Thinking("h\u00fc"), WorkEvents.Thinking("m"), Signed("sig.1="), WorkEvents.Thinking("so"), Signed("sig2"),
        WorkEvents.Text("Yes."), WorkEvents.Finished(StopReason.EndTurn),
    ];

    [Test]
    public void Answer_WithSignatures_ComesBackAsItWas([Values] bool stream)
    {
        var items = Output(Asked, stream);

        // As the SDKs hand an answer back: its items as they are.
        var back = DialectRequest.Read("responses", $"\"input\":{WithAQuestion(items)}").Conversation.Messages[0].Parts;
        Assert.Multiple(() =>
        {
            Assert.That(back[0].Thinking, Is.EqualTo(new ThinkingPart { Text = "h\u00fcm", Signature = "sig.1=" }));
            Assert.That(back[1].Thinking, Is.EqualTo(new ThinkingPart { Text = "so", Signature = "sig2" }));
            Assert.That(back[2].Text.Text, Is.EqualTo("Yes."));
            Assert.That((string)items[0]!["summary"]![0]!["text"]!, Is.EqualTo("h\u00fcm"));
        });
    }

    [TestCase("\"reasoning\":{\"summary\":\"auto\"}", 1)]
    [TestCase("\"include\":[\"reasoning.encrypted_content\"]", 0, Description = "Nothing is shown that could carry it.")]
    public void Answer_NotAskedToBeSigned_HasNoSignature(string asked, int thoughts)
    {
        foreach (var stream in (bool[])[false, true])
        {
            var reasoning = Output(asked, stream).Where(item => (string)item!["type"]! == "reasoning").ToList();

            Assert.That(reasoning, Has.Count.EqualTo(thoughts));
            Assert.That(reasoning.Where(item => item!.AsObject().ContainsKey("encrypted_content")), Is.Empty);
        }
    }

    [TestCase(Asked, "signed_thoughts")]
    [TestCase("\"include\":[\"reasoning.encrypted_content\"]", "")]
    [TestCase("\"reasoning\":{\"summary\":\"auto\"},\"include\":[\"reasoning.encrypted_content\",\"message.output_text.logprobs\"]", "")]
    public void Include_Asked_IsNamedWhereItIsNotHonoured(string asked, string feature) => Assert.That(
        DialectRequest.Read("responses", asked).Requested.Single(one => one.Field == "include").Feature, Is.EqualTo(feature));

    [Test]
    public void Answer_CutBehindASignedThought_SaysThatTheThoughtIsWhole([Values] bool stream)
    {
        WorkEvent[] cut = [WorkEvents.Text("Yes."), .. Events[..3], WorkEvents.Finished(StopReason.MaxTokens)];

        var items = Output(Asked, stream, cut);

        Assert.That(
            items.Select(item => ((string?)item!["type"], (string?)item["status"])),
            Is.EqualTo(new[] { ("message", "completed"), ("reasoning", "completed") }));
    }

    [TestCase("gAAAAABo-sealed-by-OpenAI")]
    [TestCase("polydev.")]
    [TestCase("polydev.aG0=")]
    [TestCase("polydev.not base64.sig")]
    [TestCase("")]
    public void Open_OfAnotherOrBroken_IsNothing(string content)
    {
        Assert.That(SealedThought.Open(content), Is.Null);

        var input = WithAQuestion([new JsonObject { ["type"] = "reasoning", ["encrypted_content"] = content }]);
        Assert.That(DialectRequest.Read("responses", $"\"input\":{input}").Conversation.Messages, Has.Count.EqualTo(1));
    }

    private static WorkEvent Signed(string signature) => new() { Thinking = new ThinkingDelta { Signature = signature } };

    private static string WithAQuestion(JsonArray items)
    {
        var all = items.DeepClone().AsArray();
        all.Add(JsonNode.Parse("""{"role":"user","content":"And now?"}"""));
        return all.ToJsonString();
    }

    private static JsonArray Output(string asked, bool stream, WorkEvent[]? events = null)
    {
        var call = DialectRequest.Read("responses", $"\"stream\":{(stream ? "true" : "false")},{asked}");
        var output = new ArrayBufferWriter<byte>();
        if (stream)
        {
            using var frames = Dialect.OpenStream(output, call);
            Array.ForEach(events ?? Events, frames.Write);
            var last = SseFrame.Parse(Encoding.UTF8.GetString(output.WrittenSpan))[^1];
            return JsonNode.Parse(last.Data)!["response"]!["output"]!.AsArray();
        }

        var answer = new Answer();
        Array.ForEach(events ?? Events, answer.Add);
        Dialect.WriteAnswer(output, call, answer);
        return JsonNode.Parse(output.WrittenSpan)!["output"]!.AsArray();
    }
}
