using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Polydev.Broker.Tests.Dialects;
using Polydev.Broker.Tests.Properties;

namespace Polydev.Broker.Tests.Clients;

/// <summary>What clients need of an answer, by the names that the files of Data use.</summary>
internal static class ClientNeeds
{
    private const string Events = "text/event-stream";
    private const string Json = "application/json";

    private static readonly Dictionary<string, Action<ClientAnswer>> Checks = new()
    {
        ["chat"] = answer => OpenAiChatReader.ReadAnswer(answer.Whole),
        ["chat chunks"] = answer => OpenAiChatReader.ReadStream(answer.Stream),
        ["chunks call tools"] = answer => AssertCalls(answer, "chat", "call_"),
        ["usage chunk"] = answer =>
        {
            var last = Chunks(answer)[^1];
            Assert.That(last["choices"]!.AsArray(), Is.Empty);
            Assert.That((long)last["usage"]!["total_tokens"]!, Is.EqualTo(ClientAnswer.InputTokens + ClientAnswer.OutputTokens));
            Assert.That(Chunks(answer).SkipLast(1).Select(chunk => chunk["usage"]), Has.All.Null);
        },
        ["no usage chunk"] = answer => Assert.That(Chunks(answer), Has.All.Matches<JsonNode>(
            chunk => !chunk.AsObject().ContainsKey("usage") && chunk["choices"]!.AsArray().Count == 1)),

        // Zed's types: nothing that it reads may be missing or of another type.
        ["strict chunks"] = answer => Assert.That(Chunks(answer), Has.All.Matches<JsonNode>(chunk =>
            chunk["choices"]!.AsArray().All(choice => (uint)choice!["index"]! == 0
                && choice["delta"]!.AsObject().ContainsKey("content")
                && (choice["delta"]!["tool_calls"]?.AsArray() ?? []).All(call => (uint)call!["index"]! == 0))
            && (chunk["usage"] is not { } usage
                || ((ulong)usage["prompt_tokens"]! + (ulong)usage["completion_tokens"]!) == (ulong)usage["total_tokens"]!))),
        ["text"] = answer => Assert.That(
            answer.IsStream ? OpenAiChatReader.ReadStream(answer.Stream).Text : OpenAiChatReader.ReadAnswer(answer.Whole).Text,
            Does.Contain(ClientAnswer.Text)),
        ["response"] = answer => OpenAiResponsesReader.ReadAnswer(answer.Whole),
        ["response events"] = answer => OpenAiResponsesReader.ReadStream(answer.Stream),
        ["response calls tools"] = answer => AssertCalls(answer, "responses", "call_"),
        ["message"] = answer =>
        {
            Assert.That(answer.Whole.GetProperty("type").GetString(), Is.EqualTo("message"));
            Assert.That(AnswerReading.Whole("anthropic", answer.Body).Pieces, Is.Not.Empty);
        },
        ["message calls tools"] = answer => AssertCalls(answer, "anthropic", "toolu_"),
        ["message events"] = answer => Assert.That(AnthropicClient.Read(answer.Stream).Failure, Is.Null),
        ["events call tools"] = answer => AssertCalls(answer, "anthropic", "toolu_"),
        ["google events"] = answer => Assert.That(
            GeminiClient.ReadStream(GeminiClient.Events(answer.Stream)).StopReason, Is.EqualTo("STOP")),
        ["google array"] = answer => Assert.That(
            GeminiClient.ReadStream(GeminiClient.Elements(answer.Whole.GetRawText())).StopReason, Is.EqualTo("STOP")),
        ["google calls tools"] = answer => AssertCalls(answer, "gemini", string.Empty),
        ["count"] = answer => Assert.That(answer.Whole.GetProperty("input_tokens").GetInt64(), Is.Positive),
        ["models"] = answer => AssertModels(answer, "object", "model"),
        ["message models"] = answer => AssertModels(answer, "type", "model"),
        ["codex models"] = answer => Assert.That(answer.Whole.GetProperty("models").GetArrayLength(), Is.Zero),

        // Codex asks over HTTPS then.
        ["not there"] = answer => Assert.That(
            answer.Whole.GetProperty("error").GetProperty("type").GetString(), Is.EqualTo("invalid_request_error")),
    };

    public static void AssertMet(string need, ClientAnswer answer)
    {
        if (need == "there")
        {
            // Claude Code asks without a key, and takes these two for a dead address.
            Assert.That(answer.Response.StatusCode, Is.Not.AnyOf(HttpStatusCode.NotFound, HttpStatusCode.MethodNotAllowed));
            return;
        }

        Assert.That(
            answer.Response.StatusCode,
            need == "not there" ? Is.AnyOf(HttpStatusCode.NotFound, HttpStatusCode.MethodNotAllowed) : Is.EqualTo(HttpStatusCode.OK),
            answer.Body);
        if (need.EndsWith(" is ignored", StringComparison.Ordinal))
        {
            var ignored = answer.Response.Headers.GetValues("x-polydev-ignored").SelectMany(value => value.Split(", "));
            Assert.That(ignored, Does.Contain(need[..^" is ignored".Length]));
        }
        else
        {
            Checks[need](answer);
        }
    }

    private static List<JsonNode> Chunks(ClientAnswer answer) =>
        [.. SseFrame.Parse(answer.Stream).SkipLast(1).Select(frame => JsonNode.Parse(frame.Data)!)];

    // Of the first of its tools, beside the text.
    private static void AssertCalls(ClientAnswer answer, string dialect, string prefix)
    {
        var isArray = dialect == "gemini" && !answer.IsStream;
        var heard = answer.IsStream || isArray
            ? AnswerReading.Streamed(new AnswerForm(dialect, string.Empty) { IsArray = isArray }, answer.Body)
            : AnswerReading.Whole(dialect, answer.Body);
        var call = heard.Pieces[^1];
        Assert.That(heard.Pieces[0], Is.EqualTo(HeardPiece.OfText(ClientAnswer.Text)));
        Assert.That((call.Kind, call.Name, call.Text), Is.EqualTo((PieceKind.Call, answer.Tool, ClientAnswer.Arguments)));
        Assert.That(call.Id, Does.StartWith(prefix));
    }

    private static void AssertModels(ClientAnswer answer, string field, string value)
    {
        var models = answer.Whole.GetProperty("data").EnumerateArray().ToList();
        Assert.That(models.Select(model => model.GetProperty("id").GetString()), Does.Contain("claude-opus-4-6"));
        Assert.That(models.Select(model => model.GetProperty(field).GetString()), Has.All.EqualTo(value));
    }

    /// <param name="Tool">The name of the tool that was called.</param>
    internal sealed record ClientAnswer(HttpResponseMessage Response, string Body, string? Tool)
    {
        public const string Text = "Hello.";
        public const string Arguments = """{"a":"b"}""";
        public const int InputTokens = 21;
        public const int OutputTokens = 8;

        /// <summary>Open WebUI knows it by this alone.</summary>
        public bool IsStream => Response.Content.Headers.ContentType?.MediaType == Events;

        public string Stream
        {
            get
            {
                Assert.That(IsStream, Is.True, Body);
                return Body;
            }
        }

        public JsonElement Whole
        {
            get
            {
                Assert.That(Response.Content.Headers.ContentType?.MediaType, Is.EqualTo(Json), Body);
                return JsonElement.Parse(Body);
            }
        }
    }
}
