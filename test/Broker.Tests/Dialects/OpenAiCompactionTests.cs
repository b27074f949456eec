using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Polydev.Broker.Dialects;
using Polydev.Broker.Dialects.OpenAi;
using Polydev.Broker.Dialects.OpenAiResponses;
using Polydev.Broker.Errors;
using Polydev.Broker.Tests.VendorSchemas;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.Broker.Tests.Dialects;

/// <summary>A conversation is summed up by its model, and goes on from what comes back.</summary>
internal sealed class OpenAiCompactionTests
{
    private const string Talk = """
        [{"role":"user","content":"One?"},{"role":"assistant","content":"Uno."},
        {"type":"function_call","call_id":"c","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"c","output":"done"},
        {"role":"user","content":[{"type":"input_text","text":"Two"},{"type":"input_text","text":"three?"}]}]
        """;

    private static readonly OpenAiCompactionDialect Dialect = new(TimeProvider.System);
    private static readonly OpenAiResponsesDialect Responses = new(TimeProvider.System);

    [Test]
    public void Read_Conversation_IsAskedForItsSummaryWithoutTools()
    {
        var work = Read(Dialect, Talk, "\"instructions\":\"Be brief.\",\"tools\":[{\"type\":\"function\",\"name\":\"f\"}]").Work();

        Assert.That(work.Instructions, Is.EqualTo("Be brief."));
        Assert.That(work.Tools, Is.Empty);
        Assert.That(work.Messages[^1].Role, Is.EqualTo(Role.User));
        Assert.That(work.Messages[^1].Parts[^1].Text.Text, Is.EqualTo(OpenAiCompactionRequest.Question));
        Assert.That(work.Messages.Sum(message => message.Parts.Count), Is.EqualTo(7), "All of it, and the question.");
    }

    [TestCase("\"One?\"", "One?")]
    [TestCase(Talk, "One?|Two,three?")]
    public void WriteAnswer_Summary_IsTheVendorsAndKeepsWhatTheUserSaid(string input, string kept)
    {
        var body = Compacted(input, "They counted.");

        Assert.That(VendorSchema.OpenAi.Problems("CompactResource", body), Is.Empty);
        var written = JsonNode.Parse(body)!;
        var output = written["output"]!.AsArray();
        Assert.Multiple(() =>
        {
            Assert.That((string?)written["object"], Is.EqualTo("response.compaction"));
            Assert.That((int?)written["usage"]!["output_tokens"], Is.EqualTo(8));
            Assert.That(output.SkipLast(1).Select(item => (string?)item!["role"]), Has.All.EqualTo("user"));
            Assert.That(
                string.Join('|', output.SkipLast(1).Select(
                    item => string.Join(',', item!["content"]!.AsArray().Select(part => (string?)part!["text"])))),
                Is.EqualTo(kept));
            Assert.That((string?)output[^1]!["type"], Is.EqualTo("compaction"));
        });
    }

    [Test]
    public void Output_SentInTheConversationsPlace_IsReadAsWhatTheAssistantKnows()
    {
        var output = JsonNode.Parse(Compacted(Talk, "They counted: uno, «dos»."))!["output"]!.AsArray();
        output.Add(JsonNode.Parse("""{"role":"user","content":"And four?"}"""));

        var call = Read(Responses, output.ToJsonString());

        var said = call.Work().Messages.Select(
            message => $"{message.Role}: {string.Join(',', message.Parts.Select(part => part.Text.Text))}");
        Assert.That(said, Is.EqualTo(new[]
        {
            "User: One?,Two,three?", "Assistant: Summary of the conversation until here:\n\nThey counted: uno, «dos».", "User: And four?",
        }));
        Assert.That(call.Requested, Is.Empty);
    }

    [TestCase("gAAAAABo…")]
    [TestCase("polydev-summary.%%%")]
    public void Summary_SealedByAnother_IsNamed(string content)
    {
        var call = Read(Responses, $$"""[{"type":"compaction","encrypted_content":"{{content}}"},{"role":"user","content":"Go on."}]""");

        Assert.That(call.Work().Messages.Single().Parts.Single().Text.Text, Is.EqualTo("Go on."));
        Assert.That(call.Requested.Single().Field, Is.EqualTo("input.compaction"));
    }

    [Test]
    public void Read_Picture_IsNamed() => Assert.That(
        Read(Dialect, """
            [{"role":"user","content":[{"type":"input_image","image_url":"data:image/png;base64,iVBORw0KGgo="},
            {"type":"input_text","text":"This?"}]}]
            """).Requested.Select(asked => asked.Field),
        Is.EqualTo(new[] { "input.media" }));

    [TestCase("")]
    [TestCase(" \n")]
    public void WriteAnswer_NothingSaid_IsAnError(string summary)
    {
        var error = Assert.Throws<ApiException>(() => Compacted(Talk, summary))!.Error;

        Assert.That(error.Kind, Is.EqualTo(ApiErrorKind.Upstream));
    }

    [TestCase("a")]
    [TestCase("«ß» 😀\n\0")]
    public void Seal_AnyText_IsOpenedAgain(string text) => Assert.That(SealedSummary.Open(SealedSummary.Seal(text)), Is.EqualTo(text));

    [Test]
    public void Open_SealedThought_IsNone() => Assert.Multiple(() =>
    {
        Assert.That(SealedSummary.Open(SealedThought.Seal("hm", "sig")), Is.Null);
        Assert.That(SealedThought.Open(SealedSummary.Seal("hm")), Is.Null);
    });

    private static CompletionCall Read(IDialect dialect, string input, string fields = "\"x\":0")
    {
        using var document = JsonDocument.Parse($$"""{"model":"m","input":{{input}},{{fields}}}""");
        return dialect.Read(document.RootElement, CompletionPath.None);
    }

    private static string Compacted(string input, string summary)
    {
        var answer = new Answer();
        answer.Add(WorkEvents.Text(summary));
        answer.Add(new WorkEvent { Usage = new Usage { InputTokens = 30, OutputTokens = 8 } });
        answer.Add(WorkEvents.Finished(StopReason.EndTurn));
        var output = new ArrayBufferWriter<byte>();
        Dialect.WriteAnswer(output, Read(Dialect, input), answer);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
