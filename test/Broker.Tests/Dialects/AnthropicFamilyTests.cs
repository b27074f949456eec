using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Polydev.Broker.Dialects;
using Polydev.Broker.Dialects.Anthropic;
using Polydev.Broker.Errors;
using Polydev.Broker.Routing;

namespace Polydev.Broker.Tests.Dialects;

internal sealed class AnthropicFamilyTests
{
    private static readonly AnthropicFamily Family = new();

    [TestCase(ApiErrorKind.InvalidRequest, 400, "invalid_request_error")]
    [TestCase(ApiErrorKind.ContextTooLong, 400, "invalid_request_error")]
    [TestCase(ApiErrorKind.Unauthenticated, 401, "authentication_error")]
    [TestCase(ApiErrorKind.NotFound, 404, "not_found_error")]
    [TestCase(ApiErrorKind.ModelNotFound, 404, "not_found_error")]
    [TestCase(ApiErrorKind.MethodNotAllowed, 405, "invalid_request_error")]
    [TestCase(ApiErrorKind.TooLarge, 413, "request_too_large")]
    [TestCase(ApiErrorKind.RateLimited, 429, "rate_limit_error")]
    [TestCase(ApiErrorKind.Overloaded, 529, "overloaded_error")]
    [TestCase(ApiErrorKind.TunnelOffline, 503, "api_error")]
    [TestCase(ApiErrorKind.NoProvider, 503, "api_error")]
    [TestCase(ApiErrorKind.NotLoggedIn, 503, "api_error")]
    [TestCase(ApiErrorKind.TimedOut, 504, "timeout_error")]
    [TestCase(ApiErrorKind.Upstream, 502, "api_error")]
    [TestCase(ApiErrorKind.Internal, 500, "api_error")]
    public void WriteError_EachKind_HasTheVendorsTypeAndStatus(ApiErrorKind kind, int status, string type)
    {
        var error = new ApiError(kind, "Why.");

        Assert.Multiple(() =>
        {
            Assert.That(Family.StatusOf(error), Is.EqualTo(status));
            Assert.That(Written(output => Family.WriteError(output, error, "req_1")), Is.EqualTo(
                $$$"""{"error":{"type":"{{{type}}}","message":"Why."},"request_id":"req_1","type":"error"}"""));
        });
    }

    [Test]
    public void WriteModels_TwoModels_AreOnePage()
    {
        var page = JsonNode.Parse(
            Written(output => Family.WriteModels(output, [new ListedModel("a", "A", "claude"), new ListedModel("b", "B", "codex")])))!;

        Assert.Multiple(() =>
        {
            Assert.That(page["data"]!.AsArray().Select(model => (string)model!["id"]!), Is.EqualTo(new[] { "a", "b" }));
            Assert.That(((string)page["first_id"]!, (string)page["last_id"]!, (bool)page["has_more"]!), Is.EqualTo(("a", "b", false)));
        });
    }

    [Test]
    public void WriteModels_None_IsAnEmptyPage() => Assert.That(
        Written(output => Family.WriteModels(output, [])), Is.EqualTo("""{"data":[],"has_more":false,"first_id":null,"last_id":null}"""));

    [Test]
    public void WriteModel_OfACli_TellsItsLimitsAndWhatItHonours() => Assert.That(
        Written(output => Family.WriteModel(
            output, new ListedModel("claude-opus-4-6", "Opus", "claude") { Honours = ["thinking", "images", "structured_output"] })),
        Is.EqualTo("""
            {"id":"claude-opus-4-6","display_name":"Opus","capabilities":{"batch":{"supported":false},"citations":{"supported":false},
            "code_execution":{"supported":false},"context_management":{"supported":false,"clear_thinking_20251015":{"supported":false},
            "clear_tool_uses_20250919":{"supported":false},"compact_20260112":{"supported":false}},
            "effort":{"supported":true,"low":{"supported":true},"medium":{"supported":true},"high":{"supported":true},
            "xhigh":{"supported":true},"max":{"supported":true}},"image_input":{"supported":true},"pdf_input":{"supported":false},
            "structured_outputs":{"supported":true},
            "thinking":{"supported":true,"types":{"adaptive":{"supported":true},"enabled":{"supported":true}}}},
            "type":"model","created_at":"1970-01-01T00:00:00Z","max_input_tokens":200000,"max_tokens":64000}
            """.ReplaceLineEndings(string.Empty)));

    [TestCase("claude-haiku-4-5-20251001", "claude", false, Description = "It takes a budget, and no effort.")]
    [TestCase("gpt-5.3-codex", "codex", true)]
    public void WriteModel_ThatThinks_TellsHow(string id, string provider, bool byEffort)
    {
        var model = JsonNode.Parse(
            Written(output => Family.WriteModel(output, new ListedModel(id, id, provider) { Honours = ["thinking"] })))!;

        var capabilities = model["capabilities"]!;
        Assert.That(
            ((bool)capabilities["effort"]!["supported"]!, (bool)capabilities["thinking"]!["types"]!["adaptive"]!["supported"]!,
                (bool)capabilities["thinking"]!["types"]!["enabled"]!["supported"]!),
            Is.EqualTo((byEffort, byEffort, true)));
    }

    [Test]
    public void WriteModel_OfNoVendor_HasNoLimits() => Assert.That(
        Written(output => Family.WriteModel(output, new ListedModel("polydev-echo", "Echo", "echo"))),
        Does.Contain("\"max_input_tokens\":null,\"max_tokens\":null"));

    [Test]
    public void SetHeaders_EachAccount_HasAnIdOfItsOwnThatAnotherBrokerGivesTooAndThatIsKept()
    {
        var (first, second, elsewhere, nobody) = (Headers(Family, "a"), Headers(Family, "b"), Headers(new(), "a"), Headers(Family, null));

        Assert.That(Guid.Parse(first!).Version, Is.EqualTo(8));
        Assert.That(second, Is.Not.EqualTo(first));
        Assert.That(elsewhere, Is.EqualTo(first));
        Assert.That(Headers(Family, "a"), Is.SameAs(first), "Made once.");
        Assert.That(nobody, Is.Null);
    }

    private static string? Headers(AnthropicFamily family, string? accountId)
    {
        var headers = new HeaderDictionary();
        family.SetHeaders(headers, TimeSpan.Zero, accountId);
        return headers.TryGetValue("anthropic-organization-id", out var id) ? (string?)id : null;
    }

    private static string Written(Action<IBufferWriter<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
