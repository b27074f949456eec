using System.Buffers;
using System.Text;
using Polydev.Broker.Dialects;
using Polydev.Broker.Dialects.Anthropic;
using Polydev.Broker.Dialects.Gemini;
using Polydev.Broker.Dialects.OpenAi;
using Polydev.Broker.Dialects.OpenAiChat;
using Polydev.Broker.Dialects.OpenAiResponses;
using Polydev.Broker.Errors;
using Polydev.Broker.Routing;
using Polydev.Broker.Tests.Dialects;
using Polydev.Broker.Tests.Dialects.Tools;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.Broker.Tests.VendorSchemas;

/// <summary>Every body, event, list and error that we write is one of the vendor's, field by field.</summary>
internal sealed class VendorSchemaTests
{
    private static readonly GoogleFamily Google = new();
    private static readonly AnthropicFamily Anthropic = new();

    private static readonly Dictionary<string, IDialect> Dialects = new()
    {
        ["chat"] = new OpenAiChatDialect(TimeProvider.System),
        ["responses"] = new OpenAiResponsesDialect(TimeProvider.System),
        ["anthropic"] = new AnthropicDialect(Anthropic, TimeProvider.System),
        ["gemini"] = new GeminiDialect(Google, TimeProvider.System),
    };

    private static readonly Dictionary<string, WorkEvent[]> Answers = new()
    {
        ["text"] = [WorkEvents.Text("Gr\u00fc\u00dfe"), WorkEvents.Text(" \n"), Used(), WorkEvents.Finished(StopReason.EndTurn)],
        ["nothing"] = [Used(), WorkEvents.Finished(StopReason.EndTurn)],
        ["thoughts"] =
        [
            WorkEvents.Thinking("hm"), new WorkEvent { Thinking = new ThinkingDelta { Signature = "c2ln" } }, WorkEvents.Text("Yes."),
            Used(), WorkEvents.Finished(StopReason.EndTurn),
        ],
        ["calls"] =
        [
            WorkEvents.Text("Look:"), WorkEvents.ToolCallStarted("c1", "f"), WorkEvents.ToolCallArguments("c1", "{\"a\":"),
            WorkEvents.ToolCallArguments("c1", "1}"), WorkEvents.ToolCallFinished("c1"), WorkEvents.ToolCallStarted("c2", "g"),
            WorkEvents.ToolCallFinished("c2"), Used(), WorkEvents.Finished(StopReason.ToolUse),
        ],
        ["cut"] = [WorkEvents.Text("half"), Used(), WorkEvents.Finished(StopReason.MaxTokens)],
        ["metered"] =
        [
            new WorkEvent { Usage = new Usage { InputTokens = 30 } }, WorkEvents.Thinking("hm"), WorkEvents.Text("Yes."),
            WorkEvents.ToolCallStarted("c1", "f"), WorkEvents.ToolCallFinished("c1"), Used(), WorkEvents.Finished(StopReason.ToolUse),
        ],
        ["refused"] = [WorkEvents.Text("I"), Used(), WorkEvents.Finished(StopReason.Refusal)],
        ["stopped"] =
        [
            WorkEvents.Text("x"), Used(),
            new WorkEvent { Finished = new Finished { StopReason = StopReason.StopSequence, StopSequence = "END" } },
        ],
    };

    public static IEnumerable<object[]> Cases() =>
        from dialect in ToolRequests.Dialects from answer in Answers.Keys select new object[] { dialect, answer };

    [TestCaseSource(nameof(Cases))]
    public void Answer_WholeOfEachKind_IsTheVendors(string dialect, string answer)
    {
        var whole = new Answer();
        Array.ForEach(Answers[answer], whole.Add);

        var body = Written(output => Dialects[dialect].WriteAnswer(output, Call(dialect, stream: false), whole));

        Assert.That(dialect switch
        {
            "chat" => VendorSchema.OpenAi.Problems("CreateChatCompletionResponse", body),
            "responses" => VendorSchema.OpenAi.Problems("Response", body),
            "anthropic" => VendorSchema.Anthropic.Problems("Message", body),
            _ => GoogleMessages.Problems("GenerateContentResponse", body),
        }, Is.Empty);
    }

    [TestCaseSource(nameof(Cases))]
    public void Answer_StreamedOfEachKind_IsOfTheVendorsEvents(string dialect, string answer)
    {
        var text = Written(output =>
        {
            using var stream = Dialects[dialect].OpenStream(output, Call(dialect, stream: true));
            Array.ForEach(Answers[answer], stream.Write);
        });

        var events = SseFrame.Parse(text).Select(frame => frame.Data).Where(data => data != "[DONE]").ToList();
        Assert.That(events, Is.Not.Empty);
        Assert.That(events.SelectMany(data => dialect switch
        {
            "chat" => VendorSchema.OpenAi.Problems("CreateChatCompletionStreamResponse", data),
            "responses" => VendorSchema.OpenAi.ProblemsOfEvent(data),
            "anthropic" => VendorSchema.Anthropic.ProblemsOfEvent(data),
            _ => GoogleMessages.Problems("GenerateContentResponse", data),
        }), Is.Empty);
    }

    [TestCase("chat", """{"type":"custom","custom":{"name":"f"}}""")]
    [TestCase("responses", """{"type":"custom","name":"f"}""")]
    public void Answer_CallOfACustomTool_IsTheVendors(string dialect, string tool)
    {
        WorkEvent[] events =
        [
            WorkEvents.ToolCallStarted("c1", "f"), WorkEvents.ToolCallArguments("c1", "{\"input\":\"patch\"}"),
            WorkEvents.ToolCallFinished("c1"), Used(), WorkEvents.Finished(StopReason.ToolUse),
        ];
        var whole = new Answer();
        Array.ForEach(events, whole.Add);
        var call = DialectRequest.Read(dialect, $"\"tools\":[{tool}]");

        var body = Written(output => Dialects[dialect].WriteAnswer(output, call, whole));

        Assert.That(body, Does.Contain("custom"));
        Assert.That(
            VendorSchema.OpenAi.Problems(dialect == "chat" ? "CreateChatCompletionResponse" : "Response", body), Is.Empty);
    }

    [Test]
    public void Error_OfEachKind_IsTheVendors([Values] ApiErrorKind kind)
    {
        var error = new ApiError(kind, "Why.") { Param = "messages[0]", RetryAfter = TimeSpan.FromSeconds(3) };

        Assert.Multiple(() =>
        {
            Assert.That(
                VendorSchema.OpenAi.Problems("ErrorResponse", Written(output => OpenAiFamily.Instance.WriteError(output, error, "req_1"))),
                Is.Empty);

            // request_too_large is in the vendor's list of errors, and was forgotten in its schema.
            Assert.That(
                kind == ApiErrorKind.TooLarge
                    ? []
                    : VendorSchema.Anthropic.Problems("ErrorResponse", Written(output => Anthropic.WriteError(output, error, "req_1"))),
                Is.Empty);
            Assert.That(GoogleMessages.ProblemsOfError(Written(output => Google.WriteError(output, error, "req_1"))), Is.Empty);
        });
    }

    [TestCaseSource(typeof(ToolRequests), nameof(ToolRequests.Dialects))]
    public void Failure_InAStream_IsTheVendors(string dialect)
    {
        var text = Written(output =>
        {
            using var stream = Dialects[dialect].OpenStream(output, Call(dialect, stream: true));
            stream.Write(WorkEvents.Text("half"));
            stream.WriteFailure(new ApiError(ApiErrorKind.Upstream, "It broke."), "req_1");
        });

        var events = SseFrame.Parse(text).Select(frame => frame.Data).ToList();
        Assert.That(dialect switch
        {
            "chat" => VendorSchema.OpenAi.Problems("ErrorResponse", events[^1]),
            "responses" => events.SelectMany(VendorSchema.OpenAi.ProblemsOfEvent),
            "anthropic" => VendorSchema.Anthropic.Problems("ErrorResponse", events[^1]),
            _ => GoogleMessages.ProblemsOfError(events[^1]),
        }, Is.Empty);
    }

    [Test]
    public void ModelLists_AreTheVendors()
    {
        ListedModel[] models =
        [
            new("claude-opus-4-6", "Opus", "claude") { Honours = ["thinking"] }, new("gpt-5.1-mini", "mini", "codex"),
            new("gemini-2.5-pro", "Pro", "gemini"), new("polydev-echo", "Echo", "echo"),
        ];

        Assert.Multiple(() =>
        {
            Assert.That(
                VendorSchema.OpenAi.Problems("ListModelsResponse", Written(output => OpenAiFamily.Instance.WriteModels(output, models))),
                Is.Empty);
            Assert.That(
                VendorSchema.Anthropic.Problems("ListResponse_ModelInfo_", Written(output => Anthropic.WriteModels(output, models))),
                Is.Empty);
            Assert.That(GoogleMessages.Problems("ListModelsResponse", Written(output => Google.WriteModels(output, models))), Is.Empty);
        });
    }

    [Test]
    public void Counts_AreTheVendors() => Assert.Multiple(() =>
    {
        Assert.That(VendorSchema.OpenAi.Problems("TokenCountsResource", Count("responses")), Is.Empty);
        Assert.That(VendorSchema.Anthropic.Problems("CountMessageTokensResponse", Count("anthropic")), Is.Empty);
        Assert.That(GoogleMessages.Problems("CountTokensResponse", Count("gemini")), Is.Empty);
    });

    [Test]
    public void Problems_OfWhatIsNotTheVendors_AreFound() => Assert.Multiple(() =>
    {
        Assert.That(VendorSchema.OpenAi.Problems("ErrorResponse", """{"error":{"message":"x"}}"""), Is.Not.Empty);
        Assert.That(VendorSchema.OpenAi.ProblemsOfEvent("""{"type":"response.created","response":{}}"""), Is.Not.Empty);
        Assert.That(VendorSchema.OpenAi.ProblemsOfEvent("""{"type":"response.unheard"}"""), Is.Not.Empty);
        Assert.That(VendorSchema.Anthropic.Problems("Message", """{"id":"m","content":[{"type":"text","text":"x"}]}"""), Is.Not.Empty);
        Assert.That(GoogleMessages.Problems("GenerateContentResponse", """{"candidates":[{"finishReason":"DONE"}]}"""), Is.Not.Empty);
        Assert.That(GoogleMessages.Problems("GenerateContentResponse", """{"candidate":[]}"""), Is.Not.Empty);
    });

    private static CompletionCall Call(string dialect, bool stream)
    {
        var thinking = dialect switch
        {
            "chat" => "\"reasoning_effort\":\"low\",\"stream_options\":{\"include_usage\":true}",
            "responses" => """
                "reasoning":{"summary":"auto"},"include":["reasoning.encrypted_content"],"instructions":"Be brief."
                """,
            "anthropic" => "\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":2000}",
            _ => "\"generationConfig\":{\"thinkingConfig\":{\"includeThoughts\":true}}",
        };
        var tools = ToolRequests.Tools(dialect, """{"type":"object","properties":{"a":{"type":"integer"}}}""", "f", "g");
        return DialectRequest.Read(dialect, $"{tools},{thinking},\"stream\":{(stream ? "true" : "false")}");
    }

    private static WorkEvent Used() =>
        new() { Usage = new Usage { InputTokens = 30, CacheReadTokens = 10, CacheWriteTokens = 4, OutputTokens = 8, ThinkingTokens = 5 } };

    private static string Count(string dialect) => Written(output => ((ICountingDialect)Dialects[dialect]).WriteCount(output, 9));

    private static string Written(Action<IBufferWriter<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
