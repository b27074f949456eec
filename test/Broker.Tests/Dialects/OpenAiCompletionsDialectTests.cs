using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Polydev.Broker.Dialects;
using Polydev.Broker.Dialects.OpenAiCompletions;
using Polydev.Broker.Errors;
using Polydev.Broker.Tests.VendorSchemas;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.Broker.Tests.Dialects;

/// <summary>OpenAI's text completions: one prompt, which is the user's word, and a text for it.</summary>
internal sealed class OpenAiCompletionsDialectTests
{
    private static readonly OpenAiCompletionsDialect Dialect = new(TimeProvider.System);

    private static readonly WorkEvent[] Turn =
    [
        WorkEvents.Thinking("hm"), WorkEvents.Text("Bon"), WorkEvents.Text("jour «ß» \"\n"), WorkEvents.Text("😀"),
        new() { Usage = new Usage { InputTokens = 21, OutputTokens = 8, CacheReadTokens = 13, ThinkingTokens = 3 } },
    ];

    [TestCase("\"prompt\":\"Hello\"")]
    [TestCase("\"prompt\":[\"Hello\"]")]
    [TestCase("\"prompt\":\"Hello\",\"suffix\":\"\",\"echo\":false,\"n\":1,\"best_of\":1,\"logprobs\":null,\"user\":\"u\",\"x\":[{}]")]
    public void Read_Prompt_IsTheUsersWord(string fields)
    {
        var call = Read(fields);

        var said = call.Work().Messages.Single();
        Assert.That((said.Role, said.Parts.Single().Text.Text), Is.EqualTo((Role.User, "Hello")));
        Assert.That((call.Model, call.Stream, call.Requested), Is.EqualTo(("m", false, Array.Empty<RequestedFeature>())));
        Assert.That(call.AnswerId, Does.Match("^cmpl-[0-9a-f]{32}$"));
    }

    [TestCase("\"prompt\":[1,2,3]", "as tokens")]
    [TestCase("\"prompt\":[[1,2,3]]", "as tokens")]
    [TestCase("\"prompt\":[\"a\",\"b\"]", "Only one prompt")]
    [TestCase("\"prompt\":{}", "expected a string or an array of one string")]
    [TestCase("\"echo\":true", "'echo' is not supported")]
    [TestCase("\"suffix\":\"x\"", "'suffix' is not supported")]
    [TestCase("\"n\":2", "'n' must be 1")]
    [TestCase("\"best_of\":3", "'best_of' must be 1")]
    public void Read_WhatIsNotServed_IsRefusedByName(string fields, string message)
    {
        var error = Assert.Throws<ApiException>(() => Read(fields))!.Error;

        Assert.That((error.Kind, error.Param), Is.EqualTo((ApiErrorKind.InvalidRequest, fields.Split('"')[1])));
        Assert.That(error.Message, Does.Contain(message));
    }

    [TestCase(StopReason.EndTurn, "stop")]
    [TestCase(StopReason.StopSequence, "stop")]
    [TestCase(StopReason.MaxTokens, "length")]
    [TestCase(StopReason.Refusal, "content_filter")]
    public void WriteAnswer_OfEachEnd_IsTheVendors(StopReason reason, string expected)
    {
        var answer = new Answer();
        Array.ForEach([.. Turn, WorkEvents.Finished(reason)], answer.Add);

        var body = Written(output => Dialect.WriteAnswer(output, Read(string.Empty), answer));

        Assert.That(VendorSchema.OpenAiCompletions.Problems("CreateCompletionResponse", body), Is.Empty);
        var written = JsonNode.Parse(body)!;
        Assert.Multiple(() =>
        {
            Assert.That((string?)written["object"], Is.EqualTo("text_completion"));
            Assert.That((string?)written["choices"]![0]!["text"], Is.EqualTo("Bonjour «ß» \"\n😀"));
            Assert.That((string?)written["choices"]![0]!["finish_reason"], Is.EqualTo(expected));
            Assert.That(written["usage"]!.ToJsonString(), Is.EqualTo("""
                {"prompt_tokens":21,"completion_tokens":8,"total_tokens":29,"prompt_tokens_details":{"cached_tokens":13,"audio_tokens":0},
                "completion_tokens_details":{"reasoning_tokens":3,"audio_tokens":0,"accepted_prediction_tokens":0,
                "rejected_prediction_tokens":0}}
                """.ReplaceLineEndings(string.Empty)));
        });
    }

    [Test]
    public void Write_StreamedOfEachEnd_IsTheVendors(
        [Values] bool usage, [Values(StopReason.EndTurn, StopReason.MaxTokens, StopReason.Refusal)] StopReason reason)
    {
        var call = Read($"\"stream\":true,\"stream_options\":{{\"include_usage\":{(usage ? "true" : "false")}}}");

        var text = Written(output =>
        {
            using var stream = Dialect.OpenStream(output, call);
            stream.WriteKeepAlive();
            Array.ForEach([.. Turn, WorkEvents.Finished(reason)], stream.Write);
        });

        var frames = SseFrame.Parse(text);
        Assert.That(frames[^1].Data, Is.EqualTo("[DONE]"));
        var data = frames.SkipLast(1).Select(frame => frame.Data).ToList();
        Assert.That(data.SelectMany(body => VendorSchema.OpenAiCompletions.Problems("CreateCompletionResponse", body)), Is.Empty);
        var chunks = data.Select(body => JsonNode.Parse(body)!).ToList();
        var choices = chunks.SelectMany(chunk => chunk["choices"]!.AsArray()).Select(choice => choice!).ToList();
        Assert.Multiple(() =>
        {
            Assert.That(choices.Select(choice => (string?)choice["text"]), Is.EqualTo(new[] { "Bon", "jour «ß» \"\n", "😀", "" }));
            Assert.That(
                choices.Select(choice => (string?)choice["finish_reason"]),
                Is.EqualTo(new[] { null, null, null, OpenAiCompletionsResponse.FinishReasonOf(reason) }));
            Assert.That(chunks.Select(chunk => (string?)chunk["id"]), Has.All.EqualTo(call.AnswerId));
            Assert.That(chunks.Count(chunk => chunk.AsObject().ContainsKey("usage")), Is.EqualTo(usage ? 5 : 0));
            Assert.That(chunks.Count(chunk => chunk["usage"] is not null), Is.EqualTo(usage ? 1 : 0));
            Assert.That(chunks[^1]["choices"]!.AsArray(), Has.Count.EqualTo(usage ? 0 : 1));
        });
    }

    [Test]
    public void WriteFailure_MidStream_IsOpenAis()
    {
        var text = Written(output =>
        {
            using var stream = Dialect.OpenStream(output, Read("\"stream\":true"));
            stream.Write(WorkEvents.Text("half"));
            stream.WriteFailure(new ApiError(ApiErrorKind.Upstream, "It broke."), "req_1");
        });

        var last = SseFrame.Parse(text)[^1].Data;
        Assert.That(OpenAiErrorReader.Message(JsonElement.Parse(last)), Is.EqualTo("It broke."));
        Assert.That(VendorSchema.OpenAi.Problems("ErrorResponse", last), Is.Empty);
    }

    private static CompletionCall Read(string fields)
    {
        using var document = JsonDocument.Parse(CompletionsFields.Body(fields));
        return Dialect.Read(document.RootElement, CompletionPath.None);
    }

    private static string Written(Action<IBufferWriter<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
